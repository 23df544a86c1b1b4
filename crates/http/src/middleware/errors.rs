//! Turns error responses of any source, the framework included, into problem documents (RFC 9457), and requests with
//! an event's former slug into redirects.

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::http::uri::PathAndQuery;
use actix_web::{HttpRequest, HttpResponse};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_domain::values::slug::Slug;

use crate::middleware::cors;
use crate::pages::ErrorPage;
use crate::problem::{self, ApiError, Code};
use crate::request::context::SkipProblemDocument;
use crate::response::media_type::media_type;
use crate::response::representation::Caching;

/// The path before an event's slug.
const EVENTS: &str = "/v1/events/";

/// Whether the response is an error that has to become a problem document.
pub(crate) fn needs_problem_document(response: &ServiceResponse<BoxBody>) -> bool {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    // OAuth defines a format of its own for errors, and pages are for people.
    let skips = || response.response().extensions().get::<SkipProblemDocument>().is_some();
    let is_page = || media_type(response.headers().get(header::CONTENT_TYPE)) == Some("text/html");
    is_error && !skips() && !is_page()
}

/// Replaces an error response with a redirect or a problem document. The latter keeps the `Allow` and `WWW-Authenticate` headers.
pub(crate) fn into_problem_document(
    response: ServiceResponse<BoxBody>,
    public_url: &str,
    request_id: &str,
    span: &tracing::Span,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let api_error = response.response().error().and_then(|error| error.as_error::<ApiError>());
    if let Some(slug) = api_error.and_then(ApiError::moved_to) {
        return redirect(response.request().clone(), slug);
    }
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

/// Replaces a problem document by the page of the error in this language, with the same headers.
pub(crate) fn into_page(
    response: ServiceResponse<BoxBody>,
    page: ErrorPage,
    language: MessageLanguage,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if status.is_redirection() {
        return response;
    }
    let (request, problem) = response.into_parts();
    let mut shown = page(status, language);
    for (name, value) in problem.headers() {
        if !shown.headers().contains_key(name) {
            shown.headers_mut().insert(name.clone(), value.clone());
        }
    }
    cors::add_vary(shown.headers_mut(), "Accept");
    ServiceResponse::new(request, shown)
}

/// 308 to the same path with the event's slug. It is a permanent redirect, but caches store it only briefly, because an
/// event can be renamed again.
fn redirect(request: HttpRequest, slug: &Slug) -> ServiceResponse<BoxBody> {
    let mut response = HttpResponse::PermanentRedirect();
    let target = request.uri().path_and_query().map_or_else(|| request.path(), PathAndQuery::as_str);
    let rest = target.strip_prefix(EVENTS).unwrap_or_default();
    let rest = rest.find(['/', '?']).map_or("", |end| &rest[end..]);
    response.insert_header((header::LOCATION, format!("{EVENTS}{slug}{rest}")));
    response.insert_header((header::CACHE_CONTROL, Caching::Programme.header()));
    ServiceResponse::new(request, response.finish())
}

/// Logs a server error once, with its cause. Errors of the caller are not logged here.
fn log_server_error(error: &ApiError, status: StatusCode, source: Option<&actix_web::Error>, span: &tracing::Span) {
    if status.is_server_error() {
        let cause = error.logged_cause().map(str::to_owned).or_else(|| source.map(ToString::to_string));
        tracing::error!(parent: span, code = error.code().as_str(), cause = cause.as_deref(), "a request failed");
    }
}
