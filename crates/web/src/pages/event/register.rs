//! `POST /events/{event}`: registers the person who has filled in the form. `POST /events/{event}/link`: sends the link to a
//! registration again.
//!
//! A form that the API refuses is shown again, with everything that was entered and what is wrong with it; other responses
//! have a page that says what happened. Without a script a form has no idempotency key: sent twice, it ends in the words
//! for an address that is registered already.

use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, ResponseError as _, post, web};
use minijinja::context;
use minijinja::value::{Serde, Value};
use plenaria_domain::values::time::Instant;
use plenaria_domain::values::time_zone::TimeZone;
use plenaria_http::in_process::{Api, ApiRequest, ApiResponse};
use plenaria_locale::{dates, numbers, words};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::errors::PageError;
use crate::form::fields::FormPurpose;
use crate::form::payload;
use crate::form::problem::{FormErrors, Problem};
use crate::form::rules::FormRules;
use crate::form_body::FormBody;
use crate::pages::event::details::{DetailsCache, EventDetails};
use crate::pages::event::form as event_form;
use crate::pages::event::page::EventPage;
use crate::pages::query::PageQuery;
use crate::response;

/// The greatest length of an idempotency key that the API accepts.
const MAX_KEY: usize = 255;

/// The registration of a response to registering.
#[derive(Debug, Deserialize, Serialize)]
struct Registered {
    id: String,
    status: String,
    waitlist_position: Option<i64>,
    email: String,
    manage_token: String,
}

/// What happened, as `outcome.html` says it.
#[derive(Debug, Default, Serialize)]
struct Outcome {
    /// The value of `data-state`; `None`: only a form is shown.
    state: Option<&'static str>,
    texts: Vec<String>,
    /// What leads to the registration's page.
    registration: Option<Registered>,
    /// Whether the form to register is shown again.
    has_form: bool,
    /// Whether the form for the link is shown.
    has_link: bool,
}

#[post("/events/{event}")]
pub(crate) async fn register(
    api: Api,
    details: DetailsCache,
    slug: web::Path<String>,
    query: PageQuery,
    form: Result<FormBody, PageError>,
) -> Result<HttpResponse, PageError> {
    let page = EventPage::load(&api, &slug, query.lang.as_deref()).await?;
    let form = match readable(form) {
        Ok(form) => form,
        Err(status) => {
            let errors = FormErrors::general(words::of(page.language).form.unreadable);
            let form = event_form::filled(&page, &FormBody::filled(Vec::new()), &errors, "")?;
            let details = page.details(&details, &api).await?;
            return page.render_private(&details, status, &error_title(&page), &form);
        }
    };
    let body = payload::payload(&FormRules::of(&page.event)?, FormPurpose::Register, &form);
    let path = format!("/v1/events/{}/registrations", page.slug());
    let mut request = ApiRequest::json(Method::POST, &path, &body).language(page.language.as_str());
    let key = idempotency_key(&form);
    if !key.is_empty() {
        request = request.idempotency_key(key);
    }
    let response = api.send(request).await?;
    match response.status {
        StatusCode::CREATED => respond_registered(&page, response.status, response.json()?),
        StatusCode::ACCEPTED => respond_confirmation_sent(&page, response.status, &form),
        _ => respond_refused(&page, &response, &form, page.details(&details, &api)).await,
    }
}

#[post("/events/{event}/link")]
pub(crate) async fn send_link(
    api: Api,
    slug: web::Path<String>,
    query: PageQuery,
    form: Result<FormBody, PageError>,
) -> Result<HttpResponse, PageError> {
    let page = EventPage::load(&api, &slug, query.lang.as_deref()).await.map_err(|error| error.below("link"))?;
    let words = &words::of(page.language).form;
    let form = match readable(form) {
        Ok(form) => form,
        Err(status) => return respond_with_link(&page, status, "", words.unreadable),
    };
    let email = form.value("email");
    let path = format!("/v1/events/{}/registrations/resend", page.slug());
    let request = ApiRequest::json(Method::POST, &path, &json!({"email": email}));
    let response = api.send(request.language(page.language.as_str())).await?;
    if response.status == StatusCode::ACCEPTED {
        let texts = vec![words.link_sent.replace("{email}", &isolated(email.trim()))];
        let outcome = Outcome { state: Some("link_sent"), texts, ..Outcome::default() };
        return respond(&page, response.status, words.link_sent_title, &outcome, &event_form::closed(&page, &form));
    }
    let problem = Problem::of(&response)?;
    let error = problem.errors.first().map_or(&problem.detail, |error| &error.detail);
    let error = match problem.errors.first() {
        Some(_) if email.trim().is_empty() => words.enter_email,
        Some(error) if error.code == "email" => words.correct_email,
        _ => error,
    };
    respond_with_link(&page, response.status, email, error)
}

/// The form, unless it cannot be read: then the status that says so.
fn readable(form: Result<FormBody, PageError>) -> Result<FormBody, StatusCode> {
    match form {
        Ok(form) if form.is_damaged() => Err(StatusCode::BAD_REQUEST),
        Ok(form) => Ok(form),
        Err(error) => Err(error.status_code()),
    }
}

/// The form's key; empty if it has none that the API would accept.
fn idempotency_key(form: &FormBody) -> &str {
    let key = form.value("idempotency_key");
    let is_valid = key.len() <= MAX_KEY && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_valid { key } else { "" }
}

