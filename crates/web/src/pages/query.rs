//! The query of a page.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use plenaria_domain::values::language::Language;

/// The query of a page: an argument of handlers. Other parameters, which people get appended to links by other sites, are
/// ignored, and so is everything but the first value of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct PageQuery {
    /// The language (BCP 47), before that of `Accept-Language`. A value that is no language is ignored.
    pub(crate) lang: Option<String>,
    /// Where a list continues.
    pub(crate) cursor: Option<String>,
    /// The slug of the event that a page is about.
    pub(crate) event: Option<String>,
}

impl PageQuery {
    pub(crate) fn parse(query: &str) -> Self {
        let value = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.into_owned())
        };
        // The API's cursors have no other characters.
        let is_cursor =
            |text: &String| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte));
        let lang = value("lang").and_then(|tag| Language::parse(&tag).ok()).map(String::from);
        Self { lang, cursor: value("cursor").filter(is_cursor), event: value("event") }
    }
}

impl FromRequest for PageQuery {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::parse(request.query_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_can_be_read() {
        for (query, lang, cursor) in [
            ("", None, None),
            ("lang=es", Some("es"), None),
            ("utm_source=x&lang=es&lang=fr&fbclid", Some("es"), None),
            ("lang=&lang=%FF%zz&cursor=aB-_9", None, Some("aB-_9")),
            ("lang=ES-mx&lang=fr", Some("es-MX"), None),
            ("cursor=a%26order%3Dx", None, None),
        ] {
            let parsed = PageQuery::parse(query);
            assert_eq!((parsed.lang.as_deref(), parsed.cursor.as_deref()), (lang, cursor), "{query}");
        }
    }
}
