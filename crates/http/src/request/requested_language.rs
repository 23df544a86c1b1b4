//! Remembers the value of `?lang=` with its request, for the problem that the request may end in.

use actix_web::{HttpMessage as _, HttpRequest};
use plenaria_domain::values::language::Language;

struct RequestedLanguage(Language);

/// Remembers a language tag; an invalid one is ignored.
pub(crate) fn remember(request: &HttpRequest, tag: &str) {
    if let Ok(language) = Language::parse(tag) {
        request.extensions_mut().insert(RequestedLanguage(language));
    }
}

/// The remembered language, if there is one.
pub(crate) fn of(request: &HttpRequest) -> Option<Language> {
    request.extensions().get::<RequestedLanguage>().map(|RequestedLanguage(language)| language.clone())
}
