//! A person who uses a link: reads their registration and its event, and sends their requests to the API.

use actix_web::http::{StatusCode, header};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_http::in_process::{Api, ApiRequest, ApiResponse};
use plenaria_locale::words;
use plenaria_locale::words::Words;
use serde_json::Value as Json;

use crate::assets;
use crate::errors::PageError;
use crate::form::rejection::Rejection;
use crate::pages::event::texts;
use crate::pages::registration::link::RegistrationLink;
use crate::response::Frame;

/// A person who uses a link to their registration.
pub(crate) struct Visit<'a> {
    pub(crate) api: &'a Api,
    pub(crate) link: RegistrationLink,
    /// The language of the words.
    pub(crate) language: MessageLanguage,
}

/// A registration and its event, as the API describes them.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) registration: Json,
    /// Null while the event is not public: what belongs to the person is shown all the same.
    pub(crate) event: Json,
    /// The language of the event's texts (BCP 47).
    pub(crate) text_language: String,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(api: &'a Api, link: RegistrationLink) -> Self {
        let language = page_language(api, link.origin.tag());
        Self { api, link, language }
    }

    /// The words of the page.
    pub(crate) fn words(&self) -> &'static Words {
        words::of(self.language)
    }

    /// The path in the API of the registration, with this end.
    pub(crate) fn path(&self, end: &str) -> String {
        format!("/v1/registrations/{}{end}", self.link.registration)
    }

    /// Sends a request in the name of the registration's holder.
    pub(crate) async fn send(&self, request: ApiRequest<'_>) -> Result<ApiResponse, PageError> {
        Ok(self.api.send(request.token(&self.link.token).language(self.language.as_str())).await?)
    }

    /// Reads the registration and its event.
    pub(crate) async fn load(&self) -> Result<Result<Loaded, Rejection>, PageError> {
        let read = self.send(ApiRequest::get(&self.path(""))).await?;
        if let Some(rejection) = Rejection::of(&read, self.words())? {
            return Ok(Err(rejection));
        }
        self.load_event(read.json()?).await.map(Ok)
    }

    /// Reads the event of a registration.
    pub(crate) async fn load_event(&self, registration: Json) -> Result<Loaded, PageError> {
        let slug = registration["event"]["slug"].as_str().unwrap_or_default();
        let tag = self.link.origin.tag().unwrap_or(self.language.as_str());
        let read = self.api.send(ApiRequest::get(&format!("/v1/events/{slug}")).language(tag)).await?;
        if read.status == StatusCode::NOT_FOUND {
            return Ok(Loaded { event: Json::Null, registration, text_language: String::new() });
        }
        PageError::check(&read)?;
        let text_language = read.headers.get(header::CONTENT_LANGUAGE).and_then(|value| value.to_str().ok());
        let text_language = text_language.unwrap_or_default().to_owned();
        Ok(Loaded { event: read.json()?, registration, text_language })
    }

    /// What surrounds a page of this visit.
    pub(crate) fn frame<'t>(&self, title: &'t str, event: &Json) -> Frame<'t> {
        let theme = event["branding"]["colour"].as_str().and_then(assets::theme_path);
        Frame { theme, ..Frame::new(self.api, self.language, title) }
    }
}

impl Loaded {
    /// The value of `lang` for the event's texts, if they have another language than the page.
    pub(crate) fn marked_language(&self, page: MessageLanguage) -> Option<&str> {
        texts::marked(&self.text_language, page)
    }

    pub(crate) fn status(&self) -> &str {
        self.registration["status"].as_str().unwrap_or_default()
    }

    /// Whether the registration can be changed and cancelled. While the event is not public, it can be cancelled.
    pub(crate) fn is_changeable(&self) -> bool {
        let takes_place = self.event["status"] == "published" && self.event["phase"] != "ended";
        (takes_place || self.event.is_null()) && matches!(self.status(), "confirmed" | "waitlisted")
    }
}

/// The language of a page's words: that of a link or of `?lang=`, else the one that the caller prefers, else English.
pub(crate) fn page_language(api: &Api, tag: Option<&str>) -> MessageLanguage {
    api.preferred_language(tag).unwrap_or(MessageLanguage::En)
}
