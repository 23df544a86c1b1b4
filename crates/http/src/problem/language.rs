//! The language of a problem: `?lang=` takes precedence over `Accept-Language`; English is the default.

use actix_web::HttpRequest;
use plenaria_domain::values::language::MessageLanguage;

use crate::request::language_preference;
use crate::request::language_preference::LanguagePreference;

/// The language of a request's problems and of the pages that explain them.
pub(crate) fn choose(request: &HttpRequest) -> MessageLanguage {
    let preference = LanguagePreference::from_header(request);
    let requested = language_preference::remembered_parameter(request);
    MessageLanguage::first_supported(requested.iter().chain(preference.languages())).unwrap_or(MessageLanguage::En)
}
