//! Trying a webhook endpoint, and what that shares with sending something again.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, post, web};
use plenaria_domain::ids::{ChangeId, DeliveryId, EndpointId};
use plenaria_domain::scope::Scope;
use plenaria_persistence::Access;
use plenaria_persistence::idempotency::{Once, Recorded};
use plenaria_persistence::webhooks::{Queue, Queued, What};

use super::delivery_dto::{DeliveryDto, TEST, test_payload};
use super::read::find;
use crate::auth::Caller;
use crate::problem::{ApiError, Code, Detail};
use crate::query::{NoQuery, Query};
use crate::representation::Caching;
use crate::state::AppState;
use crate::{idempotency, negotiation};

/// Try a webhook endpoint
///
/// Sends it a message of the type `webhook.test`, as any other: signed, logged, and sent again if it is not taken.
#[utoipa::path(
    tag = "webhooks",
    params(("endpoint" = String, Path, description = "An endpoint's id", format = Uuid, example = "019a0000-0000-7000-8000-000000000006")),
    responses(
        (status = 202, description = "The message, which is about to be sent", body = DeliveryDto),
        (status = 409, description = "`conflict`: the endpoint is disabled"),
    ),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[post("/webhook-endpoints/{endpoint}/test")]
pub(crate) async fn test_webhook_endpoint(
    request: HttpRequest,
    state: web::Data<AppState>,
    endpoint: web::Path<String>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.clone().client(Scope::WebhooksManage)?.access();
    let id = find(&state, &access, &endpoint).await?.id;
    negotiation::check_accept(&request, "application/json")?;
    query.read()?;
    let now = state.clock.now();
    let (delivery, change) = (DeliveryId::new(now), ChangeId::new(now));
    let what = What::Test { id: delivery, change, kind: TEST, payload: test_payload(id.0, now) };
    queue(&request, &state, &caller, access, id, what).await
}

/// Queues a message, and shows it.
pub(super) async fn queue(
    request: &HttpRequest,
    state: &AppState,
    caller: &Caller,
    access: Access,
    endpoint: EndpointId,
    what: What,
) -> Result<HttpResponse, ApiError> {
    let key = idempotency::key(request, caller, b"")?;
    let once = key.map(|key| Once { key, record: Arc::new(record) });
    let _serving = state.in_progress.begin(key)?;
    let queued = state.store.queue_delivery(Queue { access, endpoint, what, now: state.clock.now(), once }).await?;
    let (recorded, replayed) = match queued {
        Queued::NotFound => return Err(ApiError::not_found()),
        Queued::Disabled => return Err(disabled()),
        Queued::KeyOfAnother => return Err(ApiError::new(Code::IdempotencyMismatch)),
        Queued::Replayed(recorded) => (recorded, true),
        Queued::Done(_) => (record(&queued).ok_or_else(|| ApiError::new(Code::Internal))?, false),
    };
    if let Some(error) = idempotency::recorded_error(&recorded) {
        return Err(error);
    }
    let mut response = idempotency::respond(&recorded, replayed);
    response.insert_header((header::CACHE_CONTROL, Caching::Private.header()));
    Ok(response.body(recorded.body))
}

fn record(queued: &Queued) -> Option<Recorded> {
    match queued {
        Queued::Disabled => idempotency::record_error(&disabled()),
        Queued::Done(delivery) => {
            let body = serde_json::to_string(&DeliveryDto::new(delivery.clone())).ok()?;
            Some(Recorded { status: 202, location: None, etag: None, body, registration: None })
        }
        _ => None,
    }
}

fn disabled() -> ApiError {
    ApiError::new(Code::Conflict).detail(Detail::EndpointDisabled)
}
