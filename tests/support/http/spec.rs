//! The committed specification, and the check of responses against it.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use serde_json::{Value, json};

/// The committed document.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/v1.json");
    let text = std::fs::read_to_string(path).expect("openapi/v1.json");
    serde_json::from_str(&text).expect("openapi/v1.json is JSON")
});

static VALIDATORS: LazyLock<Mutex<HashMap<String, jsonschema::Validator>>> = LazyLock::new(Mutex::default);

/// What [`operations`] returns.
static OPERATIONS: LazyLock<Vec<(String, String, Value)>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for (path, item) in DOCUMENT["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("a path item") {
            let mut operation = operation.clone();
            for response in operation["responses"].as_object_mut().expect("responses").values_mut() {
                *response = resolved(response).clone();
            }
            all.push((method.to_uppercase(), path.clone(), operation));
        }
    }
    all
});

/// Every operation: method, path and operation object, with references to shared responses resolved.
pub fn operations() -> Vec<(String, String, Value)> {
    OPERATIONS.clone()
}

/// The value that a reference points to; any other value is returned as it is.
pub fn resolved(value: &Value) -> &Value {
    match value["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).expect("the target of a reference"),
        None => value,
    }
}

fn matches(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len() && template.iter().zip(&path).all(|(t, p)| t.starts_with('{') || t == p)
}

/// Panics unless the specification documents this response: its status, type and body.
pub fn check(method: &str, path: &str, status: u16, content_type: Option<&str>, body: &str) {
    let path = path.split('?').next().unwrap_or_default();
    if matches!(status, 405) || method == "OPTIONS" {
        return;
    }
    let method = if method == "HEAD" { "GET" } else { method };
    let found = OPERATIONS.iter().find(|(m, template, _)| m == method && matches(template, path));
    let Some((_, template, operation)) = found else {
        assert!(status == 404, "{method} {path} is not in the specification and responded {status}: {body}");
        return;
    };
    let response = &operation["responses"][status.to_string()];
    assert!(response.is_object(), "{method} {template} responded {status}, which is not documented: {body}");
    if body.is_empty() {
        return;
    }
    let content_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    let content = &response["content"][content_type];
    assert!(content.is_object(), "{method} {template} {status}: {content_type} is not documented");
    if content_type == "application/x-ndjson" {
        let schema = json!({"$ref": "#/components/schemas/Registration"});
        for line in body.lines() {
            assert_matches("a line of an export", &schema, &serde_json::from_str(line).expect("the line is JSON"));
        }
    }
    if !content_type.ends_with("/json") && !content_type.ends_with("+json") {
        return;
    }
    let value: Value = serde_json::from_str(body).expect("the body is JSON");
    let key = format!("{method} {template} {status} {content_type}");
    assert_matches(&key, &content["schema"], &value);
    // OAuth's errors are not problem documents.
    if content_type == "application/problem+json" {
        assert_eq!(value["status"], json!(status));
    }
}

/// Panics unless a value matches the schema with this name.
pub fn check_schema(name: &str, value: &Value) {
    assert_matches(name, &json!({"$ref": format!("#/components/schemas/{name}")}), value);
}

/// Panics unless a value matches a schema of the specification; `key` is the schema's key in the validator cache.
fn assert_matches(key: &str, schema: &Value, value: &Value) {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let validator = validators.entry(key.to_owned()).or_insert_with(|| {
        let mut schema = schema.clone();
        schema["components"] = DOCUMENT["components"].clone();
        jsonschema::draft202012::options().should_validate_formats(true).build(&schema).expect("a schema")
    });
    let errors: Vec<String> = validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{key} does not match the specification: {errors:#?}\n{value:#}");
}