fn respond_registered(page: &EventPage, status: StatusCode, registered: Registered) -> Result<HttpResponse, PageError> {
    let words = &words::of(page.language).state;
    let with_email = |text: &str| text.replace("{email}", &isolated(&registered.email));
    let (state, title, texts) = match registered.waitlist_position {
        Some(position) => {
            let position = numbers::format(position, page.language);
            let position = words.position.replace("{position}", &position);
            ("waitlisted", words.waitlisted, vec![position, with_email(words.waitlisted_text)])
        }
        None => ("registered", words.registered, vec![with_email(words.registered_text)]),
    };
    let outcome = Outcome { state: Some(state), texts, registration: Some(registered), ..Outcome::default() };
    let form = event_form::closed(page, &FormBody::filled(Vec::new()));
    respond(page, status, title, &outcome, &form)
}

fn respond_confirmation_sent(page: &EventPage, status: StatusCode, form: &FormBody) -> Result<HttpResponse, PageError> {
    let words = words::of(page.language);
    let text = words.state.confirmation_sent_text.replace("{email}", &isolated(form.value("email").trim()));
    let texts = vec![text, words.form.confirmation_sent_check.to_owned()];
    let outcome = Outcome { state: Some("confirmation_sent"), texts, has_link: true, ..Outcome::default() };
    respond(page, status, words.state.confirmation_sent, &outcome, &event_form::closed(page, form))
}

/// The API has not registered the person. `details` are read only if the whole page is shown again.
async fn respond_refused(
    page: &EventPage,
    response: &ApiResponse,
    form: &FormBody,
    details: impl Future<Output = Result<Arc<EventDetails>, PageError>>,
) -> Result<HttpResponse, PageError> {
    let problem = Problem::of(response)?;
    let words = words::of(page.language);
    let (state, title, text) = match problem.code.as_str() {
        "already-registered" => return respond_already_registered(page, response.status, form),
        "event-full" => ("full", words.state.full, problem.detail),
        "registration-not-open" => ("not_open", words.state.not_open, page.at(words.state.opens, problem.opens_at)),
        "registration-closed" => ("closed", words.state.closed, page.at(words.state.closed_at, problem.closed_at)),
        "event-cancelled" => ("cancelled", words.state.cancelled, problem.detail),
        "event-ended" => ("ended", words.state.ended, problem.detail),
        // An earlier attempt has arrived, with other content or with a registration that has been erased since.
        code @ ("idempotency-mismatch" | "not-found") => {
            let is_erased = code == "not-found";
            let text = if is_erased { words.registration.gone_text } else { words.form.earlier_attempt };
            let filled = event_form::filled(page, form, &FormErrors::general(text), "")?;
            let details = details.await?;
            return page.render_private(&details, response.status, &error_title(page), &filled);
        }
        _ => {
            // It is not known whether this attempt has been stored: the next one is to be the same.
            let is_unknown = response.status.is_server_error() || problem.code == "idempotency-in-progress";
            let key = if is_unknown { idempotency_key(form) } else { "" };
            let filled = event_form::with_problem(page, form, &problem, key)?;
            let details = details.await?;
            return page.render_private(&details, response.status, &error_title(page), &filled);
        }
    };
    let mut outcome = Outcome { state: Some(state), has_form: problem.retryable, ..Outcome::default() };
    // The template says why an event was cancelled, in the language of that text.
    if state != "cancelled" || page.event["cancellation_reason"].is_null() {
        outcome.texts.push(text);
    }
    if outcome.has_form {
        outcome.texts.push(words.form.kept.to_owned());
    }
    let form = if outcome.has_form {
        event_form::filled(page, form, &FormErrors::default(), "")?
    } else {
        event_form::closed(page, form)
    };
    respond(page, response.status, title, &outcome, &form)
}

fn respond_already_registered(
    page: &EventPage,
    status: StatusCode,
    form: &FormBody,
) -> Result<HttpResponse, PageError> {
    let words = words::of(page.language);
    let email = form.value("email").trim();
    let text = words.state.already_registered_text.replace("{email}", &isolated(email));
    let texts = vec![words.form.sent_twice.to_owned(), text];
    let outcome = Outcome { state: Some("already_registered"), texts, has_link: true, ..Outcome::default() };
    respond(page, status, words.state.already_registered, &outcome, &event_form::link_again(page, email))
}

fn respond_with_link(
    page: &EventPage,
    status: StatusCode,
    email: &str,
    error: &str,
) -> Result<HttpResponse, PageError> {
    let outcome = Outcome { has_link: true, ..Outcome::default() };
    let form = event_form::link_with_error(page, email, error);
    respond(page, status, words::of(page.language).form.link_title, &outcome, &form)
}

fn respond(
    page: &EventPage,
    status: StatusCode,
    title: &str,
    outcome: &Outcome,
    form: &Value,
) -> Result<HttpResponse, PageError> {
    let content = context! { outcome => Value::from(Serde(outcome)), ..page.content(form) };
    response::render_private(status, "outcome.html", &page.frame(title), content)
}

impl EventPage {
    /// A text with the time that it is about, in the event's zone.
    fn at(&self, text: &str, at: Option<Instant>) -> String {
        let zone = self.event["time_zone"].as_str().and_then(|zone| TimeZone::parse(zone).ok());
        let time = at.zip(zone).map(|(at, zone)| dates::date_time_with_zone(at, zone, self.language));
        text.replace("{time}", &time.unwrap_or_default())
    }
}

/// The window's title while a form has errors, so that a screen reader begins with them.
fn error_title(page: &EventPage) -> String {
    words::of(page.language).form.error_title.replace("{title}", page.title())
}

/// Text that somebody entered, so that its direction does not affect the words around it.
fn isolated(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}
