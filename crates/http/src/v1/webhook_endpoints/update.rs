//! Handles `PATCH /webhook-endpoints/{endpoint}`: updates a webhook endpoint.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, patch, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_persistence::webhooks::{UpdateEndpoint, UpdateOutcome};

use crate::auth::Caller;
use crate::problem::{ApiError, Code};
use crate::request::body;
use crate::request::query::{NoQuery, Query};
use crate::response::conditional::IfMatch;
use crate::v1::webhook_endpoints::dto::{EndpointDto, etag};
use crate::v1::webhook_endpoints::parts::EndpointParts;
use crate::v1::webhook_endpoints::read::{find_endpoint, respond};
use crate::v1::webhook_endpoints::request::UpdateWebhookEndpoint;

/// Update a webhook endpoint
///
/// Updates the endpoint by JSON Merge Patch. A `disabled` endpoint gets no messages. When it is `active` again, it gets its
/// queued messages, and the changes that happened in between and are still stored.
#[utoipa::path(
    tag = "webhooks",
    params(("If-Match" = String, Header)),
    request_body(content((UpdateWebhookEndpoint = "application/merge-patch+json"), (UpdateWebhookEndpoint = "application/json"))),
    responses((status = 200, description = "The updated endpoint", body = EndpointDto, headers(
        ("ETag" = String, description = "The endpoint's tag"),
    ))),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[patch("/webhook-endpoints/{endpoint}")]
pub(crate) async fn update_webhook_endpoint(
    request: HttpRequest,
    parts: EndpointParts,
    endpoint: web::Path<String>,
    query: Query<NoQuery>,
    payload: web::Payload,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let audit = caller.audit_context(&request);
    let access = caller.require_client(Scope::WebhooksManage)?.access();
    let id = find_endpoint(&parts.store, &access, &endpoint).await?.id;
    let bytes = body::receive_patch(&request, payload).await?;
    query.read()?;
    let policy = parts.settings.address_policy;
    let body: UpdateWebhookEndpoint = body::parse(&bytes, |body: &UpdateWebhookEndpoint| body.url_errors(policy))?;
    let change = body.into_change(policy).map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
    let condition = IfMatch::read(&request)?;
    let expected = Arc::new(move |current: &_| condition.holds(&etag(current)));
    let change = UpdateEndpoint { access, id, change, now: parts.clock.now(), audit, expected };
    match parts.store.update_endpoint(change).await? {
        UpdateOutcome::Done(endpoint) => Ok(respond(&request, &parts.public_url, endpoint)),
        UpdateOutcome::NotFound => Err(ApiError::not_found()),
        UpdateOutcome::PreconditionFailed(current) => {
            Err(ApiError::new(Code::PreconditionFailed).header(header::ETAG, etag(&current)))
        }
    }
}
