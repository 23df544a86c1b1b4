//! Handles `DELETE /registrations/{registration}`: erases a registration.

use actix_web::http::header;
use actix_web::{HttpResponse, delete, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_persistence::registrations::erase::{Erase, Erased};

use crate::problem::ApiError;
use crate::request::path;
use crate::response::representation::Caching;
use crate::v1::registrations::access::VisibleRegistration;
use crate::v1::registrations::command::{RegistrationRequest, precondition};
use crate::v1::registrations::response;

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
    let found = request.find_registration(&registration, Scope::RegistrationsWrite).await?;
    let VisibleRegistration { registration, access: owner } = found;
    let RegistrationRequest { http, parts, caller, query, .. } = request;
    if let Some(owner) = &owner
        && !parts.store.owns(owner, registration.event_id).await?
    {
        return Err(ApiError::not_found());
    }
    query.read()?;
    let expected = precondition(&http, &caller)?;
    let audit = caller.audit_context(&http);
    let erase = Erase { id: registration.id, owner, now: parts.clock.now(), audit, precondition: expected };
    match parts.store.erase(erase).await? {
        Erased::NotFound => Err(ApiError::not_found()),
        Erased::PreconditionFailed(current) => Err(response::precondition_failed(&current)),
        Erased::Done { freed } => {
            if let Some(event) = freed {
                parts.events.invalidate_availability(event).await;
            }
            let mut response = HttpResponse::NoContent();
            Ok(response.insert_header((header::CACHE_CONTROL, Caching::Private.header())).finish())
        }
    }
}
