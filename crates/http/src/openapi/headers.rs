//! Adds the response headers to each operation of the document.

use serde_json::{Value, json};

use super::operation::Operation;

/// Headers of every response.
pub(crate) const EVERYWHERE: [&str; 4] = ["Access-Control-Allow-Origin", "RateLimit", "RateLimit-Policy", "Request-Id"];

/// Adds to every response of an operation the headers that it has. Shared responses already have theirs.
pub(crate) fn apply(operation: &Operation, value: &mut Value) {
    for (status, response) in value["responses"].as_object_mut().into_iter().flatten() {
        if response.get("$ref").is_none() {
            add(response, &names(operation, status));
        }
    }
}

/// Adds headers to a response as references to the shared definitions, and replaces those that its handler declares by name.
pub(crate) fn add(response: &mut Value, names: &[&str]) {
    let mut headers = response["headers"].as_object().cloned().unwrap_or_default();
    let components = components();
    let declared: Vec<String> = headers.keys().cloned().collect();
    for name in declared.iter().map(String::as_str).chain(names.iter().copied()) {
        if components.get(name).is_some() {
            let header = name.split('.').next().unwrap_or(name);
            headers.insert(header.to_owned(), json!({"$ref": format!("#/components/headers/{name}")}));
        }
    }
    headers.sort_keys();
    response["headers"] = Value::Object(headers);
}

/// The headers of an operation's response with this status.
fn names(operation: &Operation, status: &str) -> Vec<&'static str> {
    let mut names = EVERYWHERE.to_vec();
    let mut add_if = |condition: bool, more: &[&'static str]| {
        if condition {
            names.extend(more);
        }
    };
    let is_success = status.starts_with('2');
    let is_cached = status == "200";
    let is_oauth_error = operation.is_token_endpoint() && status < "402";
    add_if(is_cached && operation.is_cacheable(), &["Cache-Control", "Cache-Status", "ETag"]);
    add_if(is_cached && operation.is_translated(), &["Content-Language", "Vary"]);
    add_if(status == "200" && operation.is_list(), &["Link"]);
    add_if(is_success && operation.is_idempotent_post(), &["Cache-Control", "Idempotency-Replayed"]);
    add_if(status.starts_with(['4', '5']) && !is_oauth_error, &["Content-Language"]);
    add_if(is_success && operation.can_create(), &["ETag.put"]);
    // The first request with the same key is still running.
    add_if(status == "409" && operation.is_idempotent_post(), &["Retry-After"]);
    names
}

/// The headers by their names. A name with a full stop has a second definition of the header before it.
pub(crate) fn components() -> Value {
    let text = |max: usize, pattern: &str| json!({"type": "string", "maxLength": max, "pattern": pattern});
    let header = |required: bool, description: &str, schema: Value, example: &str| json!({"description": description, "required": required, "schema": schema, "example": example});
    let retry_after = json!({"type": "integer", "format": "int32", "minimum": 0, "maximum": 86400});
    json!({
        "Access-Control-Allow-Origin": header(
            false,
            "Origins whose pages may read the response: `*` in every response, unless the operator lists origins. Then it \
             is the request's `Origin` if that is in the list, and `Vary` names `Origin` in every response.",
            text(2000, "^[!-~]+$"), "*",
        ),
        "Cache-Control": header(
            true, "How long caches may store the response, and which ones.", text(200, "^[a-z0-9=, -]+$"), "public, max-age=30",
        ),
        "Cache-Status": header(
            false,
            "Sent only while the database is unavailable: the response comes from a cache, and has been stale for the \
             seconds in `ttl` (RFC 9211).",
            text(200, "^[ -~]+$"), "plenaria; hit; ttl=-12; detail=DATABASE-UNAVAILABLE",
        ),
        "Content-Disposition": header(
            true, "The file name (RFC 6266).", text(200, "^attachment; filename=\"[a-z0-9.-]+\"$"),
            "attachment; filename=\"some-event-registrations.csv\"",
        ),
        "Content-Language": header(false, "The languages of the texts (BCP 47).", text(1000, "^[A-Za-z0-9, -]+$"), "en"),
        "ETag": header(true, "The entity tag of this representation.", text(100, "^\"[A-Za-z0-9._-]+\"$"), "\"1\""),
        "ETag.put": header(
            false,
            "The entity tag of the definition, in the format that was sent. Absent unless the document was stored byte for byte \
             as it was sent, and in a dry run: then the body has it.",
            text(100, "^\"[A-Za-z0-9._-]+\"$"), "\"1\"",
        ),
        "Idempotency-Replayed": header(
            false,
            "`true` if this is the stored response to an earlier request with the same `Idempotency-Key`.",
            json!({"type": "string", "enum": ["true"]}), "true",
        ),
        "Link": header(
            false,
            "The next page (RFC 8288, `rel=\"next\"`). Absent on the last page.",
            text(8000, "^<[!-~]+>; rel=\"next\"$"),
            "<https://api.plenaria.example.org/v1/events?cursor=eyJ2IjoxfQ>; rel=\"next\"",
        ),
        "Location": header(
            true, "The path of the new resource, or the one to send the request to.", text(8000, "^/v1/[!-~]+$"),
            "/v1/registrations/019a0000-0000-7000-8000-000000000004",
        ),
        "RateLimit": header(
            false,
            "The number of requests left, and the seconds until there are more (IETF draft). Absent where no limit applies.",
            text(200, "^[ -~]+$"), "\"default\";r=598;t=1",
        ),
        "RateLimit-Policy": header(
            false,
            "The number of requests allowed, and in how many seconds (IETF draft). Absent where no limit applies.",
            text(200, "^[ -~]+$"), "\"default\";q=600;w=60",
        ),
        "Request-Id": header(
            true,
            "The request's id, as in the server's logs: the caller's own, if it sent a valid one.",
            text(128, "^[A-Za-z0-9._-]+$"), "019a0000-0000-7000-8000-000000000000",
        ),
        "Retry-After": {
            "description": "The seconds to wait before the next attempt.",
            "required": false, "schema": retry_after, "example": 2,
        },
        "Vary": header(
            false, "The request headers that the response depends on.", text(200, "^[A-Za-z, -]+$"), "Accept-Language",
        ),
        "WWW-Authenticate": header(
            false, "The authentication that is needed (RFC 6750; at the token endpoint RFC 7617).",
            text(500, "^[ -~]+$"), "Bearer realm=\"plenaria\"",
        ),
    })
}
