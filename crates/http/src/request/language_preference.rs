//! The languages that a caller prefers, as `Accept-Language` ranks them (RFC 9110, section 12.5.4).

use actix_web::http::header::{self, AcceptLanguage, Header as _, Preference, Quality};
use actix_web::{HttpMessage as _, HttpRequest};
use plenaria_domain::values::language::Language;

/// The languages that a request asks for, in the order of preference.
#[derive(Clone, Debug, Default)]
pub(crate) struct LanguagePreference(Vec<Language>);

impl LanguagePreference {
    /// Prefers this language alone.
    pub(crate) fn of(language: Language) -> Self {
        Self(vec![language])
    }

    /// Reads `Accept-Language` alone.
    pub(crate) fn from_header(request: &HttpRequest) -> Self {
        if !request.headers().contains_key(header::ACCEPT_LANGUAGE) {
            return Self::default();
        }
        let Ok(accept) = AcceptLanguage::parse(request) else { return Self::default() };
        let mut ranked: Vec<_> = accept.0.into_iter().filter(|item| item.quality > Quality::ZERO).collect();
        ranked.sort_by_key(|item| std::cmp::Reverse(item.quality));
        let tags = ranked.into_iter().filter_map(|item| match item.item {
            Preference::Specific(tag) => Language::parse(tag.as_str()).ok(),
            Preference::Any => None,
        });
        Self(tags.collect())
    }

    /// Appends languages with the lowest preference.
    pub(crate) fn or_else(mut self, last: impl IntoIterator<Item = Language>) -> Self {
        self.0.extend(last);
        self
    }

    /// The languages, in the order of preference.
    pub(crate) fn languages(&self) -> &[Language] {
        &self.0
    }

    /// The best match among `available` (RFC 4647, section 3.4, lookup); its first language if nothing matches.
    pub(crate) fn choose<'a>(&self, available: &'a [Language]) -> Option<&'a Language> {
        self.0.iter().find_map(|range| range.lookup(available)).or_else(|| available.first())
    }
}

/// The value of `?lang=`, as an extension of the request.
struct RequestedLanguage(Language);

/// Remembers the value of `?lang=` with its request, for the problem that the request may end in. An invalid tag is
/// ignored.
pub(crate) fn remember_parameter(request: &HttpRequest, tag: &str) {
    if let Ok(language) = Language::parse(tag) {
        request.extensions_mut().insert(RequestedLanguage(language));
    }
}

/// The remembered value of `?lang=`, if there is one.
pub(crate) fn remembered_parameter(request: &HttpRequest) -> Option<Language> {
    request.extensions().get::<RequestedLanguage>().map(|RequestedLanguage(language)| language.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn the_best_available_language_is_chosen() {
        let available = ["en", "es", "fr"].map(|t| Language::parse(t).unwrap());
        let choose = |header: &str| {
            let request = TestRequest::get().insert_header((header::ACCEPT_LANGUAGE, header)).to_http_request();
            LanguagePreference::from_header(&request).choose(&available).unwrap().to_string()
        };
        assert_eq!(choose("fr-CA, es;q=0.8"), "fr");
        assert_eq!(choose("de, es-MX;q=0.5, fr;q=0.4"), "es");
        assert_eq!(choose("de"), "en");
        assert_eq!(choose("*"), "en");
        assert_eq!(choose("fr;q=0, es;q=0.1"), "es");
        assert_eq!(choose(";;;"), "en");
    }
}
