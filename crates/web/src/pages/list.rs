//! `GET /`: what is on. Programs, which do not ask for HTML, get the API's index there.

use actix_web::{HttpRequest, HttpResponse, get};
use minijinja::context;
use minijinja::value::{Serde, Value};
use plenaria_domain::values::language::{Language, MessageLanguage};
use plenaria_http::in_process::{Api, ApiRequest};
use plenaria_http::request::negotiation;
use plenaria_locale::words;
use serde_json::Value as Json;

use crate::errors::PageError;
use crate::page_cache::PageCache;
use crate::pages::query::PageQuery;
use crate::response::{self, Frame};

/// Events to come, and those that ended last.
const UPCOMING: &str = "/v1/events?limit=100&phase=upcoming";
const LIVE: &str = "/v1/events?limit=100&phase=live";
const ENDED: &str = "/v1/events?limit=20&phase=ended&order=-starts_at";

#[get("/", guard = "negotiation::html_guard")]
pub(crate) async fn show(
    request: HttpRequest,
    api: Api,
    cache: PageCache,
    query: PageQuery,
) -> Result<HttpResponse, PageError> {
    let language = api.preferred_language(query.lang.as_deref()).unwrap_or(MessageLanguage::En);
    let page = cache.get(&request, || async {
        // A later page has ended events alone.
        let is_first = query.cursor.is_none();
        let (live, upcoming) = if is_first {
            (all_events(&api, language, LIVE).await?, all_events(&api, language, UPCOMING).await?)
        } else {
            (Vec::new(), Vec::new())
        };
        let (ended, next) = events(&api, language, ENDED, query.cursor.as_deref()).await?;
        let frame = Frame::new(&api, language, words::of(language).list.title).at("/");
        let events = |events: Vec<Json>| Value::from(Serde(events));
        let content = context! {
            is_first, next, live => events(live), upcoming => events(upcoming), ended => events(ended),
        };
        Ok(response::render("list.html", &frame, content)?.varying_by_accept())
    });
    Ok(page.await.map_err(|error| error.in_language(language))?.respond(&request))
}

/// All events of a list.
async fn all_events(api: &Api, language: MessageLanguage, path: &str) -> Result<Vec<Json>, PageError> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let (page, next) = events(api, language, path, cursor.as_deref()).await?;
        all.extend(page);
        cursor = next;
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

/// The events of one page of a list, each with the language of its title if that is not the page's, and the next cursor.
async fn events(
    api: &Api,
    language: MessageLanguage,
    path: &str,
    cursor: Option<&str>,
) -> Result<(Vec<Json>, Option<String>), PageError> {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let response = api.send(ApiRequest::get(&format!("{path}{cursor}")).language(language.as_str())).await?;
    PageError::check(&response)?;
    let mut page: Json = response.json()?;
    let next = page["page"]["next_cursor"].as_str().map(str::to_owned);
    let Json::Array(mut events) = page["data"].take() else { return Ok((Vec::new(), next)) };
    for event in &mut events {
        let tags = event["languages"].as_array().into_iter().flatten().filter_map(Json::as_str);
        let tags: Vec<Language> = tags.filter_map(|tag| Language::parse(tag).ok()).collect();
        let wanted = Language::parse(language.as_str()).ok();
        let shown =
            wanted.as_ref().and_then(|wanted| wanted.lookup(&tags)).is_none().then(|| event["language"].clone());
        event["text_language"] = shown.unwrap_or_default();
    }
    Ok((events, next))
}
