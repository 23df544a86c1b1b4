//! Limits strings, integers and media types, so that every schema of the document is bounded.
//!
//! A schema can name a format of [`FORMATS`] instead of repeating its length and pattern. A limit that the schema itself
//! declares takes precedence.

use serde_json::{Value, json};

use crate::schemas::{ID, LINE, PARAGRAPHS};

/// A text of one line with a visible character.
const VISIBLE: &str = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$";
/// A text of one line as callers may send it: white space around it is trimmed, and a blank text is allowed.
const UNTRIMMED_LINE: &str = "^[\\t\\n\\r ]*[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*[\\t\\n\\r ]*$";
/// The same with a visible character.
const UNTRIMMED_VISIBLE: &str = "^[\\t\\n\\r ]*[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*[^\\s\\x00-\\x1f\\x7f-\\x9f]\
    [^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*[\\t\\n\\r ]*$";
/// A text that may be this long may have several paragraphs.
const MIN_PARAGRAPHS_LENGTH: u64 = 10_000;
/// The key of a choice as callers may send it: white space around it is trimmed, and a blank text is allowed.
const UNTRIMMED_SLUG: &str = "^[\\t\\n\\r ]*([a-z0-9]+(-[a-z0-9]+)*)?[\\t\\n\\r ]*$";
/// The largest integer that every JSON parser represents exactly.
const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;
/// The longest text, unless its schema or format declares another length.
const DEFAULT_MAX_LENGTH: u64 = 300;

/// A named format of strings.
struct Format {
    name: &'static str,
    max_length: u64,
    pattern: Option<&'static str>,
    /// The format is a standard one, and stays in the document. Others are replaced by their limits.
    is_standard: bool,
}

const fn standard(name: &'static str, max_length: u64, pattern: Option<&'static str>) -> Format {
    Format { name, max_length, pattern, is_standard: true }
}

const fn own(name: &'static str, max_length: u64, pattern: &'static str) -> Format {
    Format { name, max_length, pattern: Some(pattern), is_standard: false }
}

const FORMATS: [Format; 8] = [
    standard("date-time", 32, None),
    standard("uri", 2_000, None),
    standard("uuid", 36, Some(ID)),
    // Any header value: one that cannot be parsed is ignored. The server accepts no headers of this length.
    own("header-value", 1_048_576, "^[\\t -~\\u0080-\\u00ff]*$"),
    own("paragraphs", DEFAULT_MAX_LENGTH, PARAGRAPHS),
    own("untrimmed-line", DEFAULT_MAX_LENGTH, UNTRIMMED_LINE),
    own("untrimmed-slug", 80, UNTRIMMED_SLUG),
    own("untrimmed-visible", DEFAULT_MAX_LENGTH, UNTRIMMED_VISIBLE),
];

/// The longest body of each media type that is not JSON, and its pattern unless the default one fits.
const MEDIA_TYPES: [(&str, i64, Option<&str>); 7] = [
    ("application/x-ndjson", MAX_SAFE_INTEGER, Some(PARAGRAPHS)),
    ("application/xml", 40_000_000, Some(PARAGRAPHS)),
    ("application/yaml", 40_000_000, Some(PARAGRAPHS)),
    ("image/svg+xml", 2_000_000, None),
    ("text/calendar", 2_000_000, None),
    ("text/csv", MAX_SAFE_INTEGER, Some(PARAGRAPHS)),
    ("text/html", 100_000, None),
];

/// Media types whose bodies are binary.
const BINARY_TYPES: [&str; 1] = ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"];

/// Sets the limits of every schema of the document.
pub(crate) fn apply(document: &mut Value) {
    let items = document["paths"].as_object_mut().into_iter().flatten();
    for (_, operation) in items.filter_map(|(_, item)| item.as_object_mut()).flatten() {
        reject_null_body(operation);
        limit_media_types(operation);
    }
    for part in ["paths", "components"] {
        visit_schemas(&mut document[part]);
    }
}

/// An optional request body may be absent, but not `null`.
fn reject_null_body(operation: &mut Value) {
    let Some(body) = operation.get_mut("requestBody") else { return };
    for (_, content) in body["content"].as_object_mut().into_iter().flatten() {
        let null = json!({"type": "null"});
        let alternatives = content["schema"]["oneOf"].as_array();
        if let Some(schema) = alternatives.and_then(|all| all.iter().find(|schema| **schema != null)).cloned() {
            content["schema"] = schema;
        }
    }
}

fn limit_media_types(operation: &mut Value) {
    if let Some(body) = operation.get_mut("requestBody") {
        limit_content(body);
    }
    for (_, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        limit_content(response);
    }
}

