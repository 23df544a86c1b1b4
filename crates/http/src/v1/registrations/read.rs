//! Reading one's registration.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::registration::Registration;
use plenaria_domain::scope::Scope;
use plenaria_persistence::Access;
use plenaria_persistence::idempotency::Recorded;

use super::dto::{RegistrationDto, etag};
use crate::auth::{Caller, RegistrationAccess};
use crate::catalogue::Entry;
use crate::problem::{ApiError, Code, Detail};
use crate::query::{NoQuery, Query};
use crate::representation::Caching;
use crate::state::AppState;
use crate::{conditional, idempotency, reference};

/// Read a registration
///
/// For its holder, who shows the `manage_token` as a bearer token, and for clients whose organisation organises the event or
/// made the registration. For everybody else it is not there.
#[utoipa::path(
    tag = "registrations",
    responses((status = 200, description = "The registration", body = RegistrationDto)),
    security(("bearerAuth" = []), ("oauth2" = ["registrations:read"])),
)]
#[get("/registrations/{registration}", guard = "reference::names_registration")]
pub(crate) async fn read_registration(
    request: HttpRequest,
    state: web::Data<AppState>,
    registration: web::Path<String>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (registration, _) = find(&state, caller, &registration, Scope::RegistrationsRead).await?;
    query.read()?;
    respond(&request, &state, registration).await
}

/// The registration in the path, and the view that it must stay in; what the caller may not see is not there.
pub(super) async fn find(
    state: &AppState,
    caller: Caller,
    named: &str,
    scope: Scope,
) -> Result<(Registration, Option<Access>), ApiError> {
    let named = reference::registration(named);
    let access = caller.registration(named.as_ref().ok().copied(), scope)?;
    let id = named?;
    let (found, within) = match access {
        RegistrationAccess::Held => (state.store.registration(id).await?, None),
        RegistrationAccess::Seen(access) => (state.store.registration_within(&access, id).await?, Some(access)),
    };
    found.map(|registration| (registration, within)).ok_or_else(ApiError::not_found)
}

/// The registration as its holder may see it, or 304.
pub(super) async fn respond(
    request: &HttpRequest,
    state: &AppState,
    registration: Registration,
) -> Result<HttpResponse, ApiError> {
    let etag = etag(&registration);
    let is_read = request.method() == actix_web::http::Method::GET;
    let not_modified = is_read.then(|| conditional::not_modified(request, &etag)).flatten();
    let mut response = if not_modified.is_some() { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::CACHE_CONTROL, Caching::Private.header()));
    if let Some(named) = not_modified {
        return Ok(response.insert_header((header::ETAG, named)).finish());
    }
    response.insert_header((header::ETAG, etag));
    let entry = state.catalogue.get(registration.event_id).await?;
    let entry = entry.ok_or_else(|| ApiError::new(Code::Internal).detail(Detail::EventUnreadable))?;
    let slug = &entry.event.definition.slug;
    Ok(response.json(RegistrationDto::new(registration, slug, &state.public_url, None)))
}

/// What is kept of this answer to a request with a key.
pub(super) fn recorded(state: &AppState, entry: &Entry, registration: &Registration) -> Option<Recorded> {
    let slug = &entry.event.definition.slug;
    let body = RegistrationDto::new(registration.clone(), slug, &state.public_url, None);
    Some(Recorded {
        status: 200,
        location: None,
        etag: etag(registration).to_str().ok().map(str::to_owned),
        body: serde_json::to_string(&body).ok()?,
        registration: Some(registration.id),
    })
}

/// The answer that was kept.
pub(super) fn replay(recorded: Recorded) -> Result<HttpResponse, ApiError> {
    match idempotency::recorded_error(&recorded) {
        Some(error) => Err(error),
        None => Ok(idempotency::respond(&recorded, true)
            .insert_header((header::CACHE_CONTROL, Caching::Private.header()))
            .body(recorded.body)),
    }
}
