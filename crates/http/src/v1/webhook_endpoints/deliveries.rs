//! The log of what was sent to an endpoint, or will be.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::ids::DeliveryId;
use plenaria_domain::scope::Scope;
use plenaria_domain::webhook::DeliveryStatus;
use plenaria_persistence::webhooks::DeliveryFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::delivery_dto::{DeliveryDto, DeliveryLog, WebhookDeliveryPage};
use super::read::find;
use crate::auth::Caller;
use crate::page::PageRequest;
use crate::problem::ApiError;
use crate::query::{NoQuery, Query};
use crate::reference;
use crate::representation::{Caching, Representation};
use crate::state::AppState;

/// Filter and page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryQuery {
    /// Only messages of which this has become.
    #[param(pattern = "^(pending|delivered|failed)$", max_length = 9, example = "pending")]
    status: Option<String>,
    /// How many messages a page has, from 1 to 100; 20 unless asked otherwise.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: Option<String>,
    /// The page behind this cursor, from `next_cursor` of the page before.
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
}

/// List what was sent to a webhook endpoint
///
/// Or will be: the newest message first. What was taken is kept as long as changes are.
#[utoipa::path(
    tag = "webhooks",
    params(("endpoint" = String, Path, description = "An endpoint's id", format = Uuid, example = "019a0000-0000-7000-8000-000000000006"), DeliveryQuery),
    responses((status = 200, description = "A page of messages", body = WebhookDeliveryPage)),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[get("/webhook-endpoints/{endpoint}/deliveries")]
pub(crate) async fn list_webhook_deliveries(
    request: HttpRequest,
    state: web::Data<AppState>,
    endpoint: web::Path<String>,
    query: Query<DeliveryQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.client(Scope::WebhooksManage)?.access();
    let endpoint = find(&state, &access, &endpoint).await?.id;
    let query = query.read()?;
    let status = query.status.as_deref().map(DeliveryStatus::parse).transpose();
    let status = status.map_err(|refusal| ApiError::refused_parameter("status", refusal))?;
    let scope = format!("webhook-deliveries {endpoint} {status:?}");
    let page: PageRequest<String> = PageRequest::read(&state, scope, query.limit.as_deref(), query.cursor.as_deref())?;
    let before = page.after.as_deref().and_then(DeliveryId::parse);
    let filter = DeliveryFilter { endpoint, status, before };
    let found = state.store.deliveries(&access, &filter, page.limit as u64 + 1).await?;
    let (found, page) = page.finish(&state, found, |delivery| delivery.id.to_string());
    let body = WebhookDeliveryPage { data: found.into_iter().map(DeliveryDto::new).collect(), page };
    let representation = Representation::json(&body, &[], Caching::Private)?;
    Ok(representation.respond_page(&request, &state.public_url, body.page.next_cursor.as_deref()))
}

/// Read what became of a message
///
/// With each attempt: what was sent, what came back, and how long it took.
#[utoipa::path(
    tag = "webhooks",
    params(
        ("endpoint" = String, Path, description = "An endpoint's id", format = Uuid, example = "019a0000-0000-7000-8000-000000000006"),
        ("delivery" = String, Path, description = "A message's id", format = Uuid, example = "019a0000-0000-7000-8000-000000000007"),
    ),
    responses((status = 200, description = "The message and its attempts", body = DeliveryLog)),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[get("/webhook-endpoints/{endpoint}/deliveries/{delivery}")]
pub(crate) async fn read_webhook_delivery(
    request: HttpRequest,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.client(Scope::WebhooksManage)?.access();
    let (endpoint, delivery) = path.into_inner();
    let (endpoint, delivery) = (reference::endpoint(&endpoint)?, reference::delivery(&delivery)?);
    let found = state.store.delivery(&access, endpoint, delivery).await?;
    let (delivery, attempts) = found.ok_or_else(ApiError::not_found)?;
    query.read()?;
    let body = DeliveryLog::new(delivery, attempts);
    Ok(Representation::json(&body, &[], Caching::Private)?.respond(&request))
}
