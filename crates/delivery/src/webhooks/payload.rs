//! The payload of a webhook: `{type, timestamp, data}`, with the same data as in the change feed.

use plenaria_domain::change::{Change, ChangePayload};
use plenaria_domain::values::time;
use serde::Serialize;

#[derive(Serialize)]
struct WebhookPayload {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: ChangePayload,
}

/// The payload of the webhook for a change; `public_url` is the API's address.
pub(crate) fn payload(change: &Change, public_url: &str) -> String {
    let payload = WebhookPayload {
        kind: change.kind.as_str(),
        timestamp: time::rfc3339(change.occurred_at),
        data: ChangePayload::new(change.clone(), public_url),
    };
    serde_json::to_string(&payload).unwrap_or_default()
}
