//! Which form and which language a caller gets.
//!
//! Languages: `?lang=` beats `Accept-Language`; then the event's own language.

use actix_web::HttpRequest;
use actix_web::http::header::{self, Accept, AcceptLanguage, Header as _, Preference, Quality};
use plenaria_domain::language::Language;

use crate::problem::{ApiError, Code};
use crate::query::LanguageQuery;

/// Whether the caller takes answers of this type. A header that cannot be read takes anything.
pub(crate) fn accepts(request: &HttpRequest, essence: &str) -> bool {
    let mut lines = request.headers().get_all(header::ACCEPT);
    let Some(first) = lines.next() else { return true };
    if lines.next().is_none() && (first == "*/*" || first == essence) {
        return true;
    }
    let Ok(accept) = Accept::parse(request) else { return true };
    accept.0.is_empty() || liking(&accept, essence).is_some_and(|(_, quality)| quality > Quality::ZERO)
}

/// Whether the caller asks for a page by name, and likes it no less than JSON: a browser does, and curl does not.
pub(crate) fn prefers_html(request: &HttpRequest) -> bool {
    let Ok(accept) = Accept::parse(request) else { return false };
    let Some((rank, html)) = liking(&accept, "text/html") else { return false };
    let json = liking(&accept, "application/json").map_or(Quality::ZERO, |(_, quality)| quality);
    rank > 0 && html > Quality::ZERO && html >= json
}

/// Whether the caller likes the first type better than the second.
pub(crate) fn prefers(request: &HttpRequest, first: &str, second: &str) -> bool {
    let Ok(accept) = Accept::parse(request) else { return false };
    let quality = |essence| liking(&accept, essence).map_or(Quality::ZERO, |(_, quality)| quality);
    quality(first) > quality(second)
}

/// How specific the range is that decides for this type, and how much it is liked: the most specific one that fits (RFC
/// 9110, section 12.5.1).
fn liking(accept: &Accept, essence: &str) -> Option<(u8, Quality)> {
    let (kind, subtype) = essence.split_once('/')?;
    let rank = |range: &mime::Mime| match (range.type_().as_str(), range.subtype().as_str()) {
        (k, s) if k == kind && s == subtype => Some(2),
        (k, "*") if k == kind => Some(1),
        ("*", "*") => Some(0),
        _ => None,
    };
    let fitting = accept.0.iter().filter_map(|item| Some((rank(&item.item)?, item.quality)));
    fitting.max_by_key(|(rank, _)| *rank)
}

/// Refuses a caller who would not take the answer, before anything is done.
pub(crate) fn check_accept(request: &HttpRequest, essence: &str) -> Result<(), ApiError> {
    if accepts(request, essence) { Ok(()) } else { Err(ApiError::new(Code::NotAcceptable)) }
}

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
        let mut ranked: Vec<_> = accept.0.into_iter().filter(|item| item.quality > Quality::ZERO).collect();
        ranked.sort_by_key(|item| std::cmp::Reverse(item.quality));
        let tags = ranked.into_iter().filter_map(|item| match item.item {
            Preference::Specific(tag) => Language::parse(tag.as_str()).ok(),
            Preference::Any => None,
        });
        Self(tags.collect())
    }

    /// The same, and at last this one.
    pub(crate) fn or_else(mut self, last: impl IntoIterator<Item = Language>) -> Self {
        self.0.extend(last);
        self
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
    fn the_most_specific_range_decides() {
        let takes = |value: &str| {
            accepts(&TestRequest::get().insert_header((header::ACCEPT, value)).to_http_request(), "application/json")
        };
        for good in
            ["*/*", "application/json", "application/*", "text/html, */*;q=0.1", "application/json; q=0.5", ";;"]
        {
            assert!(takes(good), "{good}");
        }
        for bad in ["text/html", "application/json;q=0, */*", "application/xml, text/*"] {
            assert!(!takes(bad), "{bad}");
        }
    }

    #[test]
    fn a_page_is_for_those_who_ask_for_it() {
        let asks =
            |value: &str| prefers_html(&TestRequest::get().insert_header((header::ACCEPT, value)).to_http_request());
        for page in ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json, text/html", "text/*"]
        {
            assert!(asks(page), "{page}");
        }
        for json in ["*/*", "application/json", "application/json, text/html;q=0.1", "text/html;q=0, */*", ""] {
            assert!(!asks(json), "{json}");
        }
        assert!(!prefers_html(&TestRequest::get().to_http_request()));
    }

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
