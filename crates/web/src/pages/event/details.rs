//! What only the whole page of an event shows: its programme, its speakers, and which texts have no translation.
//!
//! It is the larger part of the page, and the same for everybody who reads the event in one language. So requests within a
//! second share it, whether they get the page or send its form.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, error};
use moka::future::Cache;
use plenaria_http::in_process::{Api, ApiRequest, ApiResponse};
use serde_json::Value as Json;

use crate::errors::PageError;
use crate::pages::event::address;
use crate::pages::event::texts;

const SPEAKERS_AT_ONCE: &str = "100";
/// How long details are shared.
const LIFETIME: Duration = Duration::from_secs(1);
/// Memory for details, in bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// JSON takes about so many times its text in memory.
const JSON_IN_MEMORY: usize = 4;

/// What only the whole page shows.
#[derive(Debug)]
pub(crate) struct EventDetails {
    /// The event in its own language; null if the texts are in it.
    pub(super) original: Json,
    /// The programme, with its sessions.
    pub(super) programme: Json,
    /// The speakers with their biographies.
    pub(super) speakers: Vec<Json>,
    /// The description for search engines, which may stand in a `script` element as it is.
    pub(super) json_ld: String,
    /// The bytes of the responses that it was read from.
    read: usize,
}

/// The details of events, which all workers share: an argument of handlers.
#[derive(Clone)]
pub(crate) struct DetailsCache(Cache<DetailsKey, Arc<EventDetails>>);

/// What details depend on.
#[derive(Debug, PartialEq, Eq, Hash)]
struct DetailsKey {
    event: String,
    revision: Option<i64>,
    /// The language of the texts (BCP 47).
    language: String,
}

impl Default for DetailsCache {
    fn default() -> Self {
        let weigh = |_: &DetailsKey, details: &Arc<EventDetails>| {
            u32::try_from(details.read.saturating_mul(JSON_IN_MEMORY)).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(MAX_BYTES).weigher(weigh).time_to_live(LIFETIME).build())
    }
}

impl DetailsCache {
    /// The details of this event, with its texts in this language (BCP 47).
    pub(super) async fn get(&self, api: &Api, event: &Json, language: &str) -> Result<Arc<EventDetails>, PageError> {
        let text = |name: &str| event[name].as_str().unwrap_or_default();
        let (event_id, revision) = (text("id").to_owned(), event["revision"].as_i64());
        let key = DetailsKey { event: event_id, revision, language: language.to_owned() };
        let reader = Reader { api, slug: text("slug"), read: 0 };
        let read = async { reader.details(language, text("language")).await.map(Arc::new) };
        self.0.try_get_with(key, read).await.map_err(|error| PageError::clone(&error))
    }
}

impl FromRequest for DetailsCache {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let cache = request.app_data::<Self>().cloned();
        ready(cache.ok_or_else(|| error::ErrorInternalServerError("this server has no pages")))
    }
}

/// Reads the details of one event.
struct Reader<'a> {
    api: &'a Api,
    slug: &'a str,
    /// The bytes read so far.
    read: usize,
}

impl Reader<'_> {
    /// The details with texts in the language `tag`, of an event whose own language is `own`.
    async fn details(mut self, tag: &str, own: &str) -> Result<EventDetails, PageError> {
        let mut programme: Json = self.get("/programme", tag, &[]).await?.json()?;
        let mut speakers = self.speakers(tag).await?;
        let mut original_event = Json::Null;
        if tag != own {
            // The same texts in the event's own language tell which of them have no translation.
            let mut original: Json = self.get("/programme", own, &[]).await?.json()?;
            let original_speakers = self.speakers(own).await?;
            texts::mark_untranslated(&mut programme["sessions"], &original["sessions"], own);
            for (speaker, original) in speakers.iter_mut().zip(&original_speakers) {
                texts::mark_untranslated(speaker, original, own);
            }
            original_event = original["event"].take();
        }
        let path = address::path(self.slug, "", Some(tag), &[]);
        let described = self.send(ApiRequest::get(&path).accept("application/ld+json")).await?;
        let json_ld = String::from_utf8_lossy(&described.body).into_owned();
        Ok(EventDetails { original: original_event, programme, speakers, json_ld, read: self.read })
    }

    /// All speakers, with their texts in this language.
    async fn speakers(&mut self, tag: &str) -> Result<Vec<Json>, PageError> {
        let mut speakers = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut parameters = vec![("limit", SPEAKERS_AT_ONCE)];
            parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let mut page: Json = self.get("/speakers", tag, &parameters).await?.json()?;
            if let Json::Array(data) = page["data"].take() {
                speakers.extend(data);
            }
            match page["page"]["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(speakers),
            }
        }
    }

    async fn get(&mut self, part: &str, tag: &str, parameters: &[(&str, &str)]) -> Result<ApiResponse, PageError> {
        self.send(ApiRequest::get(&address::path(self.slug, part, Some(tag), parameters))).await
    }

    async fn send(&mut self, request: ApiRequest<'_>) -> Result<ApiResponse, PageError> {
        let response = self.api.send(request).await?;
        PageError::check(&response)?;
        self.read += response.body.len();
        Ok(response)
    }
}
