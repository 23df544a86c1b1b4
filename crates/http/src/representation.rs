//! Representations: bytes with their tag, rendered once and served many times.

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::conditional;
use crate::problem::{ApiError, Code};

/// How long caches may keep an answer, and for whom.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Caching {
    /// Public programme data.
    Programme,
    /// Live seats.
    Availability,
    /// Anything behind a token.
    Private,
    /// An answer that carries a secret.
    NoStore,
}

impl Caching {
    pub(crate) const fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Programme => "public, max-age=30, stale-while-revalidate=60, stale-if-error=600",
            Self::Availability => "public, max-age=1",
            Self::Private => "private, no-cache",
            Self::NoStore => "no-store",
        })
    }
}

/// A rendered answer.
#[derive(Clone, Debug)]
pub(crate) struct Representation {
    body: Bytes,
    etag: HeaderValue,
    content_language: Option<HeaderValue>,
    caching: Caching,
}

impl Representation {
    /// Renders a value as JSON. `languages` are those of its texts; an answer without texts has none.
    pub(crate) fn json(value: &impl Serialize, languages: &[&str], caching: Caching) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(value).map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
        let languages = (!languages.is_empty()).then(|| languages.join(", "));
        Ok(Self {
            etag: conditional::etag_of(&body),
            body: body.into(),
            content_language: languages.and_then(|l| HeaderValue::from_str(&l).ok()),
            caching,
        })
    }

    /// The answer to a request: 304 if the caller has it already.
    pub(crate) fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let not_modified = conditional::not_modified(request, &self.etag);
        let mut response = if not_modified { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response.insert_header((header::ETAG, self.etag.clone()));
        response.insert_header((header::CACHE_CONTROL, self.caching.header()));
        if let Some(language) = &self.content_language {
            response.insert_header((header::CONTENT_LANGUAGE, language.clone()));
            response.insert_header((header::VARY, HeaderValue::from_static("Accept-Language")));
        }
        if not_modified {
            return response.finish();
        }
        response.insert_header((header::CONTENT_TYPE, HeaderValue::from_static("application/json")));
        response.body(self.body.clone())
    }

    /// The answer with a `Link` to the next page.
    pub(crate) fn respond_page(&self, request: &HttpRequest, base: &str, next_cursor: Option<&str>) -> HttpResponse {
        let mut response = self.respond(request);
        if let Some(cursor) = next_cursor {
            let others = request.query_string().split('&').filter(|p| !p.is_empty() && !p.starts_with("cursor="));
            let query: Vec<&str> = others.collect();
            let separator = if query.is_empty() { "" } else { "&" };
            let path = request.path();
            let link = format!("<{base}{path}?{}{separator}cursor={cursor}>; rel=\"next\"", query.join("&"));
            if let Ok(link) = HeaderValue::from_str(&link) {
                response.headers_mut().insert(header::LINK, link);
            }
        }
        response
    }
}
