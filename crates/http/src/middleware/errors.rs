//! Turns error responses of any source, the framework included, into problem documents (RFC 9457).

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;

use crate::problem::{self, ApiError, Code};
use crate::request::context::SkipProblemDocument;

/// Whether the response is an error that has to become a problem document.
pub(crate) fn needs_problem_document(response: &ServiceResponse<BoxBody>) -> bool {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    // OAuth defines a format of its own for errors.
    is_error && response.response().extensions().get::<SkipProblemDocument>().is_none()
}

/// Replaces an error response with a problem document, and keeps its `Allow` and `WWW-Authenticate` headers.
pub(crate) fn into_problem_document(
    response: ServiceResponse<BoxBody>,
    public_url: &str,
    request_id: &str,
    span: &tracing::Span,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let api_error = response.response().error().and_then(|error| error.as_error::<ApiError>());
    let framework_error = ApiError::new(Code::of_status(status));
    let error = api_error.unwrap_or(&framework_error);
    log_server_error(error, status, response.response().error(), span);
    let request = response.request().clone();
    let mut document = problem::render(error, public_url, &request, request_id);
    for (name, value) in response.headers() {
        if [header::ALLOW, header::WWW_AUTHENTICATE].contains(name) && !document.headers().contains_key(name) {
            document.headers_mut().insert(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, document)
}

/// Logs a server error once, with its cause. Errors of the caller are not logged here.
fn log_server_error(error: &ApiError, status: StatusCode, source: Option<&actix_web::Error>, span: &tracing::Span) {
    if status.is_server_error() {
        let cause = error.logged_cause().map(str::to_owned).or_else(|| source.map(ToString::to_string));
        tracing::error!(parent: span, code = error.code().as_str(), cause = cause.as_deref(), "a request failed");
    }
}
