//! Marks what responses always have as required: a value that may be absent is `null` there, and its field is not left out.

use serde_json::{Value, json};

/// Adds to the required properties of every schema of responses those that may be null. The few properties that some
/// responses leave out have types without null. The bodies of requests refuse other fields, and are left as they are.
pub(crate) fn apply(document: &mut Value) {
    for (_, schema) in document["components"]["schemas"].as_object_mut().into_iter().flatten() {
        if schema["additionalProperties"] == json!(false) {
            continue;
        }
        require_nullable(schema);
        schema.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten().for_each(require_nullable);
    }
}

/// Makes the required properties those that were, and those that may be null, in their order.
fn require_nullable(schema: &mut Value) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let names: Vec<&String> = properties
        .filter(|(name, property)| required.iter().any(|other| other == *name) || may_be_null(property))
        .map(|(name, _)| name)
        .collect();
    if !names.is_empty() {
        schema["required"] = json!(names);
    }
}

fn may_be_null(property: &Value) -> bool {
    let is_null = |value: &Value| *value == "null" || value["type"] == "null";
    [&property["type"], &property["oneOf"], &property["anyOf"]]
        .into_iter()
        .filter_map(Value::as_array)
        .flatten()
        .any(is_null)
}
