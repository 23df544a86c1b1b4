//! Tests of `GET /v1/events/{event}/registrations/export`.

mod downloads;
mod spreadsheet;

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;

pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
pub(crate) const PATH: &str = "/v1/events/mine/registrations/export";

pub(crate) async fn export(app: &TestApp, query: &str, token: &str) -> TestResponse {
    app.send("GET", &format!("{PATH}{query}"), Some(token), None).await
}

/// An event with questions.
pub(crate) fn event_with_questions() -> Value {
    let mut event = owned("mine", "owner", &["co"]);
    event["registration"]["questions"] = json!([
        {"key": "why", "label": "Why?", "kind": "text"},
        {"key": "topics", "label": "Which?", "kind": "choices", "choices": [
            {"key": "water", "label": "Water"}, {"key": "air", "label": "Air"},
        ]},
        {"key": "first", "label": "First time?", "kind": "yes_no"},
    ]);
    event
}
