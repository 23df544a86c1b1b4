//! From an error to the answer.

use std::borrow::Cow;

use actix_web::body::BoxBody;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{ApiError, language, texts};

/// A problem document (RFC 9457). Facts that a program needs (`opens_at`, `closed_at`, `seats_left`, `waitlist`, …)
/// stand beside these fields.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// The page that explains this kind of problem.
    #[serde(rename = "type")]
    #[schema(
        format = "uri",
        max_length = 2000,
        example = "https://api.plenaria.example.org/problems/validation-failed"
    )]
    kind: String,
    /// What kind of problem it is.
    #[schema(max_length = 200, example = "The request is not valid")]
    title: &'a str,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// The machine's name of the problem; it never changes.
    #[schema(max_length = 100, pattern = "^[a-z-]+$", example = "validation-failed")]
    code: &'a str,
    /// What is wrong in this case.
    #[schema(max_length = 2000, example = "1 field needs attention.")]
    detail: String,
    /// The path of the request.
    #[schema(max_length = 4000, example = "/v1/events/some-event/registrations")]
    instance: &'a str,
    /// The request's id, as in the header Request-Id and in our logs.
    #[schema(max_length = 128, pattern = "^[A-Za-z0-9._-]+$", example = "019a0000-0000-7000-8000-000000000000")]
    request_id: &'a str,
    /// Whether the same request may succeed later.
    #[schema(example = false)]
    retryable: bool,
    /// Every field that needs attention.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 50)]
    errors: Vec<FieldFault<'a>>,
    /// True: there are more faults than `errors` lists, which are 50 at most.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false, example = false)]
    errors_truncated: bool,
    #[serde(flatten)]
    #[schema(ignore)]
    facts: &'a Map<String, Value>,
}

/// A field that needs attention.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldFault)]
pub(crate) struct FieldFault<'a> {
    /// Where it stands in the body (JSON Pointer, RFC 6901), with the names that the body has.
    #[schema(max_length = 1000, format = "json-pointer", example = "/email")]
    pointer: Cow<'a, str>,
    /// The machine's name of what is wrong with it.
    #[schema(max_length = 100, pattern = "^[a-z-]+$", example = "email")]
    code: &'a str,
    /// What is wrong with it.
    #[schema(max_length = 4000, example = "This is not an e-mail address.")]
    detail: String,
}

/// The document of a problem, in the caller's language: `base` is where `/problems` is found.
pub(crate) fn document(error: &ApiError, base: &str, request: &HttpRequest, request_id: &str) -> String {
    let parts = &error.0;
    let code = parts.code;
    let language = language::choose(request);
    let words = texts::words(language);
    let wording = words.wording(code);
    let body = ProblemBody {
        kind: format!("{base}/problems/{}", code.as_str()),
        title: wording.title,
        status: code.status().as_u16(),
        code: code.as_str(),
        detail: parts.detail.as_ref().map_or_else(|| wording.meaning.to_owned(), |detail| words.detail(detail)),
        instance: request.path(),
        request_id,
        retryable: code.is_retryable(),
        errors: parts
            .errors
            .iter()
            .map(|fault| FieldFault {
                pointer: cut(&fault.pointer),
                code: fault.refusal.code(),
                detail: words.refusal(&fault.refusal),
            })
            .collect(),
        errors_truncated: parts.truncated,
        facts: &parts.facts,
    };
    serde_json::to_string(&body).unwrap_or_default()
}

/// The most characters of a pointer that are shown. Our own names are short; a caller's can be as long as the body.
const LONGEST_POINTER: usize = 500;

/// A pointer that is too long to be shown ends in `…`.
fn cut(pointer: &str) -> Cow<'_, str> {
    match pointer.char_indices().nth(LONGEST_POINTER) {
        Some((end, _)) => format!("{}…", &pointer[..end]).into(),
        None => pointer.into(),
    }
}

/// The answer to a request that failed.
pub(crate) fn render(error: &ApiError, base: &str, request: &HttpRequest, request_id: &str) -> HttpResponse<BoxBody> {
    let (parts, code, language) = (&error.0, error.code(), language::choose(request));
    let mut response = HttpResponse::build(code.status());
    response.insert_header((header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json")));
    response.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
    response.insert_header((header::CONTENT_LANGUAGE, HeaderValue::from_static(language.as_str())));
    if code.status().as_u16() == 503 {
        response.insert_header((header::RETRY_AFTER, HeaderValue::from_static("2")));
    }
    for (name, value) in &parts.headers {
        response.insert_header((name.clone(), value.clone()));
    }
    response.body(document(error, base, request, request_id))
}

impl ResponseError for ApiError {
    fn status_code(&self) -> actix_web::http::StatusCode {
        self.code().status()
    }

    /// An empty answer: the envelope, which knows the request, puts the document in.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.status_code())
    }
}
