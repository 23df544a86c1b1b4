//! Handles `PATCH /registrations/{registration}`: changes a registration.

use std::sync::Arc;

use actix_web::{HttpResponse, patch, web};
use plenaria_persistence::desk::request::{Change, Command, RequiredAccess};

use super::patch::{self, UpdateRegistration};
use crate::problem::{ApiError, Code};
use crate::request::{body, path};
use crate::v1::registrations::command::RegistrationCommand;
use crate::v1::registrations::dto::RegistrationDto;

/// Change a registration
///
/// Changes a registration by JSON Merge Patch (RFC 7396): fields that are left out keep their values, `null` clears
/// optional ones. A patch that changes nothing keeps the revision. Only a client of an organisation that owns or
/// co-organises the event may correct `email`: both addresses get a mail, and links and `manage_token`s that were sent
/// to the former address stop working. For the registration's holder, and for clients that may read it, until the event
/// is over.
#[utoipa::path(
    tag = "registrations",
    params(("If-Match" = String, Header)),
    request_body(content(
        (UpdateRegistration = "application/merge-patch+json"),
        (UpdateRegistration = "application/json"),
    )),
    responses(
        (status = 200, description = "The registration as it is now", body = RegistrationDto, headers(
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 409, description = "`event-ended`; `already-registered`: the new address has another registration, `registration_id`; or `conflict`: the registration was cancelled, or its address is not confirmed yet"),
    ),
    security(("bearerAuth" = []), ("oauth2" = ["registrations:write"])),
)]
#[patch("/registrations/{registration}", guard = "path::names_registration")]
pub(crate) async fn update_registration(
    command: RegistrationCommand,
    registration: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (found, entry) = command.request.find_registration_and_event(&registration).await?;
    let command = command.receive(body::receive_patch).await?;
    let organises = match &found.access {
        Some(access) => command.parts.store.organises(access, entry.event.id).await?,
        None => false,
    };
    let patch = patch::read(&command.bytes, &entry.event, &found.registration.attendee, organises)?;
    let address = patch.address().map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
    let access = match (found.access, &address) {
        (Some(access), Some(_)) => RequiredAccess::Organised(access),
        (access, _) => RequiredAccess::to_see(access),
    };
    let target = command.target(found.registration.id, access)?;
    let patched = Arc::clone(&entry);
    let change: Change = Arc::new(move |attendee| patch.apply(&patched.event, attendee));
    command.change(&entry, None, Command::Update { target, change, address }).await
}
