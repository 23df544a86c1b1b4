//! Renders pages, and gives them their headers.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_http::in_process::Api;
use plenaria_http::response::representation::{Caching, Representation};
use plenaria_locale::words;
use serde::Serialize;

use crate::assets;
use crate::errors::PageError;
use crate::templates;

/// A page may use its own files, and pictures of organisers; no other site may show it in a frame.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);
/// For programs that know no `frame-ancestors`.
const FRAME_OPTIONS: HeaderName = header::X_FRAME_OPTIONS;
const HTML: &str = "text/html; charset=utf-8";

/// What surrounds the content of every page.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    /// The API's public address.
    pub(crate) base: String,
    /// The language of the words.
    pub(crate) language: MessageLanguage,
    /// The page's title.
    pub(crate) title: &'a str,
    /// The page's path, for its address in other languages and for search engines; `None`: search engines leave it out.
    pub(crate) path: Option<&'a str>,
    /// The languages in which the page can be read.
    pub(crate) languages: Vec<PageLanguage>,
    /// The path of the style with the organiser's colours.
    pub(crate) theme: Option<String>,
}

/// A language in which a page can be read.
#[derive(Debug, Serialize)]
pub(crate) struct PageLanguage {
    /// The tag (BCP 47).
    pub(crate) tag: String,
    /// The language's own name.
    pub(crate) name: String,
    /// Whether the page is shown in it.
    pub(crate) is_current: bool,
    /// Whether all of the page is in it: in other languages only the words are.
    pub(crate) is_complete: bool,
}

/// A page that caches may store, with its headers.
#[derive(Debug)]
pub(crate) struct Page(Representation);

impl<'a> Frame<'a> {
    pub(crate) fn new(api: &Api, language: MessageLanguage, title: &'a str) -> Self {
        let languages = MessageLanguage::ALL.map(|listed| PageLanguage {
            tag: listed.as_str().to_owned(),
            name: words::of(listed).common.language_name.to_owned(),
            is_current: listed == language,
            is_complete: true,
        });
        let languages = languages.into();
        Self { base: api.public_url().to_owned(), language, title, path: None, languages, theme: None }
    }

    /// The same frame, at this path.
    pub(crate) fn at(self, path: &'a str) -> Self {
        Self { path: Some(path), ..self }
    }

    fn context(&self) -> Value {
        let Self { base, language, title, path, languages, theme } = self;
        let words = Value::from(Serde(words::of(*language)));
        let (language, assets) = (language.as_str(), assets::path());
        // Search engines get one address for each language that the whole page is in.
        let complete = languages.iter().filter(|listed| listed.is_complete);
        let canonical = complete.clone().find(|listed| listed.is_current).or_else(|| complete.clone().next());
        let canonical = canonical.map(|language| language.tag.as_str());
        // Every page lists them in one order: those of the words first.
        let mut languages: Vec<_> = languages.iter().collect();
        languages.sort_by_key(|listed| MessageLanguage::lookup(&listed.tag).map_or(usize::MAX, |known| known as usize));
        let languages = Value::from(Serde(languages));
        context! { base => base.as_str(), language, title => *title, path => *path, canonical, languages, theme => theme.as_deref(), assets, words }
    }
}

/// Renders a page that caches may store.
pub(crate) fn render(template: &str, frame: &Frame<'_>, content: Value) -> Result<Page, PageError> {
    let text = text(template, frame, content)?;
    let page = Representation::text(text, HTML, frame.language.as_str(), Caching::Page);
    Ok(Page(page))
}

/// Renders a page that no cache may store: it shows what one person has said.
pub(crate) fn render_private(
    status: StatusCode,
    template: &str,
    frame: &Frame<'_>,
    content: Value,
) -> Result<HttpResponse, PageError> {
    Ok(private(status, frame.language, text(template, frame, content)?))
}

/// The page of an error.
pub(crate) fn error_page(status: StatusCode, language: MessageLanguage) -> HttpResponse {
    let words = words::of(language);
    let (title, explanation) = match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE => {
            (words.common.not_found, words.common.not_found_text)
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
            (words.common.unavailable, words.common.unavailable_text)
        }
        _ if status.is_client_error() => (words.common.unreadable, words.common.unreadable_text),
        _ => (words.common.unavailable, words.common.unavailable_text),
    };
    let frame = Frame { base: String::new(), language, title, path: None, languages: Vec::new(), theme: None };
    let text = text("error.html", &frame, context! { explanation }).unwrap_or_default();
    private(status, language, text)
}

fn text(template: &str, frame: &Frame<'_>, content: Value) -> Result<String, minijinja::Error> {
    templates::environment()?.get_template(template)?.render(context! { page => frame.context(), ..content })
}

fn private(status: StatusCode, language: MessageLanguage, text: String) -> HttpResponse {
    let mut response = HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, HTML))
        .insert_header((header::CACHE_CONTROL, Caching::NoStore.header()))
        .insert_header((header::CONTENT_LANGUAGE, language.as_str()))
        .body(text);
    add_headers(&mut response);
    response
}

fn add_headers(response: &mut HttpResponse) {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    headers.insert(FRAME_OPTIONS, HeaderValue::from_static("DENY"));
}

impl Page {
    /// The response to a request: 304 if the browser has the current page.
    pub(crate) fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let mut response = self.0.respond(request);
        add_headers(&mut response);
        response
    }

    /// The same page, at a path where `Accept` decides between it and another representation.
    pub(crate) fn varying_by_accept(self) -> Self {
        Self(self.0.varying_by_accept())
    }

    /// An upper estimate of its memory, in bytes.
    pub(crate) fn weight(&self) -> u32 {
        self.0.weight()
    }
}
