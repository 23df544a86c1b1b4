//! Handles `DELETE /webhook-endpoints/{endpoint}`: deletes a webhook endpoint.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, delete, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::time::Clock;
use plenaria_persistence::Store;
use plenaria_persistence::webhooks::{RemoveEndpoint, UpdateOutcome};

use super::dto::etag;
use super::read::find_endpoint;
use crate::auth::Caller;
use crate::problem::{ApiError, Code};
use crate::request::query::{NoQuery, Query};
use crate::response::conditional::IfMatch;
use crate::response::representation::Caching;
use crate::state_part::Part;

/// Delete a webhook endpoint
///
/// Deletes the endpoint with its queued messages and its log.
#[utoipa::path(
    tag = "webhooks",
    params(("If-Match" = String, Header)),
    responses((status = 204, description = "The endpoint was deleted")),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[delete("/webhook-endpoints/{endpoint}")]
pub(crate) async fn delete_webhook_endpoint(
    request: HttpRequest,
    store: Part<Store>,
    clock: Part<Clock>,
    endpoint: web::Path<String>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let audit = caller.audit_context(&request);
    let access = caller.require_client(Scope::WebhooksManage)?.access();
    let id = find_endpoint(&store, &access, &endpoint).await?.id;
    query.read()?;
    let condition = IfMatch::read(&request)?;
    let expected = Arc::new(move |current: &_| condition.holds(&etag(current)));
    match store.remove_endpoint(RemoveEndpoint { access, id, now: clock.now(), audit, expected }).await? {
        UpdateOutcome::Done(_) => {
            let caching = (header::CACHE_CONTROL, Caching::Private.header());
            Ok(HttpResponse::NoContent().insert_header(caching).finish())
        }
        UpdateOutcome::NotFound => Err(ApiError::not_found()),
        UpdateOutcome::PreconditionFailed(current) => {
            Err(ApiError::new(Code::PreconditionFailed).header(header::ETAG, etag(&current)))
        }
    }
}
