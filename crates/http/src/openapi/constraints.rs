//! Limits of values that the handlers' types do not say: how long, how large, of which form.

use plenaria_domain::country::Country;
use serde_json::{Value, json};

/// A text of one line.
const LINE: &str = "^[^\\x00-\\x1f\\x7f-\\x9f]*$";
/// A text of one line with something in it that can be seen.
const VISIBLE: &str = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$";
/// A text of one line as callers may send it: blank, or with spaces and line breaks around it, which are trimmed.
const SENT_LINE: &str = "^[\\t\\n\\r ]*[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*[\\t\\n\\r ]*$";
/// The same with something in it that can be seen.
const SENT_VISIBLE: &str = "^[\\t\\n\\r ]*[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*[^\\s\\x00-\\x1f\\x7f-\\x9f]\
    [^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*[\\t\\n\\r ]*$";
/// A text of several paragraphs.
const PARAGRAPHS: &str = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$";
/// From this length on a text may have several paragraphs.
const LONG: u64 = 10_000;
/// UUID version 7 in its one spelling.
const UUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";
/// A language tag (BCP 47).
const LANGUAGE_TAG: &str = "^([A-Za-z]{2,3}(-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?\
    (-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(-[0-9A-WY-Za-wy-z](-[A-Za-z0-9]{2,8})+)*(-[Xx](-[A-Za-z0-9]{1,8})+)?$";
/// The greatest whole number that JSON's readers all hold exactly.
const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;

/// Completes every schema of the document.
pub(super) fn complete(document: &mut Value) {
    told_apart(document);
    let items = document["paths"].as_object_mut().into_iter().flatten();
    for (_, operation) in items.filter_map(|(_, item)| item.as_object_mut()).flatten() {
        optional_body(operation);
        pages(operation);
    }
    for part in ["paths", "components"] {
        walk(&mut document[part]);
    }
}

/// What derived schemas cannot say.
fn told_apart(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    let registering = &mut schemas["CreateRegistration"]["properties"];
    registering["privacy_accepted"]["const"] = json!(true);
    for schema in ["CreateRegistration", "PatchRegistration"] {
        let country = &mut schemas[schema]["properties"]["country"];
        remove(country, &["type", "pattern", "maxLength"]);
        let codes: Vec<Value> = Country::codes().map(Value::from).chain([Value::Null]).collect();
        country["anyOf"] = json!([
            {"type": ["string", "null"], "enum": codes},
            {"type": "string", "maxLength": 100, "pattern": "^[\\t\\n\\r ]*$", "description": "Blank: as null."},
        ]);
    }
    texts(schemas);
    // What is left out of a patch stays as it is.
    for (_, property) in schemas["PatchRegistration"]["properties"].as_object_mut().into_iter().flatten() {
        remove(property, &["default"]);
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
    for schema in ["CreateWebhookEndpoint", "ChangeWebhookEndpoint"] {
        schemas[schema]["properties"]["types"]["uniqueItems"] = json!(true);
    }
    for required in ["url", "status"] {
        // They may be left out, and are not null then.
        remove(&mut schemas["ChangeWebhookEndpoint"]["properties"][required], &["default"]);
    }
    let instant = |description: &str| json!({"type": "string", "format": "date-time", "description": description});
    let count = |description: &str| json!({"type": ["integer", "null"], "format": "int32", "minimum": 0, "description": description});
    let facts = &mut schemas["Problem"]["properties"];
    facts["required_scope"] = json!({"type": "string", "maxLength": 100, "pattern": "^[a-z]+:[a-z]+$", "description": "With `insufficient-scope`: what the token lacks."});
    facts["registration_id"] = json!({"type": "string", "format": "uuid", "description": "With `already-registered`, for a client whose organisation made that registration: its id."});
    facts["index"] = json!({"type": "integer", "format": "int32", "minimum": 0, "maximum": 499, "description": "With an atomic batch: the first item that was refused."});
    facts["opens_at"] = instant("With `registration-not-open`: when it opens.");
    facts["closed_at"] = instant("With `registration-closed`: when it closed.");
    facts["available_from"] = instant("With `join-not-open`: from when on the address is told.");
    facts["capacity"] = count("With `event-full`: how many seats there are.");
    facts["seats_left"] = count("With `event-full`: how many seats are left.");
    facts["waitlist"] = json!({"type": "boolean", "description": "With `event-full`: whether there is a queue."});
}

/// Which texts may be blank, and which have several lines.
fn texts(schemas: &mut Value) {
    let of_registration = ["organisation", "position", "city"];
    let described = ["CreateWebhookEndpoint", "ChangeWebhookEndpoint"].map(|schema| (schema, "description"));
    let single_line = ["CreateRegistration", "PatchRegistration"]
        .into_iter()
        .flat_map(|schema| of_registration.map(|name| (schema, name)))
        .chain(described)
        .chain([("CreateRegistration", "external_reference")]);
    let multi_line = [
        ("CreateRegistration", "access_needs"),
        ("PatchRegistration", "access_needs"),
        ("CancelRegistration", "reason"),
        ("Registration", "access_needs"),
        ("Registration", "cancellation_reason"),
    ];
    let visible = [("CreateRegistration", "name"), ("PatchRegistration", "name")];
    let patterns = single_line
        .map(|field| (field, SENT_LINE))
        .chain(multi_line.map(|field| (field, PARAGRAPHS)))
        .chain(visible.map(|field| (field, SENT_VISIBLE)));
    for ((schema, name), pattern) in patterns {
        schemas[schema]["properties"][name]["pattern"] = json!(pattern);
    }
}

/// A body that may be left out is not one that may be `null`.
fn optional_body(operation: &mut Value) {
    let Some(body) = operation.get_mut("requestBody") else { return };
    for (_, content) in body["content"].as_object_mut().into_iter().flatten() {
        let null = json!({"type": "null"});
        let one = content["schema"]["oneOf"].as_array().and_then(|all| all.iter().find(|schema| **schema != null));
        if let Some(schema) = one.cloned() {
            content["schema"] = schema;
        }
    }
}

/// A page is longer than what a field holds, and an export is as long as it likes.
fn pages(operation: &mut Value) {
    for (_, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        for media_type in ["text~1csv", "application~1x-ndjson"] {
            if let Some(export) = response.pointer_mut(&format!("/content/{media_type}/schema")) {
                export["maxLength"] = json!(MAX_SAFE_INTEGER);
                export["pattern"] = json!(PARAGRAPHS);
            }
        }
        for (pointer, longest) in [("text~1html", 100_000), ("text~1calendar", 2_000_000)] {
            if let Some(page) = response.pointer_mut(&format!("/content/{pointer}/schema")) {
                page["maxLength"] = json!(longest);
            }
        }
    }
}

/// Completes this schema, if it is one, and all below. What stands in examples is no schema.
fn walk(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, below) in map.iter_mut() {
                if !matches!(name.as_str(), "example" | "examples" | "links" | "enum" | "required") {
                    walk(below);
                }
                if name == "properties" {
                    // A property of such a name is a schema all the same.
                    for (_, property) in below.as_object_mut().into_iter().flatten() {
                        walk(property);
                    }
                }
            }
            required_has_no_default(value);
            let is = |name: &str| match &value["type"] {
                Value::String(one) => one == name,
                Value::Array(all) => all.iter().any(|one| one == name),
                _ => false,
            };
            let (string, integer) = (is("string"), is("integer"));
            if string {
                restrict_string(value);
            }
            if integer {
                restrict_integer(value);
            }
        }
        Value::Array(all) => all.iter_mut().for_each(walk),
        _ => {}
    }
}

