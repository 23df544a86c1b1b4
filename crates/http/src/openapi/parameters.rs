//! Adds the parameters that operations share: those of paths, and request headers.
//!
//! A handler need not declare them. Path parameters follow from the path's template. Request headers follow from the kind
//! of operation, except those that a handler declares by name alone: `("If-Match" = String, Header)`,
//! `("Accept-Language" = String, Header)` and `("Last-Event-ID" = String, Header)`. Query parameters that most lists have
//! are shared, too.

use serde_json::{Map, Value, json};
use utoipa::IntoParams;

use super::operation::Operation;
use crate::problem::code::Code;
use crate::schemas;
use crate::v1::list_query::TranslatedListQuery;

/// Every name that occurs in braces in a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its parameters are used")]
struct PathParameters {
    /// A problem's code.
    #[param(value_type = Code, example = "event-full")]
    code: String,
    /// A message's id.
    #[param(value_type = schemas::Id, example = "019a0000-0000-7000-8000-000000000007")]
    delivery: String,
    /// A webhook endpoint's id.
    #[param(value_type = schemas::Id, example = "019a0000-0000-7000-8000-000000000006")]
    endpoint: String,
    /// An event's id or slug.
    #[param(value_type = schemas::IdOrSlug, example = "internationalisation-and-metropolitan-spaces-en")]
    event: String,
    /// A registration's id.
    #[param(value_type = schemas::Id, example = "019a0000-0000-7000-8000-000000000004")]
    registration: String,
    /// The number of a revision, from 1.
    #[param(minimum = 1, example = 1)]
    revision: i64,
    /// A session's id or key.
    #[param(value_type = schemas::IdOrSlug, example = "tehran")]
    session: String,
    /// A speaker's id or slug.
    #[param(value_type = schemas::IdOrSlug, example = "elham-fakhari")]
    speaker: String,
}

/// The request headers. In the document, a header is named without its hyphens.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "only its parameters are used")]
struct HeaderParameters {
    /// The caller's languages by preference (RFC 9110, section 12.5.4). A header that cannot be parsed is ignored.
    #[param(rename = "Accept-Language", required = false, format = "header-value", example = "es, fr;q=0.5")]
    accept_language: String,
    /// For a read: the `ETag` of the caller's copy. If it is still current, the response is 304 without a body. For a PUT:
    /// `*`, so that only a new resource is created.
    #[param(rename = "If-None-Match", required = false, format = "header-value", example = json!("\"1-en\""))]
    if_none_match: String,
    /// The `ETag` that the caller has read. If it is no longer current, nothing changes and the response is 412.
    #[param(rename = "If-Match", required = false, max_length = 1000, pattern = "^(\\*|(W/)?\"[!#-~]*\"(, ?(W/)?\"[!#-~]*\")*)$", example = json!("\"1\""))]
    if_match: String,
    /// The `id` of the last message that the caller has received. Any other value is ignored.
    #[param(rename = "Last-Event-ID", required = false, format = "header-value", example = "60306804540379136")]
    last_event_id: String,
    /// A name for this request, chosen by the caller, which makes it safe to send the request again: the same key with the
    /// same body returns the first response again, with `Idempotency-Replayed: true`. Printable ASCII, with or without
    /// quotes. Stored for 24 hours per caller, method and path. A stored 409 is returned again too, whatever has changed since: a
    /// new attempt after `event-full` or `registration-not-open` needs a new key. Other errors are not stored.
    // The pattern excludes surrounding white space and empty quotes.
    #[param(
        rename = "Idempotency-Key",
        required = false,
        min_length = 1,
        max_length = 255,
        pattern = "^([!#-~]([ -~]*[!-~])?|\"([ -~]*[!#-~]|[ -~]+\")?)$"
    )]
    idempotency_key: String,
}

/// Sets the parameters of an operation: those of its path, its own query parameters, and references to request headers.
pub(crate) fn apply(operation: &Operation, value: &mut Value) {
    let documented = serde_json::to_value(PathParameters::into_params(|| None)).unwrap_or_default();
    let documented = documented.as_array().into_iter().flatten();
    let in_path = operation.path_parameters().flat_map(|name| documented.clone().filter(move |p| p["name"] == name));
    let query = value["parameters"].as_array().into_iter().flatten().filter(|parameter| parameter["in"] == "query");
    let shared = shared_query();
    let query = query.map(|parameter| match shared.iter().find(|(_, shared)| shared == parameter) {
        Some((name, _)) => reference_to(name),
        None => parameter.clone(),
    });
    let headers = [
        ("AcceptLanguage", operation.is_translated()),
        ("IfNoneMatch", operation.is_cacheable() || operation.can_create()),
        ("IfMatch", operation.checks_if_match()),
        ("IdempotencyKey", operation.is_idempotent_post()),
        ("LastEventID", operation.is_resumable()),
    ];
    let headers = headers.into_iter().filter(|(_, applies)| *applies);
    let headers = headers.map(|(name, _)| reference_to(name));
    let parameters: Vec<Value> = in_path.cloned().chain(query).chain(headers).collect();
    if !parameters.is_empty() {
        value["parameters"] = parameters.into();
    }
}

/// The query parameters that most lists have, by their names in the document.
fn shared_query() -> Vec<(String, Value)> {
    let parameters = TranslatedListQuery::into_params(|| None).into_iter();
    let named = parameters.map(|parameter| {
        let (first, rest) = parameter.name.split_at(1);
        (first.to_uppercase() + rest, serde_json::to_value(parameter).unwrap_or_default())
    });
    named.collect()
}

fn reference_to(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

/// The shared query parameters and the request headers, by their names in the document.
pub(crate) fn components() -> Value {
    let headers = HeaderParameters::into_params(|| None).into_iter();
    let by_name =
        headers.map(|header| (header.name.replace('-', ""), serde_json::to_value(header).unwrap_or_default()));
    shared_query().into_iter().chain(by_name).collect::<Map<_, _>>().into()
}
