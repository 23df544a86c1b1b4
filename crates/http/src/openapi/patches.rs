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
    patch_schemas(&mut document["components"]["schemas"]);
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
