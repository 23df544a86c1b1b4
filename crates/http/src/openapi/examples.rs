//! Examples of requests and responses, recorded from the running server by `scripts/examples`. A test sends the requests again,
//! and compares the responses (`tests/process/documentation/examples.rs`). Problems of other codes than the recorded ones have
//! examples in `responses.rs`.

use serde_json::{Value, json};

/// The status that stands for the request.
const REQUEST: &str = "request";

/// A recorded request or response.
struct Recorded {
    operation: &'static str,
    /// The response's status, or [`REQUEST`].
    status: &'static str,
    /// The name of its file.
    name: &'static str,
    text: &'static str,
}

impl Recorded {
    fn read(&self) -> Value {
        serde_json::from_str(self.text).unwrap_or_default()
    }
}

macro_rules! recorded {
    ($($operation:literal $status:literal $name:literal;)+) => {
        /// Every recorded request and response.
        const RECORDED: &[Recorded] = &[$(Recorded {
            operation: $operation,
            status: $status,
            name: $name,
            text: include_str!(concat!("../../../../openapi/examples/", $name, ".json")),
        }),+];
    };
}

recorded! {
    "create_access_token" "request" "create_access_token.request";
    "create_registration" "request" "create_registration.request";
    "create_registrations_batch" "request" "create_registrations_batch.request";
    "confirm_registration" "request" "confirm_registration.request";
    "resend_link" "request" "resend_link.request";
    "update_registration" "request" "update_registration.request";
    "cancel_registration" "request" "cancel_registration.request";
    "reinstate_registration" "request" "reinstate_registration.request";
    "record_attendance" "request" "record_attendance.request";
    "record_event_attendance" "request" "record_event_attendance.request";
    "rename_event" "request" "rename_event.request";
    "cancel_event" "request" "cancel_event.request";
    "create_webhook_endpoint" "request" "create_webhook_endpoint.request";
    "update_webhook_endpoint" "request" "update_webhook_endpoint.request";
    "list_events" "200" "list_events";
    "read_event" "200" "read_event";
    "read_programme" "200" "read_programme";
    "read_availability" "200" "read_availability";
    "list_sessions" "200" "list_sessions";
    "read_session" "200" "read_session";
    "list_event_speakers" "200" "list_event_speakers";
    "list_speakers" "200" "list_speakers";
    "read_speaker" "200" "read_speaker";
    "create_access_token" "200" "create_access_token";
    "create_registration" "201" "create_registration";
    "create_registration" "202" "create_registration.202";
    "create_registration" "409" "create_registration.409";
    "create_registration" "422" "create_registration.422";
    "create_registrations_batch" "200" "create_registrations_batch";
    "confirm_registration" "200" "confirm_registration.200";
    "confirm_registration" "201" "confirm_registration";
    "resend_link" "202" "resend_link";
    "list_registrations" "200" "list_registrations";
    "record_attendance" "200" "record_attendance";
    "read_registration" "200" "read_registration";
    "update_registration" "200" "update_registration";
    "read_join" "200" "read_join";
    "read_join" "409" "read_join.409";
    "cancel_registration" "200" "cancel_registration";
    "reinstate_registration" "200" "reinstate_registration";
    "record_event_attendance" "200" "record_event_attendance";
    "list_definitions" "200" "list_definitions";
    "read_definition" "200" "read_definition";
    "put_definition" "200" "put_definition";
    "put_definition" "200" "put_definition.dry_run";
    "put_definition" "201" "put_definition.201";
    "put_definition" "422" "put_definition.422";
    "preview_event" "200" "preview_event";
    "list_revisions" "200" "list_revisions";
    "read_revision" "200" "read_revision";
    "rename_event" "200" "rename_event";
    "cancel_event" "200" "cancel_event";
    "reinstate_event" "200" "reinstate_event";
    "read_statistics" "200" "read_statistics";
    "list_audit" "200" "list_audit";
    "list_messages" "200" "list_messages";
    "list_changes" "200" "list_changes";
    "create_webhook_endpoint" "201" "create_webhook_endpoint";
    "update_webhook_endpoint" "200" "update_webhook_endpoint";
    "test_webhook_endpoint" "202" "test_webhook_endpoint";
    "explain_problem" "200" "explain_problem";
    "health_live" "200" "health";
    "health_ready" "200" "health";
}

/// Adds the examples to the document. The recorded registration's id is the example of parameters that take one.
pub(crate) fn apply(document: &mut Value) {
    let registration = read("create_registration", "201")["id"].clone();
    let shared = document["components"]["responses"].clone();
    let items = document["paths"].as_object_mut().into_iter().flatten();
    for (_, operation) in items.filter_map(|(_, item)| item.as_object_mut()).flatten() {
        let operation_id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            if parameter["name"] == "registration" {
                parameter["example"] = registration.clone();
            }
        }
        for recorded in RECORDED.iter().filter(|recorded| recorded.operation == operation_id) {
            if recorded.status == REQUEST {
                add(&mut operation["requestBody"], recorded);
                continue;
            }
            let response = &mut operation["responses"][recorded.status];
            // A reference cannot have an example, so a shared response is copied.
            if let Some(name) = response["$ref"].as_str().and_then(|r| r.rsplit('/').next()).map(str::to_owned) {
                *response = shared[&name].clone();
            }
            add(response, recorded);
        }
        if operation_id == "put_definition" {
            // What was read can be put.
            operation["requestBody"]["content"]["application/json"]["example"] = read("read_definition", "200");
        }
    }
}

/// Adds a request or a response to the examples of its bodies. JSON-LD is another document than the recorded one.
fn add(body: &mut Value, recorded: &Recorded) {
    for (media_type, content) in body["content"].as_object_mut().into_iter().flatten() {
        let is_json = media_type.ends_with("json") && media_type != "application/ld+json";
        if is_json || media_type.ends_with("form-urlencoded") {
            add_to_content(content, recorded);
        }
    }
}

/// Adds a body to its examples. The only one is unnamed.
fn add_to_content(content: &mut Value, recorded: &Recorded) {
    let is_same = |other: &&Recorded| (other.operation, other.status) == (recorded.operation, recorded.status);
    // Problems have the general examples of their codes too.
    if content.get("examples").is_none() && RECORDED.iter().filter(is_same).count() == 1 {
        content["example"] = recorded.read();
    } else {
        content["examples"][recorded.name] = json!({"value": recorded.read()});
    }
}

/// The first recorded body of an operation with this status, or null.
fn read(operation: &str, status: &str) -> Value {
    let recorded = RECORDED.iter().find(|recorded| (recorded.operation, recorded.status) == (operation, status));
    recorded.map(Recorded::read).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recorded_body_is_json() {
        for recorded in RECORDED {
            assert!(recorded.read().is_object(), "{}", recorded.name);
        }
    }
}
