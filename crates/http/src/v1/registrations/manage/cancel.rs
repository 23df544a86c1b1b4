//! Handles `POST /registrations/{registration}/cancel`: cancels a registration.

use actix_web::{HttpResponse, post, web};
use plenaria_persistence::desk::request::{Command, RequiredAccess};

use super::request::CancelRegistration;
use crate::problem::{ApiError, Code};
use crate::request::body;
use crate::v1::registrations::command::RegistrationCommand;
use crate::v1::registrations::dto::RegistrationDto;

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
    let (found, entry) = command.request.find_registration_and_event(&registration).await?;
    let command = command.receive(body::receive_optional).await?;
    let body: CancelRegistration = body::parse_optional(&command.bytes)?;
    let reason = body.reason().map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
    let key = command.idempotency_key()?;
    let target = command.target(found.registration.id, RequiredAccess::to_see(found.access))?;
    command.change(&entry, key, Command::Cancel { target, reason }).await
}
