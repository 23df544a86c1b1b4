//! Adds the responses that operations share: problems, and 304.

use serde_json::{Map, Value, json};

use super::headers;
use super::operation::Operation;
use crate::problem::code::Code;
use crate::problem::examples;

/// A response that many operations have: a problem, or 304.
struct Shared {
    /// The name in the document.
    name: &'static str,
    status: &'static str,
    /// The codes that the problem can have, and what they mean.
    description: &'static str,
    /// Headers beside those that every response has.
    headers: &'static [&'static str],
}

const fn shared(
    name: &'static str,
    status: &'static str,
    description: &'static str,
    headers: &'static [&'static str],
) -> Shared {
    Shared { name, status, description, headers }
}

const NOT_MODIFIED: &str = "The caller's copy, named in `If-None-Match`, is current";

const SHARED: [Shared; 17] = [
    shared("NotModified", "304", NOT_MODIFIED, &["Cache-Control", "Cache-Status", "ETag"]),
    shared(
        "NotModifiedInLanguage",
        "304",
        NOT_MODIFIED,
        &["Cache-Control", "Cache-Status", "Content-Language", "ETag", "Vary"],
    ),
    shared("Moved", "308", "The event was renamed: `Location` is the same path with its slug", &["Location"]),
    shared("BadRequest", "400", "`malformed-request` or `invalid-parameter`", &[]),
    shared("Unauthenticated", "401", "`unauthenticated` or `invalid-token`", &["WWW-Authenticate"]),
    shared("Guarded", "401", "Sent by the operator's gateway, if there is one, and not by the API", &[]),
    shared("Forbidden", "403", "`insufficient-scope`: the token lacks `required_scope`", &["WWW-Authenticate"]),
    shared("NotFound", "404", "`not-found`: the resource does not exist, or the caller may not see it", &[]),
    shared("NotAcceptable", "406", "`not-acceptable`: `Accept` allows no available media type", &["Vary"]),
    shared("RequestTimeout", "408", "`request-timeout`: the body took too long to arrive", &[]),
    shared(
        "PreconditionFailed",
        "412",
        "`precondition-failed`: the resource has changed; `ETag` is the current one",
        &["ETag"],
    ),
    shared("PayloadTooLarge", "413", "`payload-too-large`", &[]),
    shared("UnsupportedMediaType", "415", "`unsupported-media-type`", &[]),
    shared(
        "Unprocessable",
        "422",
        "`validation-failed`, or `idempotency-mismatch`: the key was used with another body before",
        &[],
    ),
    shared("RateLimited", "429", "`rate-limited`: too many requests", &["Retry-After"]),
    shared("Internal", "500", "`internal`: an error in the server", &[]),
    shared("Unavailable", "503", "`overloaded` or `database-unavailable`: try again later", &["Retry-After"]),
];

/// Adds the problems that operations of this kind can have, and 304.
pub(crate) fn apply(operation: &Operation, value: &mut Value) {
    let mut responses = value["responses"].as_object().cloned().unwrap_or_default();
    let has_body =
        responses.iter().any(|(status, response)| status.starts_with('2') && response["content"].is_object());
    for shared in SHARED {
        let applies = match shared.name {
            "NotModified" => operation.is_cacheable() && !operation.is_translated(),
            "NotModifiedInLanguage" => operation.is_cacheable(),
            "Unauthenticated" => operation.accepts_bearer(),
            "Guarded" => !operation.accepts_bearer(),
            "Forbidden" => operation.needs_scope(),
            "Moved" => operation.is_of_event(),
            "NotFound" => operation.path_parameters().next().is_some(),
            "NotAcceptable" => has_body,
            "PreconditionFailed" => operation.checks_if_match(),
            "RequestTimeout" | "PayloadTooLarge" | "UnsupportedMediaType" | "Unprocessable" => {
                operation.has_request_body() && !operation.is_token_endpoint()
            }
            _ => true,
        };
        if applies && !responses.contains_key(shared.status) {
            let reference = format!("#/components/responses/{}", shared.name);
            responses.insert(shared.status.to_owned(), json!({"$ref": reference}));
        }
    }
    if operation.is_idempotent_post() {
        add_key_in_progress(responses.entry("409").or_insert_with(|| json!({"description": ""})));
    }
    for (status, response) in &mut responses {
        let is_oauth_error = operation.is_token_endpoint() && response["content"].is_object();
        if status.starts_with(['4', '5']) && response.get("$ref").is_none() && !is_oauth_error {
            add_problem(response);
        }
    }
    responses.sort_keys();
    value["responses"] = Value::Object(responses);
}

/// Adds to the description of a 409 that the idempotency key may be in use.
fn add_key_in_progress(conflict: &mut Value) {
    let in_progress = "`idempotency-in-progress`: the first request with this key is still running";
    conflict["description"] = match conflict["description"].as_str() {
        None | Some("") => in_progress.to_owned(),
        Some(own) => format!("{own}; {in_progress}"),
    }
    .into();
}

/// The shared responses by their names.
pub(crate) fn components() -> Value {
    let responses = SHARED.into_iter().map(|shared| {
        let mut response = json!({"description": shared.description});
        let mut names = [&headers::EVERYWHERE[..], shared.headers].concat();
        if shared.status.starts_with(['4', '5']) {
            add_problem(&mut response);
            names.push("Content-Language");
        }
        headers::add(&mut response, &names);
        (shared.name.to_owned(), response)
    });
    Value::Object(responses.collect::<Map<_, _>>())
}

/// Adds the body of a problem, with an example for each code that the response's description names in backticks.
fn add_problem(response: &mut Value) {
    let description = response["description"].as_str().unwrap_or_default();
    let codes = description.split('`').filter_map(Code::parse);
    let examples = codes
        .map(|code| (code.as_str().to_owned(), json!({"$ref": format!("#/components/examples/{}", code.as_str())})));
    let examples: Map<_, _> = examples.collect();
    response["content"] = json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
    if !examples.is_empty() {
        response["content"]["application/problem+json"]["examples"] = examples.into();
    }
}

/// The examples of problems by their codes. No operation documents a wrong method, so the schema itself has that example.
pub(crate) fn examples() -> Value {
    let codes = Code::ALL.iter().filter(|code| **code != Code::MethodNotAllowed);
    let examples = codes.map(|code| {
        let document = examples::document(*code);
        (code.as_str().to_owned(), json!({"summary": document["title"], "value": document}))
    });
    Value::Object(examples.collect())
}
