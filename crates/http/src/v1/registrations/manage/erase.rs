//! Handles `DELETE /registrations/{registration}`: erases a registration.

use actix_web::http::header;
use actix_web::{HttpResponse, delete, web};
use plenaria_persistence::desk::request::{Command, Request, RequiredAccess};

use crate::problem::ApiError;
use crate::request::path;
use crate::response::representation::Caching;
use crate::v1::registrations::access::VisibleRegistration;
use crate::v1::registrations::command::{RegistrationRequest, target};

/// Erase a registration
///
/// Deletes the personal data permanently, also from stored responses to requests with an `Idempotency-Key`. The
/// registration no longer exists for any caller. An active registration is cancelled first. The statistics keep the
/// fact that there was a registration, with its audience, country, language and source. For the registration's holder,
/// and for clients of the organisation that owns the event.
#[utoipa::path(
    tag = "registrations",
    params(("If-Match" = String, Header)),
    responses((status = 204, description = "The registration was erased")),
    security(("bearerAuth" = []), ("oauth2" = ["registrations:write"])),
)]
#[delete("/registrations/{registration}", guard = "path::names_registration")]
pub(crate) async fn delete_registration(
    request: RegistrationRequest,
    registration: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let found = request.find_registration_to_change(&registration).await?;
    let VisibleRegistration { registration, access: owner } = found;
    let RegistrationRequest { http, parts, caller, query, .. } = request;
    if let Some(owner) = &owner
        && !parts.store.owns(owner, registration.event_id).await?
    {
        return Err(ApiError::not_found());
    }
    query.read()?;
    let event = registration.event_id;
    let access = owner.map_or(RequiredAccess::Holder, RequiredAccess::Owned);
    let command = Command::Erase(target(&http, &caller, registration.id, access)?);
    parts.desk.submit(Request { event, now: parts.clock.now(), idempotency: None, command }).await?;
    parts.events.invalidate_availability(event).await;
    let mut response = HttpResponse::NoContent();
    Ok(response.insert_header((header::CACHE_CONTROL, Caching::Private.header())).finish())
}
