//! What pages about an event show, and the event's page made of it.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use minijinja::context;
use minijinja::value::{Serde, Value};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_http::in_process::Api;
use serde_json::Value as Json;

use crate::assets;
use crate::errors::PageError;
use crate::pages::event::details::{DetailsCache, EventDetails};
use crate::pages::event::{programme, state, texts};
use crate::response::{self, Frame, Page};

/// What every page about an event shows, read from the API.
#[derive(Debug)]
pub(crate) struct EventPage {
    /// The language of the words.
    pub(crate) language: MessageLanguage,
    /// The value of `?lang=`, with which links and forms keep the language.
    pub(crate) tag: Option<String>,
    /// The language of the event's texts (BCP 47), which need not be one of the words'.
    pub(crate) text_language: String,
    /// The event as the API describes it.
    pub(crate) event: Json,
    /// Its live seats.
    pub(crate) availability: Json,
    /// The path of the page.
    pub(super) path: String,
    /// The API's public address.
    pub(super) base: String,
}

impl EventPage {
    /// The event's slug.
    pub(crate) fn slug(&self) -> &str {
        self.event["slug"].as_str().unwrap_or_default()
    }

    /// Whether people can register, or join the waiting list, now.
    pub(crate) fn is_open(&self) -> bool {
        state::is_open(&self.availability)
    }

    /// The page with this form, for caches.
    pub(super) fn render(&self, details: &EventDetails, form: &Value) -> Result<Page, PageError> {
        response::render("event.html", &self.frame(self.title()), self.whole(details, form))
    }

    /// The page with a form that somebody has filled in. `title` is that of the window.
    pub(crate) fn render_private(
        &self,
        details: &EventDetails,
        status: StatusCode,
        title: &str,
        form: &Value,
    ) -> Result<HttpResponse, PageError> {
        response::render_private(status, "event.html", &self.frame(title), self.whole(details, form))
    }

    /// What only the whole page shows.
    pub(crate) async fn details(&self, cache: &DetailsCache, api: &Api) -> Result<Arc<EventDetails>, PageError> {
        let details = cache.get(api, &self.event, &self.text_language).await;
        details.map_err(|error| error.in_language(self.language))
    }

    /// What surrounds this page, and others about the event.
    pub(crate) fn frame<'a>(&'a self, title: &'a str) -> Frame<'a> {
        Frame {
            base: self.base.clone(),
            language: self.language,
            title,
            path: Some(&self.path),
            languages: texts::languages(&self.event, &self.text_language, self.language, self.tag.as_deref()),
            theme: self.event["branding"]["colour"].as_str().and_then(assets::theme_path),
        }
    }

    /// The event's title.
    pub(crate) fn title(&self) -> &str {
        self.event["title"].as_str().unwrap_or_default()
    }

    /// What templates about the event show.
    pub(crate) fn content(&self, form: &Value) -> Value {
        context! {
            event => Value::from(Serde(&self.event)),
            text_language => texts::marked(&self.text_language, self.language),
            form => form.clone(),
        }
    }

    /// What the template of the whole page shows.
    fn whole(&self, details: &EventDetails, form: &Value) -> Value {
        let EventDetails { original, programme, speakers, json_ld, .. } = details;
        let own = self.event["language"].as_str().unwrap_or_default();
        let mut event = self.event.clone();
        texts::mark_untranslated(&mut event, original, own);
        let sessions = programme["sessions"].as_array().into_iter().flatten();
        let texts: Vec<&Json> = std::iter::once(&event).chain(sessions).chain(speakers).collect();
        context! {
            event => Value::from(Serde(&event)),
            availability => Value::from(Serde(&self.availability)),
            state => state::of(&self.event, &self.availability),
            is_open => self.is_open(),
            days => Value::from(Serde(programme::days(programme))),
            moderators => Value::from(Serde(&programme["moderators"])),
            speakers => Value::from(Serde(speakers)),
            json_ld => Value::from_safe_string(json_ld.clone()),
            is_partly_translated => texts::has_untranslated(&texts),
            ..self.content(form)
        }
    }
}
