//! `GET /`: what is on. Programs, which do not ask for HTML, get the API's index there.

use actix_web::{HttpRequest, HttpResponse, get, web};
use minijinja::value::{Serde, Value};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_http::in_process::{Api, ApiRequest};
use plenaria_http::request::negotiation;
use plenaria_locale::words;
use serde::Deserialize;
use serde_json::json;

use crate::errors::PageError;
use crate::page_cache::PageCache;
use crate::response::{self, Frame};

/// The query of a page.
#[derive(Debug, Deserialize)]
pub(crate) struct PageQuery {
    /// The language, before that of `Accept-Language`.
    pub(crate) lang: Option<String>,
}

#[get("/", guard = "negotiation::html_guard")]
pub(crate) async fn show(
    request: HttpRequest,
    api: Api,
    cache: PageCache,
    query: web::Query<PageQuery>,
) -> Result<HttpResponse, PageError> {
    let language = api.preferred_language(query.lang.as_deref()).unwrap_or(MessageLanguage::En);
    let page = cache.get(&request, async {
        let upcoming = events(&api, language, "/v1/events?limit=100&phase=upcoming").await?;
        let ended = events(&api, language, "/v1/events?limit=20&phase=ended&order=-starts_at").await?;
        let words = words::of(language);
        let frame = Frame::new(&api, language, words.list.title).at("/");
        let content = Value::from(Serde(json!({"upcoming": upcoming, "ended": ended})));
        Ok(response::render("list.html", &frame, content)?.varying_by_accept())
    });
    Ok(page.await?.respond(&request))
}

async fn events(api: &Api, language: MessageLanguage, path: &str) -> Result<serde_json::Value, PageError> {
    let response = api.send(ApiRequest::get(path).language(language.as_str())).await?;
    PageError::check(&response)?;
    Ok(response.json::<serde_json::Value>()?["data"].take())
}
