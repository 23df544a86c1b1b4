//! Handles `GET /registrations/{registration}`: reads a registration.

use actix_web::{HttpResponse, get, web};

use crate::problem::ApiError;
use crate::request::path;
use crate::v1::registrations::command::RegistrationRequest;
use crate::v1::registrations::dto::RegistrationDto;
use crate::v1::registrations::response;

/// Read a registration
///
/// Returns a registration to its holder, who sends the `manage_token` as a bearer token, and to clients whose
/// organisation owns or co-organises the event or made the registration. Any other caller gets 404 `not-found`.
#[utoipa::path(
    tag = "registrations",
    responses((status = 200, description = "The registration", body = RegistrationDto)),
    security(("bearerAuth" = []), ("oauth2" = ["registrations:read"])),
)]
#[get("/registrations/{registration}", guard = "path::names_registration")]
pub(crate) async fn read_registration(
    request: RegistrationRequest,
    registration: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let found = request.find_registration(&registration).await?;
    request.query.read()?;
    response::respond(&request.http, &request.parts, found.registration).await
}
