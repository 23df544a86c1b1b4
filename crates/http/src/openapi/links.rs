//! Where one can go on with what an answer holds.

use serde_json::{Value, json};

use super::operation::Operation;

/// Adds the links of what makes something: reading it, changing it, and ending it.
pub(super) fn complete(operation: &Operation, value: &mut Value) {
    match operation.id() {
        "create_registration" => value["responses"]["201"]["links"] = of_registration(),
        "create_webhook_endpoint" => value["responses"]["201"]["links"] = of_endpoint(),
        "test_webhook_endpoint" => value["responses"]["202"]["links"] = of_delivery(),
        _ => {}
    }
}

fn of_registration() -> Value {
    json!({
        "read": {
            "operationId": "read_registration",
            "description": "Read the registration, with its `manage_token` as the bearer token.",
            "parameters": {"path.registration": "$response.body#/id"},
        },
        "update": {
            "operationId": "update_registration",
            "description": "Change the registration, with its `manage_token` as the bearer token, unless it has \
                            changed since.",
            "parameters": {
                "path.registration": "$response.body#/id",
                "header.If-Match": "$response.header.ETag",
            },
        },
        "erase": {
            "operationId": "delete_registration",
            "description": "Erase the registration, with its `manage_token` as the bearer token.",
            "parameters": {"path.registration": "$response.body#/id"},
        },
        "cancel": {
            "operationId": "cancel_registration",
            "description": "Cancel the registration, with its `manage_token` as the bearer token, unless it has \
                            changed since.",
            "parameters": {
                "path.registration": "$response.body#/id",
                "header.If-Match": "$response.header.ETag",
            },
        },
    })
}

fn of_endpoint() -> Value {
    let link = |operation: &str, description: &str, conditional: bool| {
        let mut parameters = json!({"path.endpoint": "$response.body#/id"});
        if conditional {
            parameters["header.If-Match"] = json!("$response.header.ETag");
        }
        json!({"operationId": operation, "description": description, "parameters": parameters})
    };
    json!({
        "read": link("read_webhook_endpoint", "Read the endpoint.", false),
        "change": link("change_webhook_endpoint", "Change the endpoint, unless it has changed since.", true),
        "rotate": link("rotate_webhook_secret", "Give it a new secret.", false),
        "test": link("test_webhook_endpoint", "Try the endpoint.", false),
        "deliveries": link("list_webhook_deliveries", "List what is sent to it.", false),
        "delete": link("delete_webhook_endpoint", "Remove the endpoint, unless it has changed since.", true),
    })
}

fn of_delivery() -> Value {
    let link = |operation: &str, description: &str| {
        let parameters = json!({"path.endpoint": "$request.path.endpoint", "path.delivery": "$response.body#/id"});
        json!({"operationId": operation, "description": description, "parameters": parameters})
    };
    json!({
        "read": link("read_webhook_delivery", "Read what became of the message."),
        "redeliver": link("redeliver_webhook", "Send the message again."),
    })
}
