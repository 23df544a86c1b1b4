//! Handles `GET /webhook-endpoints`: lists an organisation's webhook endpoints.

use actix_web::{HttpRequest, HttpResponse, get};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::ids::EndpointId;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_persistence::Store;

use super::dto::{EndpointDto, WebhookEndpointPage};
use crate::auth::Caller;
use crate::problem::ApiError;
use crate::request::cursor::Cursors;
use crate::request::pagination::PageRequest;
use crate::request::query::Query;
use crate::response::representation::{Caching, Representation};
use crate::state_part::Part;
use crate::v1::list_query::ListQuery;

/// List webhook endpoints
///
/// Returns the endpoints of the client's organisation, oldest first.
#[utoipa::path(
    tag = "webhooks",
    params(ListQuery),
    responses((status = 200, description = "A page of endpoints", body = WebhookEndpointPage)),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[get("/webhook-endpoints")]
pub(crate) async fn list_webhook_endpoints(
    request: HttpRequest,
    store: Part<Store>,
    cursors: Part<Cursors>,
    public_url: Part<PublicUrl>,
    query: Query<ListQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.require_client(Scope::WebhooksManage)?.access();
    let query = query.read()?;
    let scope = format!("webhook-endpoints {}", access.organisation());
    let page: PageRequest<String> = query.page.read(&cursors, scope)?;
    let after = page.after.as_deref().and_then(EndpointId::parse);
    let endpoints = store.endpoints(&access, after, page.limit as u64 + 1).await?;
    let (endpoints, page) = page.finish(&cursors, endpoints, |endpoint| endpoint.id.to_string());
    let data = endpoints.into_iter().map(|endpoint| EndpointDto::new(endpoint, &public_url)).collect();
    let body = WebhookEndpointPage { data, page };
    let representation = Representation::json(&body, &[], Caching::Private)?;
    Ok(representation.respond_page(&request, &public_url, body.page.next_cursor.as_deref()))
}
