//! Handles `POST /webhook-endpoints/{endpoint}/test`: sends a test message to a webhook endpoint.

use actix_web::{HttpRequest, HttpResponse, post, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::ids::{ChangeId, DeliveryId};
use plenaria_persistence::webhooks::DeliveryContent;

use crate::auth::Caller;
use crate::problem::ApiError;
use crate::request::negotiation;
use crate::request::query::{NoQuery, Query};
use crate::v1::changes::variants::TEST_TYPE;
use crate::v1::webhook_endpoints::deliveries::dto::{DeliveryDto, test_payload};
use crate::v1::webhook_endpoints::deliveries::queue::DeliveryQueue;
use crate::v1::webhook_endpoints::read::find_endpoint;

/// Test a webhook endpoint
///
/// Sends the endpoint a message of the type `webhook.test`. Like any other message it is signed, logged, and retried if delivery
/// fails.
#[utoipa::path(
    tag = "webhooks",
    responses(
        (status = 202, description = "The queued message", body = DeliveryDto),
        (status = 409, description = "`conflict`: the endpoint is disabled"),
    ),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[post("/webhook-endpoints/{endpoint}/test")]
pub(crate) async fn test_webhook_endpoint(
    request: HttpRequest,
    queue: DeliveryQueue,
    endpoint: web::Path<String>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.clone().require_client(Scope::WebhooksManage)?.access();
    let id = find_endpoint(&queue.store, &access, &endpoint).await?.id;
    negotiation::check_accept(&request, "application/json")?;
    query.read()?;
    let now = queue.clock.now();
    let (delivery, change) = (DeliveryId::new(now), ChangeId::new(now));
    let content = DeliveryContent::Test { id: delivery, change, kind: TEST_TYPE, payload: test_payload(id.0, now) };
    queue.add(&request, &caller, access, id, content).await
}
