//! The header parameters that operations share.

use serde_json::{Value, json};

use super::operation::Operation;

/// Adds the headers that an operation of this kind takes.
pub(super) fn complete(operation: &Operation, value: &mut Value) {
    let mut names = Vec::new();
    // Registering takes the language for messages from the request, unless the body says.
    if operation.is_translated() || operation.id() == "create_registration" {
        names.push("AcceptLanguage");
    }
    if operation.is_cached() {
        names.push("IfNoneMatch");
    }
    if operation.honours_if_match() {
        names.push("IfMatch");
    }
    if operation.posts() {
        names.push("IdempotencyKey");
    }
    let references = names.into_iter().map(|name| json!({"$ref": format!("#/components/parameters/{name}")}));
    if references.len() > 0 {
        let own = value["parameters"].as_array().cloned().unwrap_or_default();
        value["parameters"] = own.into_iter().chain(references).collect();
    }
}

/// The parameters by their names.
pub(super) fn components() -> Value {
    let header = |name: &str, description: &str, schema: Value, example: &str| {
        json!({
            "name": name, "in": "header", "required": false, "description": description,
            "schema": schema, "example": example,
        })
    };
    // What cannot be read is ignored, so any value will do: the limit is beyond what a request has room for.
    let any = json!({"type": "string", "maxLength": 1_048_576, "pattern": "^[\\t -~\\u0080-\\u00ff]*$"});
    json!({
        "AcceptLanguage": header(
            "Accept-Language",
            "The languages that the caller reads, in their order (RFC 9110, section 12.5.4). What cannot be read asks \
             for nothing in particular.",
            any.clone(),
            "es, fr;q=0.5",
        ),
        "IfNoneMatch": header(
            "If-None-Match",
            "The `ETag` that the caller has: if it is still the current one, the answer is 304 without a body.",
            any,
            "\"1-en\"",
        ),
        "IfMatch": header(
            "If-Match",
            "The `ETag` that the caller has read: if it is no longer the current one, nothing changes and the answer \
             is 412.",
            json!({"type": "string", "maxLength": 1000, "pattern": "^(\\*|(W/)?\"[!#-~]*\"(, ?(W/)?\"[!#-~]*\")*)$"}),
            "\"1\"",
        ),
        "IdempotencyKey": header(
            "Idempotency-Key",
            "A name that the caller gives to this request, so that sending it again does nothing twice: the same key \
             with the same body gets the first answer again, with `Idempotency-Replayed: true`. Printable ASCII, bare \
             or in quotes. Kept 24 hours per caller, method and path.",
            // No white space around it, and between quotes at least something.
            json!({
                "type": "string", "minLength": 1, "maxLength": 255,
                "pattern": "^([!#-~]([ -~]*[!-~])?|\"([ -~]*[!#-~]|[ -~]+\")?)$",
            }),
            "0f5c6a9e-registration-of-ana",
        ),
    })
}
