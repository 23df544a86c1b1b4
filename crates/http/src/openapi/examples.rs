//! Example responses, recorded from the running server by `scripts/examples`. A test compares them with the server
//! (`tests/process/documentation/examples.rs`).

use serde_json::Value;

macro_rules! recorded {
    ($($operation:literal $status:literal $file:literal;)+) => {
        /// Every recorded response: operation, status, and the text of its file.
        const RECORDED: &[(&str, &str, &str)] =
            &[$(($operation, $status, include_str!(concat!("../../../../openapi/examples/", $file, ".json")))),+];
    };
}

recorded! {
    "list_events" "200" "list_events";
    "read_event" "200" "read_event";
    "read_programme" "200" "read_programme";
    "read_availability" "200" "read_availability";
    "list_sessions" "200" "list_sessions";
    "read_session" "200" "read_session";
    "list_event_speakers" "200" "list_event_speakers";
    "list_speakers" "200" "list_speakers";
    "read_speaker" "200" "read_speaker";
    "create_registration" "201" "create_registration";
    "create_registration" "409" "create_registration.409";
    "create_registration" "422" "create_registration.422";
    "read_registration" "200" "read_registration";
    "update_registration" "200" "update_registration";
    "read_join" "409" "read_join.409";
    "cancel_registration" "200" "cancel_registration";
    "list_messages" "200" "list_messages";
    "explain_problem" "200" "explain_problem";
    "health_live" "200" "health";
    "health_ready" "200" "health";
}

/// Adds the recorded responses to the document. The recorded registration's id is the example of parameters that take one.
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
        for (_, status, _) in RECORDED.iter().filter(|(id, ..)| *id == operation_id) {
            let response = &mut operation["responses"][status];
            // A reference cannot have an example, so a shared response is copied.
            if let Some(name) = response["$ref"].as_str().and_then(|r| r.rsplit('/').next()).map(str::to_owned) {
                *response = shared[&name].clone();
            }
            for (media_type, content) in response["content"].as_object_mut().into_iter().flatten() {
                if media_type.ends_with("json") {
                    content["example"] = read(&operation_id, status);
                }
            }
        }
    }
}

/// The recorded response of an operation with this status, or null.
fn read(operation: &str, status: &str) -> Value {
    let recorded = RECORDED.iter().find(|(id, code, _)| (*id, *code) == (operation, status));
    recorded.and_then(|(_, _, text)| serde_json::from_str(text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recorded_response_is_json() {
        for (operation, status, _) in RECORDED {
            assert!(read(operation, status).is_object(), "{operation} {status}");
        }
    }
}
