//! The answers that operations share: problems, and 304.

use serde_json::{Map, Value, json};

use super::headers;
use super::operation::Operation;

/// Answers with one text wherever they occur: name, status, the problems' codes, and headers beside the usual ones.
const SHARED: [(&str, &str, &str, &[&str]); 14] = [
    ("BadRequest", "400", "`malformed-request` or `invalid-parameter`", &[]),
    ("Unauthenticated", "401", "`unauthenticated` or `invalid-token`", &["WWW-Authenticate"]),
    ("Guarded", "401", "Not from the API itself: where the operator has put this address behind a gateway", &[]),
    (
        "Forbidden",
        "403",
        "`insufficient-scope`: `required_scope` says which scope the token lacks",
        &["WWW-Authenticate"],
    ),
    ("NotFound", "404", "`not-found`: there is nothing here, or it is not the caller's to see", &[]),
    ("NotAcceptable", "406", "`not-acceptable`: `Accept` allows no form that there is", &[]),
    ("RequestTimeout", "408", "`request-timeout`: the body took too long to arrive", &[]),
    ("PreconditionFailed", "412", "`precondition-failed`: it has changed since; the current `ETag` is here", &["ETag"]),
    ("PayloadTooLarge", "413", "`payload-too-large`", &[]),
    ("UnsupportedMediaType", "415", "`unsupported-media-type`", &[]),
    (
        "Unprocessable",
        "422",
        "`validation-failed`, or `idempotency-mismatch`: the key came with another body before",
        &[],
    ),
    ("RateLimited", "429", "`rate-limited`: too many requests", &["Retry-After"]),
    ("Internal", "500", "`internal`: something went wrong on our side", &[]),
    ("Unavailable", "503", "`overloaded` or `database-unavailable`: come back later", &["Retry-After"]),
];

/// Adds the problems that any operation of its kind can have, and 304.
pub(super) fn complete(operation: &Operation, value: &mut Value) {
    let mut own = value["responses"].as_object().cloned().unwrap_or_default();
    let has_body = own.iter().any(|(status, response)| status.starts_with('2') && response["content"].is_object());
    for (name, status, ..) in SHARED {
        let fits = match name {
            "Unauthenticated" => operation.knows_bearer(),
            "Guarded" => !operation.knows_bearer(),
            "Forbidden" => operation.needs_scope(),
            "NotFound" => operation.names_a_thing(),
            "NotAcceptable" => has_body,
            "PreconditionFailed" => operation.honours_if_match(),
            "RequestTimeout" | "PayloadTooLarge" | "UnsupportedMediaType" | "Unprocessable" => {
                operation.takes_body() && !operation.speaks_oauth()
            }
            _ => true,
        };
        if fits && !own.contains_key(status) {
            own.insert(status.to_owned(), json!({"$ref": format!("#/components/responses/{name}")}));
        }
    }
    if operation.is_cached() {
        let description = "The caller has it already, as `If-None-Match` says";
        own.insert("304".to_owned(), json!({"description": description}));
    }
    if operation.posts() {
        let conflict = own.entry("409").or_insert_with(|| json!({"description": ""}));
        let first = conflict["description"].as_str().filter(|text| !text.is_empty());
        let running = "`idempotency-in-progress`: the first request with this key is still running";
        conflict["description"] = first.map_or_else(|| running.to_owned(), |text| format!("{text}; {running}")).into();
    }
    for (status, response) in &mut own {
        let own_form = operation.speaks_oauth() && response["content"].is_object();
        if status.starts_with(['4', '5']) && response.get("$ref").is_none() && !own_form {
            response["content"] = problem();
        }
    }
    own.sort_keys();
    value["responses"] = Value::Object(own);
}

/// The shared answers by their names.
pub(super) fn components() -> Value {
    let all = SHARED.into_iter().map(|(name, _, description, more)| {
        let mut response = json!({"description": description, "content": problem()});
        headers::add(&mut response, &[&headers::EVERYWHERE[..], &["Content-Language"], more].concat());
        (name.to_owned(), response)
    });
    Value::Object(all.collect::<Map<_, _>>())
}

fn problem() -> Value {
    json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}})
}
