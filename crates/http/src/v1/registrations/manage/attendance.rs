//! Handles `POST /registrations/{registration}/attendance`: records attendance.

use std::sync::Arc;

use actix_web::{HttpResponse, post, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_persistence::idempotency::{IdempotencyGuard, ResponseRecorder};
use plenaria_persistence::registrations::attendance::single::{Attend, Attended};

use super::request::RecordAttendance;
use crate::cache::events::CachedEvent;
use crate::problem::{ApiError, Code, Detail};
use crate::request::body;
use crate::v1::registrations::command::{ReceivedCommand, RegistrationCommand};
use crate::v1::registrations::dto::RegistrationDto;
use crate::v1::registrations::response;

/// Record attendance
///
/// Records that a person attended the event, or withdraws that, at any time. Only a confirmed registration can have
/// attended. Repeating the request changes nothing: `attended_at` stays the time of the first record. Each change
/// appears in the feed as `registration.attended`.
#[utoipa::path(
    tag = "registrations",
    params(("If-Match" = String, Header)),
    request_body = RecordAttendance,
    responses(
        (status = 200, description = "The registration as it is now", body = RegistrationDto, headers(
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 409, description = "`conflict`: the registration is not confirmed"),
    ),
    security(("oauth2" = ["registrations:write"])),
)]
#[post("/registrations/{registration}/attendance")]
pub(crate) async fn record_attendance(
    command: RegistrationCommand,
    registration: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let access = command.request.caller.clone().require_client(Scope::RegistrationsWrite)?.access();
    let (found, entry) = command.request.find_registration_and_event(&registration, Scope::RegistrationsWrite).await?;
    let command = command.receive(body::receive).await?;
    let body: RecordAttendance = body::parse(&command.bytes, RecordAttendance::field_errors)?;
    let key = command.idempotency_key()?;
    let attend = Attend {
        id: found.registration.id,
        access,
        attended: body.attended(),
        precondition: command.precondition()?,
        audit: command.caller.audit_context(&command.http),
        now: command.parts.clock.now(),
        idempotency: key.map(|key| IdempotencyGuard { key, record: recorder(&command.parts.public_url, &entry) }),
    };
    let _in_progress = command.in_progress.begin(key)?;
    let attended = command.parts.store.attend(attend).await?;
    respond(&command, attended).await
}

async fn respond(command: &ReceivedCommand, attended: Attended) -> Result<HttpResponse, ApiError> {
    match attended {
        Attended::NotFound => Err(ApiError::not_found()),
        Attended::HoldsNoSeat { may_get_one } => {
            Err(ApiError::new(Code::Conflict).detail(Detail::HoldsNoSeat { may_get_one }))
        }
        Attended::IdempotencyKeyReused => Err(ApiError::new(Code::IdempotencyMismatch)),
        Attended::PreconditionFailed(current) => Err(response::precondition_failed(&current)),
        Attended::Replayed(stored) => response::replay(stored),
        Attended::Done(registration) => response::respond(&command.http, &command.parts, *registration).await,
    }
}

/// Makes the stored response of a request with an `Idempotency-Key`. `HoldsNoSeat` is not stored: it changed nothing,
/// and the same request may succeed once the person has got a seat.
fn recorder(public_url: &PublicUrl, entry: &Arc<CachedEvent>) -> ResponseRecorder<Attended> {
    let (public_url, entry) = (public_url.clone(), Arc::clone(entry));
    Arc::new(move |attended| match attended {
        Attended::Done(registration) => response::to_stored(&public_url, &entry, registration),
        _ => None,
    })
}
