//! Adds the schema of definitions, which is the JSON Schema that editors use.

use plenaria_domain::event::definition::schema;
use serde_json::{Value, json};

/// The name of the schema in the document; those that it refers to begin with it.
const NAME: &str = "Definition";
/// The operations whose bodies or responses are definitions.
const OPERATIONS: [&str; 2] = ["put_definition", "read_definition"];

/// Adds the schemas, and refers to them where a definition is sent or returned as JSON.
pub(crate) fn apply(document: &mut Value) {
    let mut root = schema::json_schema();
    let Some(object) = root.as_object_mut() else { return };
    let parts = object.shift_remove("$defs");
    for keyword in ["$schema", "$id"] {
        object.shift_remove(keyword);
    }
    refer_to_components(&mut root);
    let schemas = &mut document["components"]["schemas"];
    for (name, part) in parts.as_ref().and_then(Value::as_object).into_iter().flatten() {
        let mut part = part.clone();
        refer_to_components(&mut part);
        schemas[component(name)] = part;
    }
    schemas[NAME] = root;
    let reference = json!({"$ref": reference_to(NAME)});
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

/// The name of a part of the schema in the document, written as other names there: `session-speaker` is
/// `DefinitionSessionSpeaker`.
fn component(part: &str) -> String {
    let words = part.split('-').filter_map(|word| word.split_at_checked(1));
    words.fold(NAME.to_owned(), |name, (first, rest)| name + &first.to_uppercase() + rest)
}

fn reference_to(component: &str) -> String {
    format!("#/components/schemas/{component}")
}

/// Makes references relative to the whole document.
fn refer_to_components(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(part) = map.get("$ref").and_then(|r| r.as_str()?.strip_prefix("#/$defs/")) {
                let reference = reference_to(&component(part));
                map.insert("$ref".to_owned(), reference.into());
            }
            map.values_mut().for_each(refer_to_components);
        }
        Value::Array(all) => all.iter_mut().for_each(refer_to_components),
        _ => {}
    }
}
