//! Sends a new link to a registration by mail, wherever a link no longer works. The response is the same whether or not there is
//! a registration.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpResponse, post};
use minijinja::context;
use minijinja::value::{Serde, Value};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_http::in_process::{Api, ApiRequest};
use plenaria_locale::words;
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::errors::PageError;
use crate::form::rejection::Rejection;
use crate::form_body::FormBody;
use crate::pages::event::texts;
use crate::pages::registration::link::LinkOrigin;
use crate::pages::registration::visit::page_language;
use crate::response::{self, Frame};

/// The form that requests a link, with what was entered.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ResendForm {
    /// The language tag of the link; empty if it is not known.
    lang: String,
    /// The event's slug; empty if none has been chosen.
    event: String,
    /// The events to choose from; only the event itself if it is known.
    events: Vec<EventChoice>,
    is_event_known: bool,
    email: String,
    email_error: Option<String>,
    event_error: Option<&'static str>,
    /// Why nothing happened.
    notice: Option<String>,
}

/// An event to choose.
#[derive(Debug, Serialize)]
struct EventChoice {
    slug: String,
    title: String,
    /// The language of the title, if it is not the page's.
    lang: Option<String>,
}

impl ResendForm {
    /// The form for the event of a link, or for a choice of events.
    pub(crate) async fn empty(api: &Api, language: MessageLanguage, origin: &LinkOrigin) -> Result<Self, PageError> {
        let known = known_event(api, language, &origin.event).await?;
        let is_event_known = known.is_some();
        let events = match known {
            Some(event) => vec![event],
            None => latest_events(api, language).await?,
        };
        let event = if is_event_known { origin.event.clone() } else { String::new() };
        Ok(Self { lang: origin.lang.clone(), event, events, is_event_known, ..Self::default() })
    }

    pub(crate) fn to_value(&self) -> Value {
        Value::from(Serde(self))
    }
}

/// Requests a link.
#[post("/registration/link")]
pub(crate) async fn send(api: Api, form: FormBody) -> Result<HttpResponse, PageError> {
    let origin = LinkOrigin::read(&form);
    let language = page_language(&api, origin.tag());
    let words = words::of(language);
    let email = form.value("email");
    let filled = |empty: ResendForm| ResendForm { email: email.to_owned(), ..empty };
    if origin.event.is_empty() {
        let form = filled(ResendForm::empty(&api, language, &origin).await?);
        let event_error = Some(words.manage.resend_event_error);
        return show(&api, language, StatusCode::UNPROCESSABLE_ENTITY, &ResendForm { event_error, ..form });
    }
    let path = format!("/v1/events/{}/registrations/resend", origin.event);
    let request = ApiRequest::json(Method::POST, &path, &json!({"email": email})).language(language.as_str());
    let response = api.send(request).await?;
    let Some(rejection) = Rejection::of(&response, words)? else { return show_sent(&api, language) };
    let form = filled(ResendForm::empty(&api, language, &origin).await?);
    let form = match rejection {
        Rejection::NotFound => ResendForm { event_error: Some(words.manage.resend_event_error), ..form },
        Rejection::Invalid(problem) => {
            let detail = problem.errors.into_iter().next().map(|error| error.detail);
            let is_blank = email.trim().is_empty();
            let email_error = if is_blank { Some(words.form.enter_email.to_owned()) } else { detail };
            ResendForm { email_error, ..form }
        }
        Rejection::Later(_, text) => ResendForm { notice: Some(text), ..form },
        Rejection::Conflict(problem) => ResendForm { notice: Some(problem.detail), ..form },
        Rejection::InvalidToken => form,
    };
    show(&api, language, response.status, &form)
}

fn show(
    api: &Api,
    language: MessageLanguage,
    status: StatusCode,
    form: &ResendForm,
) -> Result<HttpResponse, PageError> {
    let frame = Frame::new(api, language, words::of(language).manage.resend_title);
    response::render_private(status, "registration/resend.html", &frame, context! { resend => form.to_value() })
}

fn show_sent(api: &Api, language: MessageLanguage) -> Result<HttpResponse, PageError> {
    let frame = Frame::new(api, language, words::of(language).manage.resent);
    response::render_private(StatusCode::OK, "registration/resent.html", &frame, context! {})
}

/// The event with this slug, if it exists.
async fn known_event(api: &Api, language: MessageLanguage, slug: &str) -> Result<Option<EventChoice>, PageError> {
    if slug.is_empty() {
        return Ok(None);
    }
    let response = api.send(ApiRequest::get(&format!("/v1/events/{slug}")).language(language.as_str())).await?;
    if !response.status.is_success() {
        return Ok(None);
    }
    let lang = response.headers.get(header::CONTENT_LANGUAGE).and_then(|value| value.to_str().ok());
    let lang = lang.and_then(|tag| texts::marked(tag, language)).map(str::to_owned);
    Ok(Some(choice(&response.json()?, lang)))
}

/// The events that start last.
async fn latest_events(api: &Api, language: MessageLanguage) -> Result<Vec<EventChoice>, PageError> {
    let request = ApiRequest::get("/v1/events?limit=100&order=-starts_at").language(language.as_str());
    let response = api.send(request).await?;
    PageError::check(&response)?;
    let list: Json = response.json()?;
    Ok(list["data"].as_array().into_iter().flatten().map(|event| choice(event, None)).collect())
}

fn choice(event: &Json, lang: Option<String>) -> EventChoice {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    EventChoice { slug: text("slug"), title: text("title"), lang }
}
