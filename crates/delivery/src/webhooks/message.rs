//! What is sent: `{type, timestamp, data}`, with the data that the feed has too.

use plenaria_domain::change::{Change, ShownChange};
use plenaria_domain::time;
use serde::Serialize;

#[derive(Serialize)]
struct Message {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: ShownChange,
}

/// The payload that tells of a change; `base` is where the API is found.
pub(super) fn of_change(change: &Change, base: &str) -> String {
    let message = Message {
        kind: change.kind.as_str(),
        timestamp: time::rfc3339(change.occurred_at),
        data: ShownChange::new(change.clone(), base),
    };
    serde_json::to_string(&message).unwrap_or_default()
}
