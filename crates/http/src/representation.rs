//! Representations: bytes with their tag, rendered once and served many times, in whatever coding the caller likes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, Header as _, HeaderValue, HttpDate, IfModifiedSince};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use plenaria_domain::time::Instant;
use serde::Serialize;

use crate::compression::{Coding, Effort};
use crate::problem::{ApiError, Code};
use crate::{conditional, finish};

/// How long caches may keep an answer, and for whom.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Caching {
    /// Public programme data.
    Programme,
    /// Live seats.
    Availability,
    /// The specification and explanations: what a release of the program says.
    Release,
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
            Self::Release => "public, max-age=300",
            Self::Private => "private, no-cache",
            Self::NoStore => "no-store",
        })
    }
}

/// Counts the representations that were made, to name them.
static MADE: AtomicU64 = AtomicU64::new(0);

/// Larger bodies are not copied for each worker: counting references to them costs nothing beside sending them.
const COPIED: usize = 64 * 1024;

/// A rendered answer.
#[derive(Debug)]
pub(crate) struct Representation {
    /// Names it within the process; its copies have the same.
    id: u64,
    body: Bytes,
    etag: HeaderValue,
    content_type: HeaderValue,
    content_language: Option<HeaderValue>,
    caching: Caching,
    last_modified: Option<(SystemTime, HeaderValue)>,
    effort: Effort,
    /// The other codings, made when somebody first asks for them; `None`: it stays as it is.
    brotli: OnceLock<Option<Coded>>,
    zstd: OnceLock<Option<Coded>>,
    gzip: OnceLock<Option<Coded>>,
}

/// A body in a coding, and its tag.
#[derive(Clone, Debug)]
struct Coded {
    body: Bytes,
    etag: HeaderValue,
}

/// Goes along with an answer that may be given to the same question until a time, or until the catalogue changes.
#[derive(Clone, Debug)]
pub(crate) struct Keep {
    pub(crate) representation: Arc<Representation>,
    pub(crate) until: Option<Instant>,
}

