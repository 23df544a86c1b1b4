//! What surrounds every request: its id, its log line, HEAD, security headers, and problems for all errors.

use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, web};
use plenaria_domain::ids::ChangeId;
use tracing::Instrument as _;

use crate::docs;
use crate::problem::{self, ApiError, Code};
use crate::state::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// The middleware. Own code instead of `tracing-actix-web`, which makes its own request ids only; see
/// `docs/decisions/0003-own-request-envelope.md`.
pub(crate) async fn wrap(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(state) = request.app_data::<web::Data<AppState>>().cloned() else {
        return next.call(request).await;
    };
    let id = request_id(request.request(), &state);
    let method = request.method().clone();
    // HEAD is GET without the body; the connection leaves the body out by itself.
    if method == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let is_docs = request.path().starts_with("/docs/");
    let span = tracing::info_span!("request", request_id = %id);
    let started = tokio::time::Instant::now();
    let response =
        if span.is_disabled() { next.call(request).await } else { next.call(request).instrument(span.clone()).await };
    let mut response = match response {
        Ok(response) => response,
        // A service that fails outright: the server would answer without us.
        Err(error) => return Err(error),
    };
    let id = Rc::<str>::from(id);
    if response.status().is_client_error() || response.status().is_server_error() {
        response = with_problem(response, &state, &id, &span);
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_docs {
        headers.insert(header::CONTENT_SECURITY_POLICY, docs::POLICY);
    }
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // The path is logged, never the query: a filter may hold an address.
    tracing::info!(
        parent: &span,
        method = %method,
        path = response.request().path(),
        status = response.status().as_u16(),
        micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
    Ok(response)
}

/// The caller's id if it is a valid one, else a new one.
fn request_id(request: &HttpRequest, state: &AppState) -> String {
    let given = request.headers().get(&REQUEST_ID).and_then(|v| v.to_str().ok());
    let valid = |id: &&str| {
        (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    given.filter(valid).map_or_else(|| ChangeId::new(state.clock.now()).to_string(), str::to_owned)
}

/// The same answer as a problem document, unless it is one.
fn with_problem(
    response: ServiceResponse<BoxBody>,
    state: &AppState,
    id: &str,
    span: &tracing::Span,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let ours = response.response().error().and_then(|e| e.as_error::<ApiError>());
    let other = ApiError::new(Code::of_status(status));
    let error = ours.unwrap_or(&other);
    log_failure(error, status, response.response().error(), span);
    let request = response.request().clone();
    let mut answer = problem::render(error, &state.public_url, &request, id);
    for name in [header::ALLOW, header::WWW_AUTHENTICATE] {
        if let Some(value) = response.headers().get(&name)
            && !answer.headers().contains_key(&name)
        {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    ServiceResponse::new(request, answer)
}

/// A failure of ours is logged once, with its cause; a caller's mistake is not a failure.
fn log_failure(error: &ApiError, status: StatusCode, source: Option<&actix_web::Error>, span: &tracing::Span) {
    if status.is_server_error() {
        let cause = error.logged_cause().map(str::to_owned).or_else(|| source.map(ToString::to_string));
        tracing::error!(parent: span, code = error.code().as_str(), cause = cause.as_deref(), "a request failed");
    }
}

/// An empty answer to OPTIONS, and 405, carry the methods that an address takes.
pub(crate) fn allow(response: &mut HttpResponse<BoxBody>, methods: &str) {
    if let Ok(value) = HeaderValue::from_str(methods) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    debug_assert!(response.body().size().is_eof() || response.status() != StatusCode::NO_CONTENT);
}
