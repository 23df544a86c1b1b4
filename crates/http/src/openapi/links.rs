//! Adds links from a created resource to the operations on it.

use serde_json::{Map, Value, json};

use super::operation::Operation;

/// The name of a link, the operation that it leads to, and a description.
type Link = (&'static str, &'static str, &'static str);

const REGISTRATION: [Link; 4] = [
    ("read", "read_registration", "Read the registration, with its `manage_token` as the bearer token."),
    (
        "update",
        "update_registration",
        "Change the registration, with its `manage_token` as the bearer token, unless it has changed since.",
    ),
    ("erase", "delete_registration", "Erase the registration, with its `manage_token` as the bearer token."),
    (
        "cancel",
        "cancel_registration",
        "Cancel the registration, with its `manage_token` as the bearer token, unless it has changed since.",
    ),
];

const ENDPOINT: [Link; 6] = [
    ("read", "read_webhook_endpoint", "Read the endpoint."),
    ("update", "update_webhook_endpoint", "Change the endpoint, unless it has changed since."),
    ("rotate", "rotate_webhook_secret", "Replace the endpoint's secret."),
    ("test", "test_webhook_endpoint", "Send the endpoint a test message."),
    ("deliveries", "list_webhook_deliveries", "List the messages to the endpoint."),
    ("delete", "delete_webhook_endpoint", "Delete the endpoint, unless it has changed since."),
];

const DELIVERY: [Link; 2] = [
    ("read", "read_webhook_delivery", "Read the message's status and attempts."),
    ("redeliver", "redeliver_webhook", "Send the message again."),
];

/// Links that send the `ETag` of the response as `If-Match`.
const CONDITIONAL: [&str; 3] = ["update", "cancel", "delete"];

/// Adds links to the response of an operation that creates a resource.
pub(crate) fn apply(operation: &Operation, value: &mut Value) {
    let id = "$response.body#/id";
    let (status, links) = match operation.id() {
        "create_registration" => ("201", links(&REGISTRATION, &json!({"path.registration": id}))),
        "create_webhook_endpoint" => ("201", links(&ENDPOINT, &json!({"path.endpoint": id}))),
        "test_webhook_endpoint" => {
            ("202", links(&DELIVERY, &json!({"path.endpoint": "$request.path.endpoint", "path.delivery": id})))
        }
        _ => return,
    };
    value["responses"][status]["links"] = links;
}

fn links(links: &[Link], path: &Value) -> Value {
    let links = links.iter().map(|(name, operation, description)| {
        let mut parameters = path.clone();
        if CONDITIONAL.contains(name) {
            parameters["header.If-Match"] = json!("$response.header.ETag");
        }
        let link = json!({"operationId": operation, "description": description, "parameters": parameters});
        ((*name).to_owned(), link)
    });
    Value::Object(links.collect::<Map<_, _>>())
}
