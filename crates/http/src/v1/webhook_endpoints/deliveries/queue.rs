//! Queues a message to a webhook endpoint: a test, or a message that is sent again.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use plenaria_domain::values::ids::EndpointId;
use plenaria_domain::values::time::Clock;
use plenaria_persistence::idempotency::{IdempotencyGuard, StoredResponse};
use plenaria_persistence::webhooks::{DeliveryContent, EnqueueDelivery, EnqueueOutcome};
use plenaria_persistence::{Access, Store};

use crate::auth::Caller;
use crate::problem::{ApiError, Code, Detail};
use crate::request::idempotency;
use crate::request::idempotency::InProgress;
use crate::response::representation::Caching;
use crate::state_part::{Part, group_of_parts};
use crate::v1::webhook_endpoints::deliveries::dto::DeliveryDto;

/// What queuing a message needs.
pub(crate) struct DeliveryQueue {
    pub(crate) store: Part<Store>,
    pub(crate) clock: Part<Clock>,
    in_progress: Part<InProgress>,
}

group_of_parts!(DeliveryQueue { store, clock, in_progress });

impl DeliveryQueue {
    /// Queues a message to a webhook endpoint and responds with it. With an `Idempotency-Key`, a repeated request gets
    /// the same response and queues nothing.
    pub(crate) async fn add(
        &self,
        request: &HttpRequest,
        caller: &Caller,
        access: Access,
        endpoint: EndpointId,
        content: DeliveryContent,
    ) -> Result<HttpResponse, ApiError> {
        let key = idempotency::read_key(request, caller, b"")?;
        let once = key.map(|key| IdempotencyGuard { key, record: Arc::new(record) });
        let _guard = self.in_progress.begin(key)?;
        let (now, audit) = (self.clock.now(), caller.audit_context(request));
        let queued =
            self.store.enqueue_delivery(EnqueueDelivery { access, endpoint, content, now, audit, once }).await?;
        let (recorded, replayed) = match queued {
            EnqueueOutcome::NotFound => return Err(ApiError::not_found()),
            EnqueueOutcome::Disabled => return Err(disabled()),
            EnqueueOutcome::IdempotencyKeyReused => return Err(ApiError::new(Code::IdempotencyMismatch)),
            EnqueueOutcome::Replayed(recorded) => (recorded, true),
            EnqueueOutcome::Queued(_) => (record(&queued).ok_or_else(|| ApiError::new(Code::Internal))?, false),
        };
        if let Some(error) = idempotency::stored_error(&recorded) {
            return Err(error);
        }
        let mut response = idempotency::respond(&recorded, replayed);
        response.insert_header((header::CACHE_CONTROL, Caching::Private.header()));
        Ok(response.body(recorded.body))
    }
}

/// The response in the form in which it is stored for requests with the same idempotency key.
fn record(queued: &EnqueueOutcome) -> Option<StoredResponse> {
    match queued {
        EnqueueOutcome::Disabled => idempotency::to_stored_error(&disabled()),
        EnqueueOutcome::Queued(delivery) => {
            let body = serde_json::to_string(&DeliveryDto::new(delivery.clone())).ok()?;
            Some(StoredResponse { status: 202, location: None, etag: None, body, registration: None })
        }
        _ => None,
    }
}

fn disabled() -> ApiError {
    ApiError::new(Code::Conflict).detail(Detail::EndpointDisabled)
}