/// Limits the bodies that are not JSON.
fn limit_content(body: &mut Value) {
    let Some(content) = body.get_mut("content").and_then(Value::as_object_mut) else { return };
    for (media_type, max_length, pattern) in MEDIA_TYPES {
        let Some(body) = content.get_mut(media_type) else { continue };
        body["schema"]["maxLength"] = json!(max_length);
        if let Some(pattern) = pattern {
            body["schema"]["pattern"] = json!(pattern);
        }
    }
    for media_type in BINARY_TYPES {
        let Some(body) = content.get_mut(media_type) else { continue };
        body["schema"] = json!({"type": "string", "format": "binary", "maxLength": MAX_SAFE_INTEGER});
    }
}

/// Sets the limits of this value, if it is a schema, and of all schemas in it. Examples contain no schemas.
fn visit_schemas(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, child) in map.iter_mut() {
                match name.as_str() {
                    "example" | "examples" | "links" | "enum" | "required" => {}
                    // A property may have one of those names.
                    "properties" => child.as_object_mut().into_iter().flatten().for_each(|(_, p)| visit_schemas(p)),
                    _ => visit_schemas(child),
                }
            }
            remove_wrong_defaults(value);
            replace_single_value(value);
            lift_description(value);
            if has_type(value, "string") {
                limit_string(value);
            }
            if has_type(value, "integer") {
                limit_integer(value);
            }
        }
        Value::Array(all) => all.iter_mut().for_each(visit_schemas),
        _ => {}
    }
}

fn has_type(schema: &Value, name: &str) -> bool {
    match &schema["type"] {
        Value::String(only) => only == name,
        Value::Array(all) => all.iter().any(|one| one == name),
        _ => false,
    }
}

/// Removes the default values, taken from Rust's `Default`, of required properties, and null: generators of clients take an
/// optional property with a default for one that is always there.
fn remove_wrong_defaults(schema: &mut Value) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, property) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        if property["default"].is_null() || required.iter().any(|other| other == name) {
            remove(property, &["default"]);
        }
    }
}

/// Replaces a list of one value, and a pattern that only one text matches, by that value.
fn replace_single_value(schema: &mut Value) {
    let listed = schema["enum"].as_array().filter(|list| list.len() == 1).map(|list| list[0].clone());
    let pattern = schema["pattern"].as_str().and_then(|pattern| pattern.strip_prefix('^')?.strip_suffix('$'));
    let is_word = |text: &&str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if let Some(only) = listed.or_else(|| pattern.filter(is_word).map(Value::from)) {
        schema["const"] = only;
        remove(schema, &["enum", "pattern", "maxLength"]);
    }
}

/// Moves the description of a nullable reference from the reference to the property, where tools look for it.
fn lift_description(schema: &mut Value) {
    if schema.get("description").is_none()
        && let Some([reference, null]) = schema.get_mut("oneOf").and_then(Value::as_array_mut).map(Vec::as_mut_slice)
        && null["type"] == "null"
        && let Some(description) = reference.as_object_mut().and_then(|r| r.shift_remove("description"))
    {
        schema["description"] = description;
    }
}

fn limit_string(schema: &mut Value) {
    if schema.get("enum").is_some() || schema.get("const").is_some() {
        return;
    }
    let format = schema["format"].as_str().map(str::to_owned);
    match format.as_deref().map(|name| FORMATS.iter().find(|format| format.name == name)) {
        Some(Some(format)) => {
            set_default(schema, "maxLength", json!(format.max_length));
            if let Some(pattern) = format.pattern {
                set_default(schema, "pattern", json!(pattern));
            }
            if !format.is_standard {
                remove(schema, &["format"]);
            }
        }
        Some(None) => {}
        None if schema["minLength"].as_u64() > Some(0) => set_default(schema, "pattern", json!(VISIBLE)),
        None if schema["maxLength"].as_u64() >= Some(MIN_PARAGRAPHS_LENGTH) => {
            set_default(schema, "pattern", json!(PARAGRAPHS));
        }
        None => set_default(schema, "pattern", json!(LINE)),
    }
    set_default(schema, "maxLength", json!(DEFAULT_MAX_LENGTH));
}

fn limit_integer(schema: &mut Value) {
    set_default(schema, "format", json!("int32"));
    let maximum = if schema["format"] == "int64" { MAX_SAFE_INTEGER } else { i64::from(i32::MAX) };
    set_default(schema, "minimum", json!(0));
    set_default(schema, "maximum", json!(maximum));
}

/// Adds a keyword unless the schema has it.
fn set_default(schema: &mut Value, name: &str, value: Value) {
    if let Some(map) = schema.as_object_mut() {
        map.entry(name).or_insert(value);
    }
}

pub(crate) fn remove(schema: &mut Value, names: &[&str]) {
    for name in names {
        schema.as_object_mut().and_then(|map| map.shift_remove(*name));
    }
}
