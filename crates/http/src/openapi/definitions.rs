//! Adds the schema of definitions, which is the JSON Schema that editors use.

use plenaria_domain::event::definition::schema;
use serde_json::{Value, json};

/// The name of the schema in the document; those that it refers to begin with it.
const NAME: &str = "Definition";
/// The operations whose bodies or responses are definitions.
const OPERATIONS: [&str; 2] = ["put_definition", "read_definition"];

/// Adds the schemas, and refers to them where a definition is sent or returned as JSON.
pub(crate) fn apply(document: &mut Value) {
    // References are relative to the whole document.
    let text = schema::json_schema().to_string().replace("#/$defs/", &format!("#/components/schemas/{NAME}."));
    let mut root: Value = serde_json::from_str(&text).unwrap_or_default();
    let Some(object) = root.as_object_mut() else { return };
    let parts = object.shift_remove("$defs");
    for keyword in ["$schema", "$id"] {
        object.shift_remove(keyword);
    }
    let schemas = &mut document["components"]["schemas"];
    for (name, part) in parts.as_ref().and_then(Value::as_object).into_iter().flatten() {
        schemas[format!("{NAME}.{name}")] = part.clone();
    }
    schemas[NAME] = root;
    let reference = json!({"$ref": format!("#/components/schemas/{NAME}")});
    schemas["RevisionWithDefinition"]["allOf"][1]["properties"]["definition"] = reference.clone();
    let items = document["paths"].as_object_mut().into_iter().flatten();
    for (_, operation) in items.filter_map(|(_, item)| item.as_object_mut()).flatten() {
        if !OPERATIONS.iter().any(|id| operation["operationId"] == *id) {
            continue;
        }
        let is_read = operation["operationId"] == "read_definition";
        let body = if is_read { &mut operation["responses"]["200"] } else { &mut operation["requestBody"] };
        body["content"]["application/json"]["schema"] = reference.clone();
    }
}