/// A field that must be given has no value for when it is not.
fn required_has_no_default(schema: &mut Value) {
    for name in schema["required"].as_array().cloned().unwrap_or_default() {
        if let Some(property) = name.as_str().and_then(|name| schema["properties"].get_mut(name)) {
            remove(property, &["default"]);
        }
    }
}

fn restrict_string(schema: &mut Value) {
    if schema.get("enum").is_some() || schema.get("const").is_some() {
        return;
    }
    let longest = schema["maxLength"].as_u64();
    match schema["format"].as_str() {
        Some("date-time") => add(schema, "maxLength", json!(32)),
        Some("uuid") => {
            add(schema, "maxLength", json!(36));
            add(schema, "pattern", json!(UUID));
        }
        Some("language-tag") => {
            add(schema, "maxLength", json!(35));
            add(schema, "pattern", json!(LANGUAGE_TAG));
        }
        Some(_) => {}
        None if schema["minLength"].as_u64() > Some(0) => add(schema, "pattern", json!(VISIBLE)),
        None if longest >= Some(LONG) => add(schema, "pattern", json!(PARAGRAPHS)),
        None => add(schema, "pattern", json!(LINE)),
    }
    add(schema, "maxLength", json!(300));
}

fn restrict_integer(schema: &mut Value) {
    add(schema, "format", json!("int32"));
    let maximum = if schema["format"] == "int64" { MAX_SAFE_INTEGER } else { i64::from(i32::MAX) };
    add(schema, "minimum", json!(0));
    add(schema, "maximum", json!(maximum));
}

/// Says what has not been said.
fn add(schema: &mut Value, name: &str, value: Value) {
    if let Some(map) = schema.as_object_mut() {
        map.entry(name).or_insert(value);
    }
}

fn remove(schema: &mut Value, names: &[&str]) {
    for name in names {
        schema.as_object_mut().and_then(|map| map.shift_remove(*name));
    }
}
