//! Routes that another crate serves beside the API: the pages for people.

use std::fmt;
use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Payload, ServiceConfig};
use actix_web::{Error, HttpRequest, HttpResponse};
use plenaria_domain::values::language::{Language, MessageLanguage};
use url::form_urlencoded;

use crate::request::language_preference::LanguagePreference;
use crate::request::{body, negotiation};

/// Makes the page of an error.
pub(crate) type ErrorPage = fn(StatusCode, MessageLanguage) -> HttpResponse;

/// The pages for people.
#[derive(Clone)]
pub struct Pages {
    /// The patterns of their paths, each with the methods that it allows, separated by commas.
    pub paths: &'static [(&'static str, &'static str)],
    /// Adds the routes to each worker's application. Their handlers call the API with [`crate::in_process::Api`].
    pub configure: Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>,
    /// Makes the page that a browser gets in place of a problem document.
    pub error: fn(StatusCode, MessageLanguage) -> HttpResponse,
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("paths", &self.paths).finish_non_exhaustive()
    }
}

/// Receives the body of a form (`application/x-www-form-urlencoded`).
///
/// # Errors
/// It has another type, is larger than a body of the API may be, or does not arrive in time.
pub async fn receive_form(request: &HttpRequest, payload: Payload) -> Result<Bytes, Error> {
    Ok(body::receive_form(request, payload).await?)
}

/// Whether a request with any method counts as reading. A page's form counts once, when the page hands it to the API.
pub(crate) fn reads(path: &str) -> bool {
    !is_of_api(path)
}

/// Whether the path is that of a file that pages load. A page has many of them, and has been charged itself.
pub(crate) fn is_file(path: &str) -> bool {
    path == "/embed.js" || ["/assets/", "/embed/"].iter().any(|prefix| path.starts_with(prefix))
}

/// The language in which an error of a page is shown to browsers, as an extension of its response. Without it, it is that
/// which the browser prefers.
#[derive(Clone, Copy, Debug)]
pub struct ErrorLanguage(pub MessageLanguage);

/// The language in which the error of a request is shown as a page; `None`: it is shown as a problem document.
pub(crate) fn language_of_error(response: &ServiceResponse<BoxBody>) -> Option<MessageLanguage> {
    let request = response.request();
    let path = request.path();
    if is_of_api(path) || is_for_programs(path) || !negotiation::prefers_html(request) {
        return None;
    }
    let chosen = response.response().extensions().get().map(|ErrorLanguage(language)| *language);
    Some(chosen.unwrap_or_else(|| preferred_language(request)))
}

/// The languages that a request's caller prefers, in their order: what responses depend on in `Accept-Language`.
#[must_use]
pub fn accepted_languages(request: &HttpRequest) -> Vec<Language> {
    LanguagePreference::from_header(request).languages().to_vec()
}

/// The language of `?lang=`, before those of `Accept-Language`; English if there are pages in none of them.
fn preferred_language(request: &HttpRequest) -> MessageLanguage {
    let mut parameters = form_urlencoded::parse(request.query_string().as_bytes());
    let tag = parameters.find_map(|(name, value)| (name == "lang").then_some(value));
    let requested = tag.and_then(|tag| Language::parse(&tag).ok());
    let preference = LanguagePreference::from_header(request);
    MessageLanguage::first_supported(requested.iter().chain(preference.languages())).unwrap_or(MessageLanguage::En)
}

/// Whether the path is below that of the API's resources.
fn is_of_api(path: &str) -> bool {
    ["/v1/", "/oauth/"].iter().any(|prefix| path.starts_with(prefix))
}

/// Whether the path is one that programs read outside of the API's resources. Their errors are problem documents for browsers too.
fn is_for_programs(path: &str) -> bool {
    let prefixes = ["/openapi.json", "/health/", "/.well-known/", "/problems/", "/schemas/"];
    prefixes.iter().any(|prefix| path.starts_with(prefix))
}
