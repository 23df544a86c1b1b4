//! Adds details to schemas that their types cannot declare.

use plenaria_domain::values::country::Country;
use serde_json::{Value, json};

use super::constraints::{LINE, PARAGRAPHS, remove};

/// Formats of the texts of registrations (see [`super::constraints`]): schema, format, and properties.
const TEXTS: [(&str, &str, &[&str]); 7] = [
    ("CancelRegistration", "paragraphs", &["reason"]),
    ("CreateRegistration", "paragraphs", &["access_needs"]),
    ("CreateRegistration", "untrimmed-line", &["organisation", "position", "city", "external_reference"]),
    ("CreateRegistration", "untrimmed-visible", &["name"]),
    ("PatchRegistration", "paragraphs", &["access_needs"]),
    ("PatchRegistration", "untrimmed-line", &["organisation", "position", "city"]),
    ("PatchRegistration", "untrimmed-visible", &["name"]),
];

/// Adds the details to the document's schemas, before the limits of [`super::constraints`].
pub(crate) fn apply(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    patch_schemas(schemas);
    add_problem_members(&mut schemas["Problem"]["properties"]);
}

fn patch_schemas(schemas: &mut Value) {
    for (schema, format, names) in TEXTS {
        for name in names {
            schemas[schema]["properties"][*name]["format"] = json!(format);
        }
    }
    for name in ["access_needs", "cancellation_reason"] {
        schemas["Registration"]["properties"][name]["format"] = json!("paragraphs");
    }
    schemas["CreateRegistration"]["properties"]["privacy_accepted"]["const"] = json!(true);
    for schema in ["CreateRegistration", "PatchRegistration"] {
        let country = &mut schemas[schema]["properties"]["country"];
        remove(country, &["type", "format", "pattern", "maxLength"]);
        let codes: Vec<Value> = Country::codes().map(Value::from).chain([Value::Null]).collect();
        country["anyOf"] = json!([
            {"type": ["string", "null"], "enum": codes},
            {"type": "string", "maxLength": 100, "pattern": "^[\\t\\n\\r ]*$", "description": "Blank: treated as null."},
        ]);
    }
    for schema in ["CreateRegistration", "PatchRegistration", "Registration"] {
        let answers = &mut schemas[schema]["properties"]["answers"];
        answers["maxProperties"] = json!(50);
        answers["additionalProperties"] = json!({
            "description": "A text, the key of a choice, a list of such keys, or true or false.",
            "anyOf": [
                {"type": "string", "maxLength": 2000, "pattern": PARAGRAPHS},
                {"type": "array", "maxItems": 100, "items": {"type": "string", "maxLength": 80, "pattern": LINE}},
                {"type": ["boolean", "null"]},
            ],
        });
    }
    schemas["CancelEvent"]["properties"]["reason"]["anyOf"] = json!([
        {"type": ["string", "null"], "maxLength": 1000, "pattern": PARAGRAPHS},
        {
            "type": "object",
            "maxProperties": 100,
            "propertyNames": {"type": "string", "format": "language-tag"},
            "additionalProperties": {"type": ["string", "null"], "maxLength": 1000, "pattern": PARAGRAPHS},
        },
    ]);
    schemas["CancelEvent"]["properties"]["reason"]["example"] = json!({"en": "A strike.", "es": "Una huelga."});
    // A property that is absent from a patch stays as it is.
    for (_, property) in schemas["PatchRegistration"]["properties"].as_object_mut().into_iter().flatten() {
        remove(property, &["default"]);
    }
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
