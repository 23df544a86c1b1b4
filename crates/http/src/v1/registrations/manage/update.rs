//! Handles `PATCH /registrations/{registration}`: changes a registration.

use std::sync::Arc;

use actix_web::{HttpResponse, patch, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::registration::Unchangeable;
use plenaria_persistence::registrations::update::{Update, Updated};

use super::patch::{self, PatchRegistration};
use crate::problem::{ApiError, Code, Detail};
use crate::request::{body, path};
use crate::v1::registrations::command::{ReceivedCommand, RegistrationCommand};
use crate::v1::registrations::dto::RegistrationDto;
use crate::v1::registrations::response;

/// Change a registration
///
/// A JSON Merge Patch (RFC 7396): fields that are left out keep their values, `null` clears optional ones. A patch that
/// changes nothing keeps the revision. Only a client of an organisation that owns or co-organises the event may correct
/// `email`: both addresses get a message, and what the former one got, links and `manage_token`s, stops working. For the registration's holder, and for clients that see it; until the event is over.
#[utoipa::path(
    tag = "registrations",
    params(("If-Match" = String, Header)),
    request_body(content(
        (PatchRegistration = "application/merge-patch+json"),
        (PatchRegistration = "application/json"),
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
    let (found, entry) = command.request.find_registration_and_event(&registration, Scope::RegistrationsWrite).await?;
    let command = command.receive(body::receive_patch).await?;
    let organises = match &found.access {
        Some(access) => command.parts.store.organises(access, entry.event.id).await?,
        None => false,
    };
    let patch = patch::read(&command.bytes, &entry.event, &found.registration.attendee, organises)?;
    let address = patch.address().map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
    let update = Update {
        id: found.registration.id,
        access: found.access,
        precondition: command.precondition()?,
        audit: command.caller.audit_context(&command.http),
        now: command.parts.clock.now(),
        address,
        change: Arc::new(move |attendee| patch.apply(&entry.event, attendee)),
    };
    let updated = command.parts.store.update_registration(update).await?;
    respond(&command, updated).await
}

async fn respond(command: &ReceivedCommand, updated: Updated) -> Result<HttpResponse, ApiError> {
    let conflict = |detail| ApiError::new(Code::Conflict).detail(detail);
    match updated {
        Updated::NotFound => Err(ApiError::not_found()),
        // The caller is an organiser, and sees the other registration too.
        Updated::AlreadyRegistered { id } => {
            Err(ApiError::new(Code::AlreadyRegistered).fact(|facts| facts.registration_id = Some(id.to_string())))
        }
        Updated::Invalid(errors) => Err(ApiError::validation(errors)),
        Updated::Rejected(Unchangeable::Ended) => Err(ApiError::new(Code::EventEnded)),
        Updated::Rejected(Unchangeable::Pending) => Err(conflict(Detail::AddressNotConfirmed)),
        Updated::Rejected(Unchangeable::Cancelled) => Err(conflict(Detail::RegistrationCancelled)),
        Updated::PreconditionFailed(current) => Err(response::precondition_failed(&current)),
        Updated::Done(registration) => response::respond(&command.http, &command.parts, *registration).await,
    }
}
