//! Handles `POST /registrations/{registration}/cancel`: cancels a registration.

use std::sync::Arc;

use actix_web::{HttpResponse, post, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_persistence::idempotency::{IdempotencyGuard, ResponseRecorder};
use plenaria_persistence::registrations::cancel::{Cancel, Cancelled};

use super::request::CancelRegistration;
use crate::cache::events::CachedEvent;
use crate::problem::{ApiError, Code};
use crate::request::{body, idempotency};
use crate::v1::registrations::command::{ReceivedCommand, RegistrationCommand};
use crate::v1::registrations::dto::RegistrationDto;
use crate::v1::registrations::response;

/// Cancel a registration
///
/// Releases the seat, which goes to the first person on the waiting list immediately. Cancelling a cancelled
/// registration changes nothing and gets the same response. The body is optional. For the registration's holder, and
/// for clients that may read it.
#[utoipa::path(
    tag = "registrations",
    params(("If-Match" = String, Header)),
    request_body = Option<CancelRegistration>,
    responses(
        (status = 200, description = "The cancelled registration", body = RegistrationDto, headers(
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 409, description = "`event-ended`: a registration can be cancelled until the event ends"),
    ),
    security(("bearerAuth" = []), ("oauth2" = ["registrations:write"])),
)]
#[post("/registrations/{registration}/cancel")]
pub(crate) async fn cancel_registration(
    command: RegistrationCommand,
    registration: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (found, entry) = command.request.find_registration_and_event(&registration, Scope::RegistrationsWrite).await?;
    let command = command.receive(body::receive_optional).await?;
    let body: CancelRegistration = body::parse_optional(&command.bytes)?;
    let reason = body.reason().map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
    let key = command.idempotency_key()?;
    let cancel = Cancel {
        id: found.registration.id,
        access: found.access,
        reason,
        requester: command.caller.requester(),
        precondition: command.precondition()?,
        audit: command.caller.audit_context(&command.http),
        now: command.parts.clock.now(),
        idempotency: key.map(|key| IdempotencyGuard { key, record: recorder(&command.parts.public_url, &entry) }),
    };
    let _in_progress = command.in_progress.begin(key)?;
    let cancelled = command.parts.store.cancel(cancel).await?;
    respond(&command, cancelled).await
}

async fn respond(command: &ReceivedCommand, cancelled: Cancelled) -> Result<HttpResponse, ApiError> {
    match cancelled {
        Cancelled::NotFound => Err(ApiError::not_found()),
        Cancelled::TooLate => Err(ApiError::new(Code::EventEnded)),
        Cancelled::IdempotencyKeyReused => Err(ApiError::new(Code::IdempotencyMismatch)),
        Cancelled::PreconditionFailed(current) => Err(response::precondition_failed(&current)),
        Cancelled::Replayed(stored) => response::replay(stored),
        Cancelled::Done { registration, freed } => {
            if let Some(event) = freed {
                command.parts.events.invalidate_availability(event).await;
            }
            response::respond(&command.http, &command.parts, *registration).await
        }
    }
}

/// Makes the stored response of a request with an `Idempotency-Key`.
fn recorder(public_url: &PublicUrl, entry: &Arc<CachedEvent>) -> ResponseRecorder<Cancelled> {
    let (public_url, entry) = (public_url.clone(), Arc::clone(entry));
    Arc::new(move |cancelled| match cancelled {
        Cancelled::TooLate => idempotency::to_stored_error(&ApiError::new(Code::EventEnded)),
        Cancelled::Done { registration, .. } => response::to_stored(&public_url, &entry, registration),
        _ => None,
    })
}
