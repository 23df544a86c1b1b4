//! Handles `GET /webhook-endpoints/{endpoint}/deliveries` and `/deliveries/{delivery}`: lists the messages to a webhook
//! endpoint, and reads one with its attempts.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::ids::DeliveryId;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::webhook::DeliveryStatus;
use plenaria_persistence::Store;
use plenaria_persistence::webhooks::DeliveryFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::problem::ApiError;
use crate::request::cursor::Cursors;
use crate::request::pagination::PageRequest;
use crate::request::path;
use crate::request::query::{NoQuery, Query};
use crate::response::representation::{Caching, Representation};
use crate::state_part::Part;
use crate::v1::list_query::ListQuery;
use crate::v1::webhook_endpoints::deliveries::dto::{DeliveryDto, DeliveryLog, DeliveryStatusDto, WebhookDeliveryPage};
use crate::v1::webhook_endpoints::read::find_endpoint;

/// Filter.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryFilters {
    /// Only messages with this status.
    #[param(value_type = Option<DeliveryStatusDto>, example = "pending")]
    status: Option<String>,
}

type DeliveryQuery = ListQuery<DeliveryFilters>;

/// List the messages to a webhook endpoint
///
/// Returns sent and queued messages, newest first. Delivered messages are stored as long as changes are.
#[utoipa::path(
    tag = "webhooks",
    params(DeliveryQuery),
    responses((status = 200, description = "A page of messages", body = WebhookDeliveryPage)),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[get("/webhook-endpoints/{endpoint}/deliveries")]
pub(crate) async fn list_webhook_deliveries(
    request: HttpRequest,
    store: Part<Store>,
    cursors: Part<Cursors>,
    public_url: Part<PublicUrl>,
    endpoint: web::Path<String>,
    query: Query<DeliveryQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.require_client(Scope::WebhooksManage)?.access();
    let endpoint = find_endpoint(&store, &access, &endpoint).await?.id;
    let query = query.read()?;
    let status = query.filters.status.as_deref().map(DeliveryStatus::parse).transpose();
    let status = status.map_err(|error| ApiError::invalid_parameter("status", error))?;
    let scope = format!("webhook-deliveries {endpoint} {status:?}");
    let page: PageRequest<String> = query.page.read(&cursors, scope)?;
    let before = page.after.as_deref().and_then(DeliveryId::parse);
    let filter = DeliveryFilter { endpoint, status, before };
    let deliveries = store.deliveries(&access, &filter, page.limit as u64 + 1).await?;
    let (deliveries, page) = page.finish(&cursors, deliveries, |delivery| delivery.id.to_string());
    let body = WebhookDeliveryPage { data: deliveries.into_iter().map(DeliveryDto::new).collect(), page };
    let representation = Representation::json(&body, &[], Caching::Private)?;
    Ok(representation.respond_page(&request, &public_url, body.page.next_cursor.as_deref()))
}

/// Read a message to a webhook endpoint
///
/// Returns the message with its status and its attempts: request, response and duration of each.
#[utoipa::path(
    tag = "webhooks",
    responses((status = 200, description = "The message and its attempts", body = DeliveryLog)),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[get("/webhook-endpoints/{endpoint}/deliveries/{delivery}")]
pub(crate) async fn read_webhook_delivery(
    request: HttpRequest,
    store: Part<Store>,
    path: web::Path<(String, String)>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.require_client(Scope::WebhooksManage)?.access();
    let (endpoint, delivery) = path.into_inner();
    let (endpoint, delivery) = (path::endpoint(&endpoint)?, path::delivery(&delivery)?);
    let delivery = store.delivery(&access, endpoint, delivery).await?;
    let (delivery, attempts) = delivery.ok_or_else(ApiError::not_found)?;
    query.read()?;
    let body = DeliveryLog::new(delivery, attempts);
    Ok(Representation::json(&body, &[], Caching::Private)?.respond(&request))
}
