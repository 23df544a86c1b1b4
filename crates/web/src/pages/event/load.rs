//! Reads what an event's page shows from the API.

use actix_web::http::{StatusCode, header};
use plenaria_domain::values::language::{Language, MessageLanguage};
use plenaria_http::in_process::{Api, ApiRequest, ApiResponse};
use serde_json::Value as Json;

use crate::errors::PageError;
use crate::pages::event::page::EventPage;
use crate::pages::event::texts;

const SPEAKERS_AT_ONCE: &str = "100";

impl EventPage {
    /// Reads the event with this slug. `tag` is the value of `?lang=`; one that is no language is ignored.
    pub(crate) async fn load(api: &Api, slug: &str, tag: Option<&str>) -> Result<Self, PageError> {
        let tag = tag.and_then(|tag| Language::parse(tag).ok());
        let preferred = api.preferred_language(tag.as_ref().map(Language::as_str));
        let reader = Reader { api, slug, tag: tag.as_ref() };
        // A slug and an id have no other characters, and need no escapes in paths.
        if !slug.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(PageError::NOT_FOUND.in_language(preferred.unwrap_or(MessageLanguage::En)));
        }
        reader.read(preferred).await.map_err(|error| error.in_language(preferred.unwrap_or(MessageLanguage::En)))
    }
}

/// Reads the parts of one event.
struct Reader<'a> {
    api: &'a Api,
    slug: &'a str,
    /// The language that the page is asked for in; without it, the caller's.
    tag: Option<&'a Language>,
}

impl Reader<'_> {
    async fn read(&self, preferred: Option<MessageLanguage>) -> Result<EventPage, PageError> {
        let tag = self.tag.map(Language::as_str);
        let described = self.send(&self.path("", tag, &[])).await?;
        let mut event: Json = described.json()?;
        let current = event["slug"].as_str().unwrap_or_default();
        if current != self.slug {
            return Err(PageError::moved(self.page_path(current)));
        }
        let text_language = described.headers.get(header::CONTENT_LANGUAGE).and_then(|value| value.to_str().ok());
        let text_language = text_language.unwrap_or_default().to_owned();
        let own = event["language"].as_str().unwrap_or_default().to_owned();
        let language = preferred.or_else(|| MessageLanguage::lookup(&own).ok()).unwrap_or(MessageLanguage::En);
        let mut programme: Json = self.send(&self.path("/programme", tag, &[])).await?.json()?;
        let mut speakers = self.speakers(tag).await?;
        if text_language != own {
            // The same texts in the event's own language tell which of them have no translation.
            let original: Json = self.send(&self.path("/programme", Some(&own), &[])).await?.json()?;
            let original_speakers = self.speakers(Some(&own)).await?;
            texts::mark_untranslated(&mut event, &original["event"], &own);
            texts::mark_untranslated(&mut programme["sessions"], &original["sessions"], &own);
            for (speaker, original) in speakers.iter_mut().zip(&original_speakers) {
                texts::mark_untranslated(speaker, original, &own);
            }
        }
        let availability = self.send(&self.path("/availability", None, &[])).await?.json()?;
        let described = self.api.send(ApiRequest::get(&self.path("", tag, &[])).accept("application/ld+json")).await?;
        PageError::check(&described)?;
        Ok(EventPage {
            language,
            tag: tag.map(str::to_owned),
            text_language,
            path: format!("/events/{}", self.slug),
            base: self.api.public_url().to_owned(),
            event,
            availability,
            programme,
            speakers,
            json_ld: String::from_utf8_lossy(&described.body).into_owned(),
        })
    }

    /// All speakers, with their texts in this language.
    async fn speakers(&self, tag: Option<&str>) -> Result<Vec<Json>, PageError> {
        let mut speakers = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut parameters = vec![("limit", SPEAKERS_AT_ONCE)];
            parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let mut page: Json = self.send(&self.path("/speakers", tag, &parameters)).await?.json()?;
            if let Json::Array(data) = page["data"].take() {
                speakers.extend(data);
            }
            match page["page"]["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(speakers),
            }
        }
    }

    /// The path of a part of the event.
    fn path(&self, part: &str, tag: Option<&str>, parameters: &[(&str, &str)]) -> String {
        let parameters = parameters.iter().copied().chain(tag.map(|tag| ("lang", tag)));
        let query: Vec<_> = parameters.map(|(name, value)| format!("{name}={value}")).collect();
        let separator = if query.is_empty() { "" } else { "?" };
        format!("/v1/events/{}{part}{separator}{}", self.slug, query.join("&"))
    }

    /// The path of the page of the event with this slug.
    fn page_path(&self, slug: &str) -> String {
        let query = self.tag.map(|tag| format!("?lang={tag}")).unwrap_or_default();
        format!("/events/{slug}{query}")
    }

    /// The successful response to a GET. A redirect of the API is one of the page.
    async fn send(&self, path: &str) -> Result<ApiResponse, PageError> {
        let response = self.api.send(ApiRequest::get(path)).await?;
        if response.status == StatusCode::PERMANENT_REDIRECT {
            let location = response.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
            let slug = location.and_then(|path| path.strip_prefix("/v1/events/")?.split(['/', '?']).next());
            return Err(slug.map_or(PageError::NOT_FOUND, |slug| PageError::moved(self.page_path(slug))));
        }
        PageError::check(&response)?;
        Ok(response)
    }
}
