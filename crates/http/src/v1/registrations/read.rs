//! Reading one's registration.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::registration::Registration;

use super::dto::{RegistrationDto, etag};
use crate::problem::{ApiError, Code, Detail};
use crate::query::{NoQuery, Query};
use crate::representation::Caching;
use crate::state::AppState;
use crate::{conditional, holder};

/// Read a registration
///
/// For its holder, who shows the `manage_token` as a bearer token. Another registration's token gets 404.
#[utoipa::path(
    tag = "registrations",
    params(("registration" = String, Path, description = "A registration's id", format = Uuid, example = "019a0000-0000-7000-8000-000000000004")),
    responses((status = 200, description = "The registration", body = RegistrationDto)),
    security(("bearerAuth" = [])),
)]
#[get("/registrations/{registration}")]
pub(crate) async fn read_registration(
    request: HttpRequest,
    state: web::Data<AppState>,
    registration: web::Path<String>,
    query: Query<NoQuery>,
) -> Result<HttpResponse, ApiError> {
    let id = holder::of_registration(&state, &request, &registration)?;
    let registration = state.store.registration(id).await?.ok_or_else(ApiError::not_found)?;
    query.read()?;
    respond(&request, &state, registration).await
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