impl Representation {
    /// Renders a value as JSON. `languages` are those of its texts; an answer without texts has none.
    pub(crate) fn json(value: &impl Serialize, languages: &[&str], caching: Caching) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(value).map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
        let languages = (!languages.is_empty()).then(|| languages.join(", "));
        Ok(Self {
            content_language: languages.and_then(|l| HeaderValue::from_str(&l).ok()),
            ..Self::of_text(body.into(), caching)
        })
    }

    /// JSON that is text already.
    pub(crate) fn of_text(body: Bytes, caching: Caching) -> Self {
        Self {
            etag: conditional::etag_of(&body),
            body,
            content_type: HeaderValue::from_static("application/json"),
            content_language: None,
            caching,
            last_modified: None,
            effort: Effort::Once,
            id: MADE.fetch_add(1, Ordering::Relaxed),
            brotli: OnceLock::new(),
            zstd: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }

    /// A calendar, with texts in this language.
    pub(crate) fn calendar(text: String, language: &str, caching: Caching) -> Self {
        Self {
            content_type: HeaderValue::from_static("text/calendar; charset=utf-8"),
            content_language: HeaderValue::from_str(language).ok(),
            ..Self::of_text(text.into(), caching)
        }
    }

    /// Its type, without parameters.
    pub(crate) fn essence(&self) -> &str {
        finish::essence(Some(&self.content_type)).unwrap_or_default()
    }

    /// Names it within the process; its copies have the same.
    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    /// About how many bytes it takes at the most: the other codings of a text are a good deal shorter than it, and there are
    /// three.
    pub(crate) fn weight(&self) -> u32 {
        u32::try_from(self.body.len().saturating_mul(2) + 1_024).unwrap_or(u32::MAX)
    }

    /// It will be served many times, so its other codings are worth some work.
    pub(crate) fn kept(self) -> Self {
        Self { effort: Effort::Kept, ..self }
    }

    /// It has been like this since then.
    pub(crate) fn modified(self, at: Instant) -> Self {
        let at = SystemTime::from(at);
        let header = HeaderValue::from_str(&HttpDate::from(at).to_string()).ok();
        Self { last_modified: header.map(|header| (at, header)), ..self }
    }

    /// The body in a coding; `None`: as it is.
    fn coded(&self, coding: Coding) -> Option<&Coded> {
        let code = || {
            let body = coding.encode(&self.body, self.effort)?;
            Some(Coded { body, etag: conditional::etag_in(&self.etag, coding) })
        };
        self.place(coding)?.get_or_init(code).as_ref()
    }

    /// Where the body in a coding is kept; `None`: it is the body itself.
    const fn place(&self, coding: Coding) -> Option<&OnceLock<Option<Coded>>> {
        match coding {
            Coding::Identity => None,
            Coding::Brotli => Some(&self.brotli),
            Coding::Zstd => Some(&self.zstd),
            Coding::Gzip => Some(&self.gzip),
        }
    }

    /// A copy for answers in this coding that shares nothing of them with this one: references to it are counted by the
    /// one thread that has it, and by none besides.
    pub(crate) fn detached(&self, coding: Coding) -> Self {
        let copy = |value: &HeaderValue| HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| value.clone());
        let coded = self.coded(coding);
        let bytes = |body: &Bytes| if body.len() > COPIED { body.clone() } else { Bytes::copy_from_slice(body) };
        let coded = coded.map(|c| Coded { body: bytes(&c.body), etag: copy(&c.etag) });
        let detached = Self {
            id: self.id,
            body: if coded.is_some() { self.body.clone() } else { bytes(&self.body) },
            etag: copy(&self.etag),
            content_type: self.content_type.clone(),
            content_language: self.content_language.as_ref().map(copy),
            caching: self.caching,
            last_modified: self.last_modified.as_ref().map(|(at, header)| (*at, copy(header))),
            effort: self.effort,
            brotli: OnceLock::new(),
            zstd: OnceLock::new(),
            gzip: OnceLock::new(),
        };
        if let Some(place) = detached.place(coding) {
            place.get_or_init(|| coded);
        }
        detached
    }

    /// The answer to a request: 304 if the caller has it already.
    pub(crate) fn respond(&self, request: &HttpRequest) -> HttpResponse {
        self.respond_in(request, Coding::wanted(request))
    }

    /// The answer in a coding that was chosen before.
    pub(crate) fn respond_in(&self, request: &HttpRequest, coding: Coding) -> HttpResponse {
        let not_modified = self.not_modified(request);
        let mut response =
            HttpResponse::new(if not_modified.is_some() { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, self.caching.header());
        let vary = match &self.content_language {
            Some(language) => {
                headers.insert(header::CONTENT_LANGUAGE, language.clone());
                "Accept-Language, Accept-Encoding"
            }
            None => "Accept-Encoding",
        };
        headers.insert(header::VARY, HeaderValue::from_static(vary));
        if let Some((_, at)) = &self.last_modified {
            headers.insert(header::LAST_MODIFIED, at.clone());
        }
        if let Some(named) = not_modified {
            headers.insert(header::ETAG, named);
            return response;
        }
        headers.insert(header::CONTENT_TYPE, self.content_type.clone());
        let (body, etag) = match self.coded(coding) {
            None => (&self.body, &self.etag),
            Some(coded) => {
                headers.insert(header::CONTENT_ENCODING, coding.header());
                (&coded.body, &coded.etag)
            }
        };
        headers.insert(header::ETAG, etag.clone());
        response.set_body(BoxBody::new(body.clone()))
    }

    /// The tag of the copy that the caller has, if it is this content. A date counts only where there is no tag (RFC
    /// 9110, section 13.2.2).
    fn not_modified(&self, request: &HttpRequest) -> Option<HeaderValue> {
        let headers = request.headers();
        if headers.contains_key(header::IF_NONE_MATCH) {
            return conditional::not_modified(request, &self.etag);
        }
        let since = headers.contains_key(header::IF_MODIFIED_SINCE).then(|| IfModifiedSince::parse(request).ok())??;
        // The header has whole seconds.
        let seconds = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).map(|d| d.as_secs()).ok();
        let unchanged = seconds(self.last_modified.as_ref()?.0)? <= seconds(since.0.into())?;
        unchanged.then(|| self.etag.clone())
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

impl Keep {
    /// The answer, with word that it may be kept.
    pub(crate) fn respond(self, request: &HttpRequest) -> HttpResponse {
        let mut response = self.representation.respond(request);
        response.extensions_mut().insert(self);
        response
    }
}
