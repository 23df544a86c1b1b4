//! The representations of a message to a webhook endpoint and of its attempts.

use chrono::{DateTime, Utc};
use plenaria_domain::values::time;
use plenaria_persistence::webhooks::{Attempt, Delivery};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::described_values;
use crate::request::pagination::Page;
use crate::v1::changes::dto::{ChangeData, TestedEndpoint, WebhookPayload, WebhookTest};
use crate::v1::changes::variants::{TEST_TYPE, messages};

/// A message to a webhook endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct DeliveryDto {
    /// The message's permanent id.
    #[schema(example = "019a0000-0000-7000-8000-000000000007")]
    id: Uuid,
    /// The `webhook-id` header, the same in every attempt: the `id` of the change in the feed.
    #[schema(example = "019a0000-0000-7000-8000-000000000005")]
    webhook_id: Uuid,
    /// The type of the change, or `webhook.test`.
    #[serde(rename = "type")]
    #[schema(rename = "type", value_type = MessageTypeDto)]
    kind: String,
    /// The registration that the message is about, if any.
    #[schema(example = "019a0000-0000-7000-8000-000000000004")]
    registration_id: Option<Uuid>,
    /// The `sequence` of the change. 0 for a test.
    #[schema(minimum = 0, example = 1)]
    sequence: i64,
    /// The delivery status.
    #[schema(value_type = DeliveryStatusDto, example = "delivered")]
    status: &'static str,
    /// The number of attempts.
    #[schema(example = 1)]
    attempts: u32,
    /// The earliest time of the next attempt. Null when there is none. Messages about the same registration are sent in order, so
    /// a message waits for the one before it.
    #[schema(example = json!(null))]
    next_attempt_at: Option<DateTime<Utc>>,
    /// When the last attempt was made.
    #[schema(example = "2026-11-23T09:00:01Z")]
    last_attempt_at: Option<DateTime<Utc>>,
    /// The HTTP status of the last response.
    #[schema(minimum = 100, maximum = 999, example = 204)]
    last_status: Option<u16>,
    /// A description of the last error.
    #[schema(max_length = 300, example = json!(null))]
    last_error: Option<String>,
    /// When the message was delivered.
    #[schema(example = "2026-11-23T09:00:01Z")]
    delivered_at: Option<DateTime<Utc>>,
    /// When the message was created.
    #[schema(example = "2026-11-23T09:00:00Z")]
    created_at: DateTime<Utc>,
}

/// A message with its payload and attempts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDeliveryLog)]
pub(crate) struct DeliveryLog {
    /// The message.
    #[serde(flatten)]
    delivery: DeliveryDto,
    /// The request body, the same in every attempt.
    #[schema(value_type = WebhookPayload)]
    payload: Box<RawValue>,
    /// The attempts, oldest first. If there are more than 100, the last 100.
    #[schema(max_items = 100)]
    log: Vec<AttemptDto>,
}

/// An attempt to deliver a message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
pub(crate) struct AttemptDto {
    /// When the attempt was made.
    #[schema(example = "2026-11-23T09:00:01Z")]
    at: DateTime<Utc>,
    /// The duration in milliseconds.
    #[schema(example = 42)]
    duration_ms: u64,
    /// The request. Its body is the `payload`.
    request: AttemptRequest,
    /// The response. Null if there was none.
    response: Option<AttemptResponse>,
    /// A description of the error, if there was one.
    #[schema(max_length = 300, example = json!(null))]
    error: Option<String>,
}

/// The request of an attempt.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttemptRequest)]
pub(crate) struct AttemptRequest {
    /// The address.
    #[schema(format = "uri", example = "https://hooks.example.org/plenaria")]
    url: String,
    /// The headers, except for the signature.
    header_fields: AttemptHeaders,
}

/// The request headers of an attempt, except for the signature.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttemptHeaders)]
pub(crate) struct AttemptHeaders {
    /// The media type of the body.
    #[serde(rename = "content-type")]
    #[schema(rename = "content-type", max_length = 100, example = "application/json")]
    content_type: &'static str,
    /// The `webhook-id` of the message.
    #[serde(rename = "webhook-id")]
    #[schema(rename = "webhook-id", example = "019a0000-0000-7000-8000-000000000005")]
    id: Uuid,
    /// When the request was sent, in seconds since 1970-01-01T00:00:00Z.
    #[serde(rename = "webhook-timestamp")]
    #[schema(rename = "webhook-timestamp", max_length = 20, pattern = "^[0-9]+$", example = "1795424401")]
    timestamp: String,
}

/// The response to an attempt.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttemptResponse)]
pub(crate) struct AttemptResponse {
    /// The HTTP status.
    #[schema(minimum = 100, maximum = 999, example = 204)]
    status: u16,
    /// The first 1,024 bytes of the body, without control characters.
    #[schema(max_length = 10000, example = "")]
    body: String,
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookDeliveryPage {
    /// The messages.
    #[schema(max_items = 100)]
    pub(crate) data: Vec<DeliveryDto>,
    /// The page size, and the cursor of the next page.
    pub(crate) page: Page,
}

/// The type of a message.
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct MessageTypeDto;

impl PartialSchema for MessageTypeDto {
    fn schema() -> RefOr<Schema> {
        let values: Vec<_> = messages().map(|message| (message.name, message.description)).collect();
        described_values::schema("The type of a webhook message: that of its change, or a test.", &values)
    }
}

impl ToSchema for MessageTypeDto {
    fn name() -> std::borrow::Cow<'static, str> {
        "WebhookMessageType".into()
    }
}

/// The delivery status of a message.
#[derive(ToSchema)]
#[schema(as = WebhookDeliveryStatus, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum DeliveryStatusDto {
    /// The message is waiting for its first or next attempt.
    Pending,
    /// The endpoint responded with 2xx.
    Delivered,
    /// The message could not be delivered for three days, while others were delivered.
    Failed,
}

impl DeliveryDto {
    pub(crate) fn new(delivery: Delivery) -> Self {
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
    pub(crate) fn new(delivery: Delivery, attempts: Vec<Attempt>) -> Self {
        let (webhook_id, payload) =
            (delivery.change.0, RawValue::from_string(delivery.payload.clone()).unwrap_or_default());
        let log = attempts.into_iter().map(|attempt| AttemptDto::new(attempt, webhook_id)).collect();
        Self { delivery: DeliveryDto::new(delivery), payload, log }
    }
}

impl AttemptDto {
    fn new(attempt: Attempt, webhook_id: Uuid) -> Self {
        let timestamp = attempt.at.timestamp().to_string();
        Self {
            at: attempt.at,
            duration_ms: attempt.duration_ms,
            request: AttemptRequest {
                url: attempt.url,
                header_fields: AttemptHeaders { content_type: "application/json", id: webhook_id, timestamp },
            },
            response: attempt
                .status
                .map(|status| AttemptResponse { status, body: attempt.response_body.unwrap_or_default() }),
            error: attempt.error,
        }
    }
}

/// The payload of a test message.
pub(crate) fn test_payload(endpoint: Uuid, now: time::Instant) -> String {
    let data = ChangeData::Test(WebhookTest { endpoint: TestedEndpoint { id: endpoint } });
    let payload = WebhookPayload { kind: TEST_TYPE, timestamp: time::rfc3339(now), data };
    serde_json::to_string(&payload).unwrap_or_default()
}
