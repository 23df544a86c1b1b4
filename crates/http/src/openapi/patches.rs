//! Adds details to schemas that their types cannot declare.

use serde_json::{Value, json};

/// Adds the details to the document's schemas, before the limits of [`super::constraints`].
pub(crate) fn apply(document: &mut Value) {
    add_problem_members(&mut document["components"]["schemas"]["Problem"]["properties"]);
}

/// Adds the members that only some problems have.
fn add_problem_members(members: &mut Value) {
    let instant = |description: &str| json!({"type": "string", "format": "date-time", "description": description});
    let count = |description: &str| json!({"type": ["integer", "null"], "format": "int32", "minimum": 0, "description": description});
    members["required_scope"] = json!({"type": "string", "maxLength": 100, "pattern": "^[a-z]+:[a-z]+$", "description": "With `insufficient-scope`: the scope that the token lacks."});
    members["registration_id"] = json!({"type": "string", "format": "uuid", "description": "With `already-registered`, for a client whose organisation made that registration: its id."});
    members["index"] = json!({"type": "integer", "format": "int32", "minimum": 0, "maximum": 499, "description": "With an atomic batch: the position of the first rejected item, from 0."});
    members["opens_at"] = instant("With `registration-not-open`: when registration opens.");
    members["closed_at"] = instant("With `registration-closed`: when registration closed.");
    members["available_from"] = instant("With `join-not-open`: when the address becomes available.");
    members["capacity"] = count("With `event-full`: the number of seats.");
    members["seats_left"] = count("With `event-full`: the number of seats left.");
    members["waitlist"] =
        json!({"type": "boolean", "description": "With `event-full`: whether the event has a waiting list."});
}
