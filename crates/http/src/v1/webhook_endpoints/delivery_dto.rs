//! What was sent to an endpoint, or will be, as callers see it.

use chrono::{DateTime, Utc};
use plenaria_domain::time;
use plenaria_persistence::webhooks::{Attempt, Delivery};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::page::Page;

/// One message to one endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct DeliveryDto {
    /// Names it for good.
    #[schema(example = "019a0000-0000-7000-8000-000000000007")]
    id: Uuid,
    /// The header `webhook-id`, in every attempt the same: the `id` of the change in the feed.
    #[schema(example = "019a0000-0000-7000-8000-000000000005")]
    webhook_id: Uuid,
    /// What happened: a type of changes, or `webhook.test`.
    #[serde(rename = "type")]
    #[schema(rename = "type", max_length = 100, pattern = "^[a-z]+\\.[a-z]+$", example = "registration.created")]
    kind: String,
    /// The registration that it is about, if it is about one.
    #[schema(example = "019a0000-0000-7000-8000-000000000004")]
    registration_id: Option<Uuid>,
    /// The change's `sequence`; 0 for a test.
    #[schema(minimum = 0, example = 1)]
    sequence: i64,
    /// What has become of it.
    #[schema(value_type = DeliveryStatusDto, example = "delivered")]
    status: &'static str,
    /// How often it was sent.
    #[schema(example = 1)]
    attempts: u32,
    /// When it is sent, or sent again, at the earliest; null once that is over. A registration's messages wait for each other.
    #[schema(example = json!(null))]
    next_attempt_at: Option<DateTime<Utc>>,
    /// When it was last sent.
    #[schema(example = "2026-11-23T09:00:01Z")]
    last_attempt_at: Option<DateTime<Utc>>,
    /// The status of the last answer.
    #[schema(minimum = 100, maximum = 999, example = 204)]
    last_status: Option<u16>,
    /// What went wrong the last time, in words for people.
    #[schema(max_length = 300, example = json!(null))]
    last_error: Option<String>,
    /// When it was taken.
    #[schema(example = "2026-11-23T09:00:01Z")]
    delivered_at: Option<DateTime<Utc>>,
    /// Since when it is there.
    #[schema(example = "2026-11-23T09:00:00Z")]
    created_at: DateTime<Utc>,
}

/// A message with all that became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDeliveryLog)]
pub(crate) struct DeliveryLog {
    /// The message.
    #[serde(flatten)]
    delivery: DeliveryDto,
    /// What is sent, in every attempt the same.
    #[schema(value_type = Object, example = json!({"type": "webhook.test", "timestamp": "2026-11-23T09:00:00Z", "data": {}}))]
    payload: Box<RawValue>,
    /// The attempts, the first one first; of very many the last 100.
    #[schema(max_items = 100)]
    log: Vec<AttemptDto>,
}

/// One attempt.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
pub(crate) struct AttemptDto {
    /// When.
    #[schema(example = "2026-11-23T09:00:01Z")]
    at: DateTime<Utc>,
    /// How many milliseconds it took.
    #[schema(example = 42)]
    duration_ms: u64,
    /// What was sent; its body is the `payload`.
    request: AttemptRequest,
    /// What came back; null if nothing did.
    response: Option<AttemptResponse>,
    /// What went wrong, in words for people.
    #[schema(max_length = 300, example = json!(null))]
    error: Option<String>,
}

/// What was sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttemptRequest)]
pub(crate) struct AttemptRequest {
    /// Where it was sent.
    #[schema(max_length = 2000, format = "uri", example = "https://hooks.example.org/plenaria")]
    url: String,
    /// Its headers, but for the signature.
    header_fields: AttemptHeaders,
}

/// The headers of what was sent, but for the signature.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttemptHeaders)]
pub(crate) struct AttemptHeaders {
    /// The type of the body.
    #[serde(rename = "content-type")]
    #[schema(rename = "content-type", max_length = 100, example = "application/json")]
    content_type: &'static str,
    /// Names the message.
    #[serde(rename = "webhook-id")]
    #[schema(rename = "webhook-id", example = "019a0000-0000-7000-8000-000000000005")]
    id: Uuid,
    /// When it was sent, in seconds since 1970.
    #[serde(rename = "webhook-timestamp")]
    #[schema(rename = "webhook-timestamp", max_length = 20, pattern = "^[0-9]+$", example = "1795424401")]
    timestamp: String,
}

/// What came back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttemptResponse)]
pub(crate) struct AttemptResponse {
    /// Its status.
    #[schema(minimum = 100, maximum = 999, example = 204)]
    status: u16,
    /// The first 1,024 bytes of its body, without control characters.
    #[schema(max_length = 10000, example = "")]
    body: String,
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookDeliveryPage {
    /// The messages.
    #[schema(max_items = 100)]
    pub(super) data: Vec<DeliveryDto>,
    /// Where this page stands.
    pub(super) page: Page,
}

/// What has become of a message.
#[derive(ToSchema)]
#[schema(as = WebhookDeliveryStatus, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum DeliveryStatusDto {
    /// It has not been taken yet, and will be sent (again).
    Pending,
    /// It was taken: answered with 2xx.
    Delivered,
    /// It was refused for three days, while others were taken.
    Failed,
}

impl DeliveryDto {
    pub(super) fn new(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.0,
            webhook_id: delivery.change.0,
            kind: delivery.kind,
            registration_id: delivery.registration.map(|id| id.0),
            sequence: delivery.sequence,
            status: delivery.status.as_str(),
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at,
            last_attempt_at: delivery.last_attempt_at,
            last_status: delivery.last_status,
            last_error: delivery.last_error,
            delivered_at: delivery.delivered_at,
            created_at: delivery.created_at,
        }
    }
}

impl DeliveryLog {
    pub(super) fn new(delivery: Delivery, attempts: Vec<Attempt>) -> Self {
        let (id, payload) = (delivery.change.0, RawValue::from_string(delivery.payload.clone()).unwrap_or_default());
        let log = attempts.into_iter().map(|attempt| AttemptDto::new(attempt, id)).collect();
        Self { delivery: DeliveryDto::new(delivery), payload, log }
    }
}

impl AttemptDto {
    fn new(attempt: Attempt, id: Uuid) -> Self {
        let timestamp = attempt.at.timestamp().to_string();
        Self {
            at: attempt.at,
            duration_ms: attempt.duration_ms,
            request: AttemptRequest {
                url: attempt.url,
                header_fields: AttemptHeaders { content_type: "application/json", id, timestamp },
            },
            response: attempt.status.map(|status| AttemptResponse { status, body: attempt.answer.unwrap_or_default() }),
            error: attempt.error,
        }
    }
}

/// What a test sends.
pub(super) fn test_payload(endpoint: Uuid, now: time::Instant) -> String {
    let data = serde_json::json!({ "endpoint": { "id": endpoint } });
    serde_json::json!({ "type": TEST, "timestamp": time::rfc3339(now), "data": data }).to_string()
}

/// The type of a test.
pub(super) const TEST: &str = "webhook.test";
