//! `/confirm`: where the link leads that confirms an address. Opening it does nothing, because mail scanners open links; the
//! button of a form confirms.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use minijinja::context;
use minijinja::value::{Serde, Value};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_http::in_process::{Api, ApiRequest};
use plenaria_locale::words;
use serde_json::{Value as Json, json};

use crate::errors::PageError;
use crate::form::rejection::Rejection;
use crate::form_body::FormBody;
use crate::page_cache::PageCache;
use crate::pages::query::PageQuery;
use crate::pages::registration::link::{ConfirmationLink, LinkOrigin, RegistrationLink};
use crate::pages::registration::resend::ResendForm;
use crate::pages::registration::view;
use crate::pages::registration::visit::{Visit, page_language};
use crate::response::{self, Frame};

/// What the page says.
#[derive(Default)]
struct Content<'a> {
    /// The token of the link, in a hidden field; empty as long as there is none.
    token: &'a str,
    /// Why nothing happened.
    notice: Option<String>,
    /// What is wrong with the pasted link.
    error: Option<&'static str>,
}

/// The page with the button, and with the form for a link. A script adds the event and the language of the link, neither of
/// which is secret, to the query.
#[get("/confirm")]
async fn ask(request: HttpRequest, api: Api, cache: PageCache, query: PageQuery) -> Result<HttpResponse, PageError> {
    let page = cache.get(&request, || async {
        let origin = LinkOrigin::new(query.event.as_deref(), query.lang.as_deref());
        let language = page_language(&api, query.lang.as_deref());
        let frame = Frame::new(&api, language, words::of(language).confirm.title).at("/confirm");
        let event = event(&api, language, &origin).await?;
        response::render("confirm/ask.html", &frame, content(&origin, &event, Content::default()))
    });
    Ok(page.await?.respond(&request))
}

/// Confirms.
#[post("/confirm")]
async fn confirm(api: Api, form: FormBody) -> Result<HttpResponse, PageError> {
    let origin = LinkOrigin::read(&form);
    let language = page_language(&api, origin.tag());
    let words = words::of(language);
    let Some(ConfirmationLink { token, origin }) = ConfirmationLink::read(&form) else {
        let error = Some(words.confirm.paste_error);
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return ask_again(&api, language, &origin, status, Content { error, ..Content::default() }).await;
    };
    let body = json!({"confirmation_token": token});
    let request = ApiRequest::json(Method::POST, "/v1/registrations/confirm", &body).language(language.as_str());
    let response = api.send(request).await?;
    match Rejection::of(&response, words)? {
        None => {
            let is_first = response.status == StatusCode::CREATED;
            show_registration(&api, origin, is_first, response.json()?).await
        }
        Some(Rejection::Conflict(problem)) => {
            let event = event(&api, language, &origin).await?;
            let frame = Frame::new(&api, language, words.confirm.not_registered);
            let (state, text) = (state(&problem.code), problem.detail.as_str());
            let content = context! { state, text, event => Value::from(Serde(&event)) };
            response::render_private(response.status, "confirm/rejected.html", &frame, content)
        }
        Some(Rejection::Later(status, text)) => {
            let content = Content { token: &token, notice: Some(text), error: None };
            ask_again(&api, language, &origin, status, content).await
        }
        Some(Rejection::InvalidToken | Rejection::NotFound | Rejection::Invalid(_)) => {
            let frame = Frame::new(&api, language, words.confirm.expired);
            let resend = ResendForm::empty(&api, language, &origin).await?.to_value();
            let content = context! { resend, origin => Value::from(Serde(&origin)) };
            response::render_private(StatusCode::FORBIDDEN, "confirm/expired.html", &frame, content)
        }
    }
}

/// The page of a registration whose address is confirmed.
async fn show_registration(
    api: &Api,
    origin: LinkOrigin,
    is_first: bool,
    registration: Json,
) -> Result<HttpResponse, PageError> {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let origin = LinkOrigin { event: text(&registration["event"]["slug"]), ..origin };
    let (id, token) = (text(&registration["id"]), text(&registration["manage_token"]));
    let visit = Visit::new(api, RegistrationLink { registration: id, token, origin });
    let words = &visit.words().confirm;
    let notice = if is_first { words.confirmed } else { words.confirmed_before };
    let loaded = visit.load_event(registration).await?;
    view::show_loaded(&visit, &loaded, &[notice, words.keep_link]).await
}

/// The page again, with what was wrong.
async fn ask_again(
    api: &Api,
    language: MessageLanguage,
    origin: &LinkOrigin,
    status: StatusCode,
    says: Content<'_>,
) -> Result<HttpResponse, PageError> {
    let frame = Frame::new(api, language, words::of(language).confirm.title);
    let event = event(api, language, origin).await?;
    response::render_private(status, "confirm/ask.html", &frame, content(origin, &event, says))
}

fn content(origin: &LinkOrigin, event: &Json, says: Content<'_>) -> Value {
    let Content { token, notice, error } = says;
    context! { origin => Value::from(Serde(origin)), event => Value::from(Serde(event)), token, notice, error }
}

/// The event of a link; null if it is not known.
async fn event(api: &Api, language: MessageLanguage, origin: &LinkOrigin) -> Result<Json, PageError> {
    if origin.event.is_empty() {
        return Ok(Json::Null);
    }
    let path = format!("/v1/events/{}", origin.event);
    let response = api.send(ApiRequest::get(&path).language(origin.tag().unwrap_or(language.as_str()))).await?;
    Ok(if response.status.is_success() { response.json()? } else { Json::Null })
}

/// The value of `data-state` for the code of a problem.
fn state(code: &str) -> &'static str {
    match code {
        "event-full" => "full",
        "registration-not-open" => "not_open",
        "event-cancelled" => "cancelled",
        "event-ended" => "ended",
        _ => "closed",
    }
}

/// Adds the routes.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config.service(ask).service(confirm);
}
