//! Representations: rendered bodies with their entity tag, rendered once and sent many times, in the coding that each caller
//! prefers.

use std::sync::OnceLock;
use std::time::SystemTime;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, Header as _, HeaderValue, HttpDate, IfModifiedSince};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use plenaria_domain::values::time::Instant;
use serde::Serialize;

use crate::problem::{ApiError, Code};
use crate::response::compression::{CompressionLevel, ContentCoding};
use crate::response::conditional;

/// How long caches may store a response, and for whom.
#[derive(Clone, Copy, Debug)]
pub enum Caching {
    /// Public programme data.
    Programme,
    /// Live seats.
    Availability,
    /// A page with live seats.
    Page,
    /// A file whose path changes with its content.
    Immutable,
    /// The specification and explanations, which change only with a release of the program.
    Release,
    /// Data that need a token.
    Private,
    /// A response with a secret.
    NoStore,
}

impl Caching {
    /// The value of `Cache-Control`.
    #[must_use]
    pub const fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Programme => "public, max-age=30, stale-while-revalidate=60, stale-if-error=600",
            Self::Availability | Self::Page => "public, max-age=1",
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Release => "public, max-age=300",
            Self::Private => "private, no-cache",
            Self::NoStore => "no-store",
        })
    }
}

/// A rendered body with its headers.
#[derive(Debug)]
pub struct Representation {
    body: Bytes,
    etag: HeaderValue,
    content_type: HeaderValue,
    content_language: Option<HeaderValue>,
    /// Whether `Accept` decides between this representation and another.
    varies_by_accept: bool,
    caching: Caching,
    last_modified: Option<(SystemTime, HeaderValue)>,
    compression_level: CompressionLevel,
    /// The body in other codings, encoded on the first request for it; `None` if the coding does not make it shorter.
    brotli: OnceLock<Option<EncodedBody>>,
    zstd: OnceLock<Option<EncodedBody>>,
    gzip: OnceLock<Option<EncodedBody>>,
}

/// An encoded body and its tag.
#[derive(Clone, Debug)]
struct EncodedBody {
    body: Bytes,
    etag: HeaderValue,
}

