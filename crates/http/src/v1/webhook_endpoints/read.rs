//! Reading a webhook endpoint.

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::scope::Scope;
use plenaria_persistence::Access;
use plenaria_persistence::webhooks::Endpoint;

use super::dto::{EndpointDto, etag};
use crate::auth::Caller;
use crate::problem::ApiError;
use crate::query::{NoQuery, Query};
use crate::representation::Caching;
use crate::state::AppState;
use crate::{conditional, reference};

/// Read a webhook endpoint
///
/// One of the client's organisation; another one's is not there.
#[utoipa::path(
    tag = "webhooks",
    params(("endpoint" = String, Path, description = "An endpoint's id", format = Uuid, example = "019a0000-0000-7000-8000-000000000006")),
    responses((status = 200, description = "The endpoint", body = EndpointDto)),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[get("/webhook-endpoints/{endpoint}")]
pub(crate) async fn read_webhook_endpoint(
    request: HttpRequest,
    state: web::Data<AppState>,
    endpoint: web::Path<String>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.client(Scope::WebhooksManage)?.access();
    let endpoint = find(&state, &access, &endpoint).await?;
    query.read()?;
    Ok(respond(&request, &state, endpoint))
}

/// The endpoint in the path, if it is the organisation's.
pub(super) async fn find(state: &AppState, access: &Access, named: &str) -> Result<Endpoint, ApiError> {
    let found = state.store.endpoint(access, reference::endpoint(named)?).await?;
    found.ok_or_else(ApiError::not_found)
}

/// The endpoint as it is now, or 304.
pub(super) fn respond(request: &HttpRequest, state: &AppState, endpoint: Endpoint) -> HttpResponse {
    let etag = etag(&endpoint);
    let is_read = request.method() == Method::GET;
    let not_modified = is_read.then(|| conditional::not_modified(request, &etag)).flatten();
    let mut response = if not_modified.is_some() { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::CACHE_CONTROL, Caching::Private.header()));
    if let Some(named) = not_modified {
        return response.insert_header((header::ETAG, named)).finish();
    }
    response.insert_header((header::ETAG, etag)).json(EndpointDto::new(endpoint, &state.public_url))
}
