//! The headers of answers.

use serde_json::{Value, json};

use super::operation::Operation;

/// Adds to every answer of an operation the headers that it carries. Shared answers have their own already.
pub(super) fn complete(operation: &Operation, value: &mut Value) {
    for (status, response) in value["responses"].as_object_mut().into_iter().flatten() {
        if response.get("$ref").is_none() {
            add(response, &names(operation, status));
        }
    }
}

/// Adds headers to an answer. Those that its handler names are the shared ones too, if there are such.
pub(super) fn add(response: &mut Value, names: &[&str]) {
    let mut headers = response["headers"].as_object().cloned().unwrap_or_default();
    let components = components();
    let own: Vec<String> = headers.keys().cloned().collect();
    for name in own.iter().map(String::as_str).chain(names.iter().copied()) {
        if components.get(name).is_some() {
            headers.insert(name.to_owned(), json!({"$ref": format!("#/components/headers/{name}")}));
        }
    }
    headers.sort_keys();
    response["headers"] = Value::Object(headers);
}

/// What every answer carries.
pub(super) const EVERYWHERE: [&str; 4] = ["Access-Control-Allow-Origin", "RateLimit", "RateLimit-Policy", "Request-Id"];

fn names(operation: &Operation, status: &str) -> Vec<&'static str> {
    let mut names = EVERYWHERE.to_vec();
    let mut when = |holds: bool, more: &[&'static str]| {
        if holds {
            names.extend(more);
        }
    };
    let success = status.starts_with('2');
    when(matches!(status, "200" | "304") && operation.is_cached(), &["Cache-Control", "Cache-Status", "ETag"]);
    when(matches!(status, "200" | "304") && operation.is_translated(), &["Content-Language", "Vary"]);
    when(status == "200" && operation.is_list(), &["Link"]);
    when(success && operation.posts(), &["Cache-Control", "Idempotency-Replayed"]);
    when(status.starts_with(['4', '5']) && !(operation.speaks_oauth() && status < "402"), &["Content-Language"]);
    // The first request with the same key is still running.
    when(status == "409" && operation.posts(), &["Retry-After"]);
    names
}

/// The headers by their names.
pub(super) fn components() -> Value {
    let text = |max: usize, pattern: &str| json!({"type": "string", "maxLength": max, "pattern": pattern});
    let header = |required: bool, description: &str, schema: Value, example: Value| json!({"description": description, "required": required, "schema": schema, "example": example});
    json!({
        "Access-Control-Allow-Origin": header(
            false,
            "Which origins' pages may read the response: `*` in every response, unless the operator lists origins; then the \
             request's `Origin` if it is in the list, and `Vary` names `Origin` in every response.",
            text(2000, "^[!-~]+$"), json!("*"),
        ),
        "Cache-Control": header(
            true, "How long it may be kept, and by whom.", text(200, "^[a-z0-9=, -]+$"), json!("public, max-age=30"),
        ),
        "Cache-Status": header(
            false,
            "Only while the database is away: what is kept is answered, and is older than it should be by so many seconds \
             (RFC 9211).",
            text(200, "^[ -~]+$"), json!("plenaria; hit; ttl=-12; detail=DATABASE-UNAVAILABLE"),
        ),
        "Content-Disposition": header(
            true, "The name for a file of it (RFC 6266).", text(200, "^attachment; filename=\"[a-z0-9.-]+\"$"),
            json!("attachment; filename=\"some-event-registrations.csv\""),
        ),
        "Content-Language": header(
            false, "The languages of the texts (BCP 47).", text(1000, "^[A-Za-z0-9, -]+$"), json!("en"),
        ),
        "ETag": header(
            true, "The tag of this representation.", text(100, "^\"[A-Za-z0-9._-]+\"$"), json!("\"1\""),
        ),
        "Idempotency-Replayed": header(
            false,
            "`true` in the answer to a request that came before with the same `Idempotency-Key`: it is the first \
             one's answer.",
            json!({"type": "string", "enum": ["true"]}), json!("true"),
        ),
        "Link": header(
            false,
            "The next page (RFC 8288, `rel=\"next\"`), unless this is the last.",
            text(8000, "^<[!-~]+>; rel=\"next\"$"),
            json!("<https://api.plenaria.example.org/v1/events?cursor=eyJ2IjoxfQ>; rel=\"next\""),
        ),
        "Location": header(
            true, "Where the new thing is read.", text(200, "^/v1/[a-z0-9/-]+$"),
            json!("/v1/registrations/019a0000-0000-7000-8000-000000000004"),
        ),
        "RateLimit": header(
            false,
            "How many requests are left and in how many seconds there are more (IETF draft); absent where no limit \
             applies.",
            text(200, "^[ -~]+$"), json!("\"default\";r=598;t=1"),
        ),
        "RateLimit-Policy": header(
            false,
            "How many requests there are in how many seconds (IETF draft); absent where no limit applies.",
            text(200, "^[ -~]+$"), json!("\"default\";q=600;w=60"),
        ),
        "Request-Id": header(
            true,
            "The request's id, as in our logs: the caller's own, if it sent a valid one.",
            text(128, "^[A-Za-z0-9._-]+$"), json!("019a0000-0000-7000-8000-000000000000"),
        ),
        "Retry-After": header(
            false,
            "When to come back, in seconds.",
            json!({"type": "integer", "format": "int32", "minimum": 0, "maximum": 86400}), json!(2),
        ),
        "Vary": header(
            false, "Which headers of the request count.", text(200, "^[A-Za-z, -]+$"), json!("Accept-Language"),
        ),
        "WWW-Authenticate": header(
            false, "What is needed (RFC 6750; at the token endpoint RFC 7617).", text(500, "^[ -~]+$"), json!("Bearer realm=\"plenaria\""),
        ),
    })
}
