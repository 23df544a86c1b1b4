//! The language of a problem: `?lang=` takes precedence over `Accept-Language`; English is the default.

use actix_web::HttpRequest;
use plenaria_domain::values::language::MessageLanguage;

use crate::request::negotiation::LanguagePreference;
use crate::request::requested_language;

/// The language of a request's problems and of the pages that explain them.
pub(crate) fn choose(request: &HttpRequest) -> MessageLanguage {
    let preference = LanguagePreference::from_header(request);
    let requested = requested_language::of(request);
    MessageLanguage::first_supported(requested.iter().chain(preference.languages())).unwrap_or(MessageLanguage::En)
}
