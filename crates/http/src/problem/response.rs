//! Renders an error as a problem document and as a response.

use std::borrow::Cow;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use plenaria_domain::values::language::MessageLanguage;
use serde::Serialize;
use utoipa::ToSchema;

use super::api_error::ApiError;
use super::code::Code;
use super::detail::Detail;
use super::facts::Facts;
use super::reasons::{ConflictReason, FieldCodeSchema};
use super::{language, texts};

/// A problem document (RFC 9457). The members after `retryable` are facts for programs, which only some problems have.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// The URL of the explanation of this kind of problem.
    #[serde(rename = "type")]
    #[schema(
        format = "uri",
        max_length = 2000,
        example = "https://api.plenaria.example.org/problems/validation-failed"
    )]
    kind: String,
    /// A short description of the kind of problem.
    #[schema(max_length = 200, example = "The request is not valid")]
    title: &'a str,
    /// The HTTP status of the response.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// The problem's code, for programs; codes never change.
    #[schema(value_type = Code)]
    code: &'a str,
    /// What is wrong in this case.
    #[schema(max_length = 2000, example = "1 field needs attention.")]
    detail: String,
    /// The path of the request.
    #[schema(max_length = 4000, example = "/v1/events/some-event/registrations")]
    instance: &'a str,
    /// The request's id, as in the header `Request-Id` and in the server's logs.
    #[schema(max_length = 128, pattern = "^[A-Za-z0-9._-]+$", example = "019a0000-0000-7000-8000-000000000000")]
    request_id: &'a str,
    /// Whether the same request may succeed later without any other action of the caller.
    #[schema(example = false)]
    retryable: bool,
    /// The validation errors, at most 50.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 50)]
    errors: Vec<FieldErrorBody<'a>>,
    /// True: there are more validation errors than `errors` lists.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false, example = false)]
    errors_truncated: bool,
    #[serde(flatten)]
    #[schema(ignore)]
    facts: Facts,
}

/// A validation error of one field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldError)]
pub(crate) struct FieldErrorBody<'a> {
    /// The field's position in the body (JSON Pointer, RFC 6901), with the names as the body has them.
    #[schema(max_length = 1000, format = "json-pointer", example = "/email")]
    pointer: Cow<'a, str>,
    /// The error's code, for programs.
    #[schema(value_type = FieldCodeSchema)]
    code: &'a str,
    /// What is wrong with the field.
    #[schema(max_length = 4000, example = "This is not an e-mail address.")]
    detail: String,
    /// The line of the body, from 1. Present if the body is YAML.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = usize, required = false, minimum = 1, example = 12)]
    line: Option<usize>,
    /// The column in that line, from 1. Present if the body is YAML.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = usize, required = false, minimum = 1, example = 5)]
    column: Option<usize>,
}

/// Where, and in which language, a problem is reported.
pub(in crate::problem) struct Occurrence<'a> {
    pub(in crate::problem) language: MessageLanguage,
    /// The API's public URL, without a slash at the end.
    pub(in crate::problem) base_url: &'a str,
    /// The path of the request.
    pub(in crate::problem) instance: &'a str,
    pub(in crate::problem) request_id: &'a str,
}

/// The problem document in the caller's language. `base_url` is the API's public URL, without a slash at the end.
pub(crate) fn document(error: &ApiError, base_url: &str, request: &HttpRequest, request_id: &str) -> String {
    let language = language::choose(request);
    render_text(error, &Occurrence { language, base_url, instance: request.path(), request_id })
}

/// The problem document as JSON.
pub(in crate::problem) fn render_text(error: &ApiError, occurrence: &Occurrence<'_>) -> String {
    let parts = &error.0;
    let code = parts.code;
    let words = texts::in_language(occurrence.language);
    let wording = words.wording(code);
    let body = ProblemBody {
        kind: format!("{}/problems/{}", occurrence.base_url, code.as_str()),
        title: wording.title,
        status: code.status().as_u16(),
        code: code.as_str(),
        detail: match &parts.detail {
            Some(detail) => words.detail(detail),
            None => texts::without_detail(occurrence.language, code).to_owned(),
        },
        instance: occurrence.instance,
        request_id: occurrence.request_id,
        retryable: error.is_retryable(),
        errors: parts
            .field_errors
            .iter()
            .enumerate()
            .map(|(index, error)| FieldErrorBody {
                pointer: truncate(&error.pointer),
                code: error.reason.code(),
                detail: words.invalid_value(&error.reason),
                line: parts.positions.get(index).map(|position| position.line),
                column: parts.positions.get(index).map(|position| position.column),
            })
            .collect(),
        errors_truncated: parts.truncated,
        facts: facts(error),
    };
    serde_json::to_string(&body).unwrap_or_default()
}

/// The error's facts, with those that its detail or status implies.
fn facts(error: &ApiError) -> Facts {
    let mut facts = error.0.facts.clone();
    match &error.0.detail {
        Some(Detail::Parameter { name, .. }) => facts.parameter = Some(name.clone()),
        Some(detail) => facts.reason = ConflictReason::of(detail),
        None => {}
    }
    if is_unavailable(error) {
        facts.retry_after = Some(UNAVAILABLE_RETRY_AFTER);
    }
    facts
}

/// The number of seconds after which a request can be sent again that got 503.
const UNAVAILABLE_RETRY_AFTER: u64 = 2;

fn is_unavailable(error: &ApiError) -> bool {
    error.code().status() == StatusCode::SERVICE_UNAVAILABLE
}

/// The most characters of a pointer in a document. The API's own names are short, but a caller's can be as long as the
/// body.
const MAX_POINTER_CHARS: usize = 500;

/// Truncates a pointer that is too long, and appends `…`.
fn truncate(pointer: &str) -> Cow<'_, str> {
    match pointer.char_indices().nth(MAX_POINTER_CHARS) {
        Some((end, _)) => format!("{}…", &pointer[..end]).into(),
        None => pointer.into(),
    }
}

/// The response with the problem document.
pub(crate) fn render(
    error: &ApiError,
    base_url: &str,
    request: &HttpRequest,
    request_id: &str,
) -> HttpResponse<BoxBody> {
    let (parts, code, language) = (&error.0, error.code(), language::choose(request));
    let mut response = HttpResponse::build(code.status());
    response.insert_header((header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json")));
    response.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
    response.insert_header((header::CONTENT_LANGUAGE, HeaderValue::from_static(language.as_str())));
    if code == Code::NotAcceptable {
        // Without it, caches take the answer for one to all requests with this path.
        response.insert_header((header::VARY, HeaderValue::from_static("Accept")));
    }
    if is_unavailable(error) {
        response.insert_header((header::RETRY_AFTER, HeaderValue::from(UNAVAILABLE_RETRY_AFTER)));
    }
    for (name, value) in &parts.headers {
        response.insert_header((name.clone(), value.clone()));
    }
    response.body(document(error, base_url, request, request_id))
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.code().status()
    }

    /// An empty response. The middleware, which has the request, replaces it by one with the document.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.status_code())
    }
}
