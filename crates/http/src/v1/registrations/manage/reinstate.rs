//! Handles `POST /registrations/{registration}/reinstate`: takes the cancellation of a registration back.

use std::sync::Arc;

use actix_web::{HttpResponse, post, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_persistence::idempotency::{IdempotencyGuard, ResponseRecorder};
use plenaria_persistence::registrations::new_registration::RegistrationError;
use plenaria_persistence::registrations::reinstate::{Reinstate, Reinstated};

use crate::cache::events::CachedEvent;
use crate::problem::{ApiError, Code, Detail};
use crate::request::{body, idempotency};
use crate::v1::registrations::command::{ReceivedCommand, RegistrationCommand};
use crate::v1::registrations::dto::RegistrationDto;
use crate::v1::registrations::response;

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
    let (found, entry) = command.request.find_registration_and_event(&registration, Scope::RegistrationsWrite).await?;
    if !command.request.parts.store.organises(&access, entry.event.id).await? {
        return Err(ApiError::not_found());
    }
    let command = command.receive(body::receive_optional).await?;
    let _: ReinstateRegistration = body::parse_optional(&command.bytes)?;
    let key = command.idempotency_key()?;
    let reinstate = Reinstate {
        id: found.registration.id,
        access,
        precondition: command.precondition()?,
        audit: command.caller.audit_context(&command.http),
        now: command.parts.clock.now(),
        idempotency: key.map(|key| IdempotencyGuard { key, record: recorder(&command.parts.public_url, &entry) }),
    };
    let _in_progress = command.in_progress.begin(key)?;
    let reinstated = command.parts.store.reinstate(reinstate).await?;
    respond(&command, reinstated).await
}

async fn respond(command: &ReceivedCommand, reinstated: Reinstated) -> Result<HttpResponse, ApiError> {
    match reinstated {
        Reinstated::NotFound => Err(ApiError::not_found()),
        Reinstated::Rejected(error) => Err(rejected(error)),
        Reinstated::AddressNotConfirmed => Err(address_not_confirmed()),
        Reinstated::IdempotencyKeyReused => Err(ApiError::new(Code::IdempotencyMismatch)),
        Reinstated::PreconditionFailed(current) => Err(response::precondition_failed(&current)),
        Reinstated::Replayed(stored) => response::replay(stored),
        Reinstated::Done { registration, admitted_to } => {
            if let Some(event) = admitted_to {
                command.parts.events.invalidate_availability(event).await;
            }
            response::respond(&command.http, &command.parts, *registration).await
        }
    }
}

/// The problem for an organiser, who sees the registration that has the address.
fn rejected(error: RegistrationError) -> ApiError {
    let existing = match &error {
        RegistrationError::AlreadyRegistered { id, .. } => Some(id.to_string()),
        _ => None,
    };
    let problem = ApiError::from(error);
    match existing {
        Some(id) => problem.fact(|facts| facts.registration_id = Some(id)),
        None => problem,
    }
}

fn address_not_confirmed() -> ApiError {
    ApiError::new(Code::Conflict).detail(Detail::AddressNotConfirmed)
}

/// Makes the stored response of a request with an `Idempotency-Key`.
fn recorder(public_url: &PublicUrl, entry: &Arc<CachedEvent>) -> ResponseRecorder<Reinstated> {
    let (public_url, entry) = (public_url.clone(), Arc::clone(entry));
    Arc::new(move |reinstated| match reinstated {
        Reinstated::Done { registration, .. } => response::to_stored(&public_url, &entry, registration),
        Reinstated::Rejected(error) => idempotency::to_stored_error(&rejected(error.clone())),
        Reinstated::AddressNotConfirmed => idempotency::to_stored_error(&address_not_confirmed()),
        _ => None,
    })
}
