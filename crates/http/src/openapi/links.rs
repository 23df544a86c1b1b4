//! Where one can go on with what an answer holds.

use serde_json::{Value, json};

use super::operation::Operation;

/// Adds the links of registering: reading, changing, erasing and cancelling what was made.
pub(super) fn complete(operation: &Operation, value: &mut Value) {
    if operation.id() != "create_registration" {
        return;
    }
    value["responses"]["201"]["links"] = json!({
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
    });
}
