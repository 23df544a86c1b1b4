//! Handles `POST /registrations/{registration}/reinstate`: takes the cancellation of a registration back.

use actix_web::{HttpResponse, post, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_persistence::desk::request::{Command, RequiredAccess};

use crate::problem::ApiError;
use crate::request::body;
use crate::v1::registrations::command::RegistrationCommand;
use crate::v1::registrations::dto::RegistrationDto;

/// The body, which has no fields and is optional.
#[derive(Debug, Default, serde::Deserialize, utoipa::ToSchema, validator::Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReinstateRegistration {}

/// Reinstate a registration
///
/// Reverses the cancellation of a registration, which gets what a new one would get now: a seat if one is free and the
/// waiting list is empty, otherwise a place at the end of the waiting list; `status` says which. The person gets a
/// mail. Reinstating an active registration changes nothing and gets the same response. Only for clients of an
/// organisation that owns or co-organises the event; for any other caller the registration counts as not found.
#[utoipa::path(
    tag = "registrations",
    params(("If-Match" = String, Header)),
    request_body = Option<ReinstateRegistration>,
    responses(
        (status = 200, description = "The registration as it is now", body = RegistrationDto, headers(
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 409, description = "`already-registered`: the address has another registration, `registration_id`; `event-full`, `registration-not-open`, `registration-closed`, `event-cancelled`, `event-ended`; or `conflict`: its address is not confirmed yet"),
    ),
    security(("oauth2" = ["registrations:write"])),
)]
#[post("/registrations/{registration}/reinstate")]
pub(crate) async fn reinstate_registration(
    command: RegistrationCommand,
    registration: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let access = command.request.caller.clone().require_client(Scope::RegistrationsWrite)?.access();
    let (found, entry) = command.request.find_registration_and_event(&registration).await?;
    if !command.request.parts.store.organises(&access, entry.event.id).await? {
        return Err(ApiError::not_found());
    }
    let command = command.receive(body::receive_optional).await?;
    let _: ReinstateRegistration = body::parse_optional(&command.bytes)?;
    let key = command.idempotency_key()?;
    let target = command.target(found.registration.id, RequiredAccess::Organised(access))?;
    command.change(&entry, key, Command::Reinstate(target)).await
}
