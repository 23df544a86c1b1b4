//! Handles `POST /registrations/{registration}/attendance`: records attendance.

use actix_web::{HttpResponse, post, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_persistence::desk::request::{Command, RequiredAccess};

use super::request::RecordAttendance;
use crate::problem::ApiError;
use crate::request::body;
use crate::v1::registrations::command::RegistrationCommand;
use crate::v1::registrations::dto::RegistrationDto;

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
    let (found, entry) = command.request.find_registration_and_event(&registration).await?;
    let command = command.receive(body::receive).await?;
    let body: RecordAttendance = body::parse(&command.bytes, RecordAttendance::field_errors)?;
    let key = command.idempotency_key()?;
    let target = command.target(found.registration.id, RequiredAccess::Visible(access))?;
    command.change(&entry, key, Command::Attend { target, attended: body.attended() }).await
}
