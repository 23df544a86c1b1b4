//! Which language a caller gets: `?lang=` beats `Accept-Language`; then the event's own language.

use actix_web::HttpRequest;
use actix_web::http::header::{self, AcceptLanguage, Header as _, Preference};
use plenaria_domain::language::Language;

use crate::problem::ApiError;
use crate::query::LanguageQuery;

/// The languages that a caller wants, the dearest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted(Vec<Language>);

impl Wanted {
    /// Reads the parameter, else the header. A header that cannot be read wants nothing in particular.
    pub(crate) fn read(request: &HttpRequest, query: &LanguageQuery) -> Result<Self, ApiError> {
        match &query.lang {
            Some(tag) => {
                Language::parse(tag).map(|l| Self(vec![l])).map_err(|r| ApiError::refused_parameter("lang", r))
            }
            None => Ok(Self::of_header(request)),
        }
    }

    /// What the header alone wants.
    pub(crate) fn of_header(request: &HttpRequest) -> Self {
        if !request.headers().contains_key(header::ACCEPT_LANGUAGE) {
            return Self::default();
        }
        let Ok(accept) = AcceptLanguage::parse(request) else { return Self::default() };
        let mut ranked: Vec<_> = accept.0.into_iter().filter(|item| item.quality > header::Quality::ZERO).collect();
        ranked.sort_by_key(|item| std::cmp::Reverse(item.quality));
        let tags = ranked.into_iter().filter_map(|item| match item.item {
            Preference::Specific(tag) => Language::parse(tag.as_str()).ok(),
            Preference::Any => None,
        });
        Self(tags.collect())
    }

    /// The languages, the dearest first.
    pub(crate) fn languages(&self) -> &[Language] {
        &self.0
    }

    /// The best of `available`, whose first is what one gets when nothing fits (RFC 4647 lookup).
    pub(crate) fn choose<'a>(&self, available: &'a [Language]) -> Option<&'a Language> {
        self.0.iter().find_map(|range| range.lookup(available)).or_else(|| available.first())
    }
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
            Wanted::of_header(&request).choose(&available).unwrap().to_string()
        };
        assert_eq!(choose("fr-CA, es;q=0.8"), "fr");
        assert_eq!(choose("de, es-MX;q=0.5, fr;q=0.4"), "es");
        assert_eq!(choose("de"), "en");
        assert_eq!(choose("*"), "en");
        assert_eq!(choose("fr;q=0, es;q=0.1"), "es");
        assert_eq!(choose(";;;"), "en");
    }
}
