//! Handles `GET /webhook-endpoints/{endpoint}`: reads a webhook endpoint.

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_persistence::Access;
use plenaria_persistence::Store;
use plenaria_persistence::webhooks::Endpoint;

use super::dto::{EndpointDto, etag};
use crate::auth::Caller;
use crate::problem::ApiError;
use crate::request::path;
use crate::request::query::{NoQuery, Query};
use crate::response::conditional;
use crate::response::representation::Caching;
use crate::state_part::Part;

/// Read a webhook endpoint
///
/// Returns an endpoint of the client's organisation. Endpoints of other organisations are `not-found`.
#[utoipa::path(
    tag = "webhooks",
    responses((status = 200, description = "The endpoint", body = EndpointDto)),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[get("/webhook-endpoints/{endpoint}")]
pub(crate) async fn read_webhook_endpoint(
    request: HttpRequest,
    store: Part<Store>,
    public_url: Part<PublicUrl>,
    endpoint: web::Path<String>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.require_client(Scope::WebhooksManage)?.access();
    let endpoint = find_endpoint(&store, &access, &endpoint).await?;
    query.read()?;
    Ok(respond(&request, &public_url, endpoint))
}

/// Finds the endpoint with the id in the path, if it belongs to the organisation.
pub(super) async fn find_endpoint(store: &Store, access: &Access, id: &str) -> Result<Endpoint, ApiError> {
    let endpoint = store.endpoint(access, path::endpoint(id)?).await?;
    endpoint.ok_or_else(ApiError::not_found)
}

/// Responds with the endpoint, or to a GET with 304 if the caller's copy is current.
pub(super) fn respond(request: &HttpRequest, public_url: &PublicUrl, endpoint: Endpoint) -> HttpResponse {
    let etag = etag(&endpoint);
    let is_read = request.method() == Method::GET;
    let not_modified = is_read.then(|| conditional::not_modified(request, &etag)).flatten();
    let mut response = if not_modified.is_some() { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::CACHE_CONTROL, Caching::Private.header()));
    if let Some(matched) = not_modified {
        return response.insert_header((header::ETAG, matched)).finish();
    }
    response.insert_header((header::ETAG, etag)).json(EndpointDto::new(endpoint, public_url))
}
