//! Reads from the API what every page about an event shows.

use actix_web::http::{StatusCode, header};
use plenaria_domain::values::language::{Language, MessageLanguage};
use plenaria_http::in_process::{Api, ApiRequest, ApiResponse};
use serde_json::Value as Json;

use crate::errors::PageError;
use crate::pages::event::address;
use crate::pages::event::page::EventPage;

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

/// Reads one event.
struct Reader<'a> {
    api: &'a Api,
    slug: &'a str,
    /// The language that the page is asked for in; without it, the caller's.
    tag: Option<&'a Language>,
}

impl Reader<'_> {
    async fn read(&self, preferred: Option<MessageLanguage>) -> Result<EventPage, PageError> {
        let tag = self.tag.map(Language::as_str);
        let described = self.send(&address::path(self.slug, "", tag, &[])).await?;
        let event: Json = described.json()?;
        let current = event["slug"].as_str().unwrap_or_default();
        if current != self.slug {
            return Err(PageError::moved(self.page_path(current)));
        }
        let text_language = described.headers.get(header::CONTENT_LANGUAGE).and_then(|value| value.to_str().ok());
        let text_language = text_language.unwrap_or_default().to_owned();
        let own = event["language"].as_str().unwrap_or_default().to_owned();
        let language = preferred.or_else(|| MessageLanguage::lookup(&own).ok()).unwrap_or(MessageLanguage::En);
        let availability = self.send(&address::path(self.slug, "/availability", None, &[])).await?.json()?;
        Ok(EventPage {
            language,
            tag: tag.map(str::to_owned),
            text_language,
            path: format!("/events/{}", self.slug),
            base: self.api.public_url().to_owned(),
            event,
            availability,
        })
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
