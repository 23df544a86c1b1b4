//! Content negotiation (RFC 9110, section 12): the media type and the language of a response.
//!
//! For languages `?lang=` takes precedence over `Accept-Language`; the event's own language is the default.

use actix_web::HttpRequest;
use actix_web::guard::GuardContext;
use actix_web::http::header::{self, Accept, Header as _, Quality};
use plenaria_domain::values::language::Language;

use crate::problem::{ApiError, Code};
use crate::request::language_preference::LanguagePreference;
use crate::request::query::LanguageQuery;

/// Whether `Accept` allows this media type. A missing or invalid header allows any.
pub(crate) fn accepts(request: &HttpRequest, media_type: &str) -> bool {
    let mut lines = request.headers().get_all(header::ACCEPT);
    let Some(first) = lines.next() else { return true };
    if lines.next().is_none() && (first == "*/*" || first == media_type) {
        return true;
    }
    let Ok(accept) = Accept::parse(request) else { return true };
    accept.0.is_empty() || preference(&accept, media_type).is_some_and(|(_, quality)| quality > Quality::ZERO)
}

/// Whether `Accept` names HTML (not only `*/*`) and prefers JSON no more than that: true for browsers, false for curl.
#[must_use]
pub fn prefers_html(request: &HttpRequest) -> bool {
    Accept::parse(request).is_ok_and(|accept| names_html(&accept))
}

/// The same as a guard of a route.
#[must_use]
pub fn html_guard(context: &GuardContext<'_>) -> bool {
    context.header::<Accept>().is_some_and(|accept| names_html(&accept))
}

fn names_html(accept: &Accept) -> bool {
    let Some((rank, html)) = preference(accept, "text/html") else { return false };
    let json = preference(accept, "application/json").map_or(Quality::ZERO, |(_, quality)| quality);
    rank > 0 && html > Quality::ZERO && html >= json
}

/// Whether `Accept` prefers the first media type to the second.
pub(crate) fn prefers(request: &HttpRequest, first: &str, second: &str) -> bool {
    let Ok(accept) = Accept::parse(request) else { return false };
    let quality = |media_type| preference(&accept, media_type).map_or(Quality::ZERO, |(_, quality)| quality);
    quality(first) > quality(second)
}

/// The rank and the quality of the most specific range that matches a media type (RFC 9110, section 12.5.1): rank 2 is
/// the type itself, 1 a range of subtypes, 0 `*/*`.
fn preference(accept: &Accept, media_type: &str) -> Option<(u8, Quality)> {
    let (kind, _) = media_type.split_once('/')?;
    let rank = |range: &mime::Mime| match (range.type_().as_str(), range.subtype().as_str()) {
        // The subtype of `application/ld+json` is `ld`, without its suffix.
        _ if range.essence_str() == media_type => Some(2),
        (k, "*") if k == kind => Some(1),
        ("*", "*") => Some(0),
        _ => None,
    };
    let matching = accept.0.iter().filter_map(|item| Some((rank(&item.item)?, item.quality)));
    matching.max_by_key(|(rank, _)| *rank)
}

/// 406 if `Accept` does not allow this media type. Handlers call this before they change anything.
pub(crate) fn check_accept(request: &HttpRequest, media_type: &str) -> Result<(), ApiError> {
    if accepts(request, media_type) { Ok(()) } else { Err(ApiError::new(Code::NotAcceptable)) }
}

impl LanguagePreference {
    /// Reads `?lang=`, else `Accept-Language`. An invalid header states no preference; an invalid parameter is an
    /// error.
    pub(crate) fn read(request: &HttpRequest, query: &LanguageQuery) -> Result<Self, ApiError> {
        match &query.lang {
            Some(tag) => {
                let language = Language::parse(tag);
                language.map(Self::of).map_err(|error| ApiError::invalid_parameter("lang", error))
            }
            None => Ok(Self::from_header(request)),
        }
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
    fn a_media_type_with_a_suffix_can_be_preferred() {
        let asks = |value: &str| {
            let request = TestRequest::get().insert_header((header::ACCEPT, value)).to_http_request();
            prefers(&request, "application/ld+json", "application/json")
        };
        for preferred in ["application/ld+json", "application/ld+json, */*;q=0.5", "application/json;q=0.1, */*"] {
            assert!(asks(preferred), "{preferred}");
        }
        for other in ["application/ld", "*/*", "application/ld+json, application/json", "application/ld+xml"] {
            assert!(!asks(other), "{other}");
        }
    }

    #[test]
    fn html_must_be_named_and_preferred() {
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
}
