//! Adds the schema of definitions, which is the JSON Schema that editors use.
//!
//! It differs from it where generators of clients need that. What the API has a schema for anyway (slugs, countries, time
//! zones, lists of values) refers to that. An optional field's default is in its description, because generators take an
//! optional property with a default for one that is always there. Titles, which they take for names of types, are left out,
//! as are notes for editors, patterns of languages' names, and the rule that an event has sessions or a duration, which would make it two types.

use plenaria_domain::event::definition::schema;
use serde_json::{Map, Value, json};

/// The name of the schema in the document; those that it refers to begin with it.
const NAME: &str = "Definition";
/// The operations whose bodies or responses are definitions.
const OPERATIONS: [&str; 2] = ["put_definition", "read_definition"];

/// Keywords that are for editors and readers of the reference alone.
const EDITORS: [&str; 2] = ["title", "x-when-changed"];

/// Adds the schemas, and refers to them where a definition is sent or returned as JSON.
pub(crate) fn apply(document: &mut Value) {
    let mut root = schema::json_schema();
    let Some(object) = root.as_object_mut() else { return };
    let parts = object.shift_remove("$defs");
    for keyword in ["$schema", "$id", "anyOf"] {
        object.shift_remove(keyword);
    }
    let schemas = &mut document["components"]["schemas"];
    let lists = lists_of_values(schemas);
    adapt(&mut root, &lists);
    for (name, part) in parts.as_ref().and_then(Value::as_object).into_iter().flatten() {
        if shared(name).is_none() {
            let mut part = part.clone();
            adapt(&mut part, &lists);
            schemas[component(name)] = part;
        }
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

/// The named lists of values of the document.
fn lists_of_values(schemas: &Value) -> Vec<(String, Vec<Value>)> {
    let schemas = schemas.as_object().into_iter().flatten();
    schemas.filter_map(|(name, schema)| Some((name.clone(), schema["enum"].as_array()?.clone()))).collect()
}

/// The schema that stands for a part of the JSON Schema, if there is one.
fn shared(part: &str) -> Option<Value> {
    let optional = |name: &str| json!({"anyOf": [{"$ref": reference_to(name)}, {"$ref": reference_to("Blank")}, {"type": "null"}]});
    match part {
        "slug" => Some(json!({"$ref": reference_to("Slug")})),
        "optional-slug" => Some(optional("Slug")),
        "optional-country" => Some(optional("CountryInput")),
        "time-zone" => Some(json!({"$ref": reference_to("TimeZone")})),
        _ => None,
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

/// Makes references relative to the whole document, and describes defaults.
fn adapt(value: &mut Value, lists: &[(String, Vec<Value>)]) {
    match value {
        Value::Object(map) => {
            if let Some(part) = map.get("$ref").and_then(|r| r.as_str()?.strip_prefix("#/$defs/")).map(str::to_owned) {
                map.shift_remove("$ref");
                let target = shared(&part).unwrap_or_else(|| json!({"$ref": reference_to(&component(&part))}));
                map.extend(target.as_object().cloned().unwrap_or_default());
            }
            allow_any_language(map);
            refer_to_list(map, lists);
            describe_default(map);
            map.retain(|name, value| !(EDITORS.contains(&name.as_str()) && value.is_string()));
            map.values_mut().for_each(|child| adapt(child, lists));
        }
        Value::Array(all) => all.iter_mut().for_each(|child| adapt(child, lists)),
        _ => {}
    }
}

/// Lets a text in several languages have members of any name, because generators know no patterns of names.
fn allow_any_language(schema: &mut Map<String, Value>) {
    let Some(patterns) = schema.get("patternProperties").and_then(Value::as_object) else { return };
    let [text] = &patterns.values().cloned().collect::<Vec<_>>()[..] else { return };
    schema.insert("additionalProperties".to_owned(), text.clone());
    schema.retain(|name, _| name != "patternProperties" && name != "not");
}

/// Replaces values by a reference to the list that has the same ones.
fn refer_to_list(schema: &mut Map<String, Value>, lists: &[(String, Vec<Value>)]) {
    let Some(values) = schema.get("enum").and_then(Value::as_array).cloned() else { return };
    let (nulls, values): (Vec<Value>, Vec<Value>) = values.into_iter().partition(Value::is_null);
    let Some((name, _)) = lists.iter().find(|(_, list)| *list == values) else { return };
    let reference = json!({"$ref": reference_to(name)});
    schema.shift_remove("enum");
    if nulls.is_empty() {
        schema.extend(reference.as_object().cloned().unwrap_or_default());
    } else {
        schema.insert("oneOf".to_owned(), json!([reference, {"type": "null"}]));
    }
}

fn describe_default(schema: &mut Map<String, Value>) {
    if let Some(description) = schema.get("description").and_then(Value::as_str).map(str::to_owned)
        && let Some(default) = schema.shift_remove("default")
    {
        schema.insert("description".to_owned(), format!("{description} Default: `{default}`.").into());
    }
}
