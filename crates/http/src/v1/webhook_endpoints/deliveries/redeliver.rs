//! Handles `POST /webhook-endpoints/{endpoint}/deliveries/{delivery}/redeliver`: sends a message again.

use actix_web::{HttpRequest, HttpResponse, post, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_persistence::webhooks::DeliveryContent;

use crate::auth::Caller;
use crate::problem::ApiError;
use crate::request::query::{NoQuery, Query};
use crate::request::{negotiation, path};
use crate::v1::webhook_endpoints::deliveries::dto::DeliveryDto;
use crate::v1::webhook_endpoints::deliveries::queue::DeliveryQueue;

/// Send a message again
///
/// Sends the message immediately, whatever its status, with the same `webhook-id` and a new retry schedule. Undelivered later
/// messages about the same registration wait for it.
#[utoipa::path(
    tag = "webhooks",
    responses(
        (status = 202, description = "The queued message", body = DeliveryDto),
        (status = 409, description = "`conflict`: the endpoint is disabled"),
    ),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[post("/webhook-endpoints/{endpoint}/deliveries/{delivery}/redeliver")]
pub(crate) async fn redeliver_webhook(
    request: HttpRequest,
    queue: DeliveryQueue,
    path: web::Path<(String, String)>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.clone().require_client(Scope::WebhooksManage)?.access();
    let (endpoint, delivery) = path.into_inner();
    let (endpoint, delivery) = (path::endpoint(&endpoint)?, path::delivery(&delivery)?);
    queue.store.delivery(&access, endpoint, delivery).await?.ok_or_else(ApiError::not_found)?;
    negotiation::check_accept(&request, "application/json")?;
    query.read()?;
    queue.add(&request, &caller, access, endpoint, DeliveryContent::Redelivery(delivery)).await
}