impl Representation {
    /// Renders a value as JSON. `languages` are those of its texts; without texts the list is empty.
    pub(crate) fn json(value: &impl Serialize, languages: &[&str], caching: Caching) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(value).map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
        let languages = (!languages.is_empty()).then(|| languages.join(", "));
        Ok(Self {
            content_language: languages.and_then(|l| HeaderValue::from_str(&l).ok()),
            ..Self::from_json_text(body.into(), caching)
        })
    }

    /// A representation of JSON text.
    pub(crate) fn from_json_text(body: Bytes, caching: Caching) -> Self {
        Self {
            etag: conditional::etag_of(&body),
            body,
            content_type: HeaderValue::from_static("application/json"),
            content_language: None,
            varies_by_accept: false,
            caching,
            last_modified: None,
            compression_level: CompressionLevel::Fast,
            brotli: OnceLock::new(),
            zstd: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }

    /// A body of a media type.
    #[must_use]
    pub fn of_type(content_type: &'static str, body: Bytes, caching: Caching) -> Self {
        Self { content_type: HeaderValue::from_static(content_type), ..Self::from_json_text(body, caching) }
    }

    /// An iCalendar document with texts in this language.
    pub(crate) fn calendar(text: String, language: &str, caching: Caching) -> Self {
        Self::text(text, "text/calendar; charset=utf-8", language, caching)
    }

    /// A document of this media type with texts in this language.
    #[must_use]
    pub fn text(text: String, content_type: &'static str, language: &str, caching: Caching) -> Self {
        let content_language = HeaderValue::from_str(language).ok();
        Self { content_language, ..Self::from_json_text(text.into(), caching).with_content_type(content_type) }
    }

    /// A YAML document (RFC 9512).
    pub(crate) fn yaml(text: Bytes, caching: Caching) -> Self {
        Self::from_json_text(text, caching).with_content_type("application/yaml")
    }

    /// A picture in SVG with texts in this language.
    pub(crate) fn svg(text: String, language: &str, caching: Caching) -> Self {
        Self::text(text, "image/svg+xml", language, caching)
    }

    /// An upper estimate of its memory in bytes: the three other codings of a text are together no longer than the text.
    #[must_use]
    pub fn weight(&self) -> u32 {
        u32::try_from(self.body.len().saturating_mul(2) + 1_024).unwrap_or(u32::MAX)
    }

    /// Encodes with the best compression, for a representation that is sent many times.
    #[must_use]
    pub fn with_best_compression(self) -> Self {
        Self { compression_level: CompressionLevel::Best, ..self }
    }

    /// Replaces the tag, which is otherwise derived from the bytes: for bodies that differ each time with the same meaning.
    pub(crate) fn with_etag(self, etag: HeaderValue) -> Self {
        Self { etag, ..self }
    }

    /// Replaces the media type.
    pub(crate) fn with_content_type(self, content_type: &'static str) -> Self {
        Self { content_type: HeaderValue::from_static(content_type), ..self }
    }

    /// Adds `Accept` to `Vary`.
    #[must_use]
    pub fn varying_by_accept(self) -> Self {
        Self { varies_by_accept: true, ..self }
    }

    /// Adds `Last-Modified`.
    pub(crate) fn with_last_modified(self, at: Instant) -> Self {
        let at = SystemTime::from(at);
        let header = HeaderValue::from_str(&HttpDate::from(at).to_string()).ok();
        Self { last_modified: header.map(|header| (at, header)), ..self }
    }

    /// The body in a coding; `None` if it is sent without coding.
    fn encoded(&self, coding: ContentCoding) -> Option<&EncodedBody> {
        let encode = || {
            let body = coding.encode(&self.body, self.compression_level)?;
            Some(EncodedBody { body, etag: conditional::etag_with_coding(&self.etag, coding) })
        };
        self.encoded_slot(coding)?.get_or_init(encode).as_ref()
    }

    /// Where the body in a coding is stored; `None` for the identity coding.
    const fn encoded_slot(&self, coding: ContentCoding) -> Option<&OnceLock<Option<EncodedBody>>> {
        match coding {
            ContentCoding::Identity => None,
            ContentCoding::Brotli => Some(&self.brotli),
            ContentCoding::Zstd => Some(&self.zstd),
            ContentCoding::Gzip => Some(&self.gzip),
        }
    }

    /// The response to a request: 304 if the caller has the current content.
    #[must_use]
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let coding = ContentCoding::negotiated(request);
        let not_modified = self.not_modified(request);
        let mut response =
            HttpResponse::new(if not_modified.is_some() { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, self.caching.header());
        if let Some(language) = &self.content_language {
            headers.insert(header::CONTENT_LANGUAGE, language.clone());
        }
        let vary = match (self.varies_by_accept, self.content_language.is_some()) {
            (true, true) => "Accept, Accept-Language, Accept-Encoding",
            (true, false) => "Accept, Accept-Encoding",
            (false, true) => "Accept-Language, Accept-Encoding",
            (false, false) => "Accept-Encoding",
        };
        headers.insert(header::VARY, HeaderValue::from_static(vary));
        if let Some((_, at)) = &self.last_modified {
            headers.insert(header::LAST_MODIFIED, at.clone());
        }
        if let Some(etag) = not_modified {
            headers.insert(header::ETAG, etag);
            return response;
        }
        headers.insert(header::CONTENT_TYPE, self.content_type.clone());
        let (body, etag) = match self.encoded(coding) {
            None => (&self.body, &self.etag),
            Some(encoded) => {
                headers.insert(header::CONTENT_ENCODING, coding.header());
                (&encoded.body, &encoded.etag)
            }
        };
        headers.insert(header::ETAG, etag.clone());
        response.set_body(BoxBody::new(body.clone()))
    }

    /// The tag of the caller's copy, if that has the current content. `If-Modified-Since` counts only without
    /// `If-None-Match` (RFC 9110, section 13.2.2).
    fn not_modified(&self, request: &HttpRequest) -> Option<HeaderValue> {
        let headers = request.headers();
        if headers.contains_key(header::IF_NONE_MATCH) {
            return conditional::not_modified(request, &self.etag);
        }
        let since = headers.contains_key(header::IF_MODIFIED_SINCE).then(|| IfModifiedSince::parse(request).ok())??;
        // HTTP dates have whole seconds.
        let seconds = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).map(|d| d.as_secs()).ok();
        let unchanged = seconds(self.last_modified.as_ref()?.0)? <= seconds(since.0.into())?;
        unchanged.then(|| self.etag.clone())
    }

    /// The response with a `Link` to the next page.
    pub(crate) fn respond_page(&self, request: &HttpRequest, base: &str, next_cursor: Option<&str>) -> HttpResponse {
        let mut response = self.respond(request);
        if let Some(cursor) = next_cursor {
            let parameters = request.query_string().split('&').filter(|p| !p.is_empty() && !p.starts_with("cursor="));
            let query: Vec<&str> = parameters.collect();
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
