//! Which language a problem is in: `?lang=` beats `Accept-Language`; then English.

use actix_web::{HttpMessage as _, HttpRequest};
use plenaria_domain::language::{Language, MessageLanguage};

use crate::negotiation::Wanted;

/// The value of `?lang=` of an operation that takes it, kept with the request.
struct Asked(Language);

/// Keeps the value of `?lang=`, if it is a language, for the problem that the request may end in.
pub(crate) fn keep(request: &HttpRequest, tag: &str) {
    if let Ok(language) = Language::parse(tag) {
        request.extensions_mut().insert(Asked(language));
    }
}

/// The language for problems and their pages: the one asked for, else the best for the header, else English.
pub(super) fn choose(request: &HttpRequest) -> MessageLanguage {
    let wanted = Wanted::of_header(request);
    let extensions = request.extensions();
    let asked = extensions.get::<Asked>().map(|Asked(language)| language);
    MessageLanguage::first_of(asked.into_iter().chain(wanted.languages())).unwrap_or(MessageLanguage::En)
}
