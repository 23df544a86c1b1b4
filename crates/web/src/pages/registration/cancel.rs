//! Cancels a registration, in two steps, with an optional reason.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, post};
use minijinja::context;
use minijinja::value::{Serde, Value};
use plenaria_http::in_process::{Api, ApiRequest};
use serde_json::json;

use crate::errors::PageError;
use crate::form::rejection::Rejection;
use crate::form_body::FormBody;
use crate::pages::registration::link::RegistrationLink;
use crate::pages::registration::visit::{Loaded, Visit};
use crate::pages::registration::{find, unavailable, view};
use crate::response;

/// Why a reason was not accepted, and the reason.
#[derive(Debug, Default)]
struct Attempt<'a> {
    reason: &'a str,
    /// What is wrong with it.
    error: Option<String>,
    /// Why nothing happened.
    notice: Option<String>,
}

/// Asks whether the person means it.
#[post("/registration/cancel")]
pub(crate) async fn ask(api: Api, form: FormBody) -> Result<HttpResponse, PageError> {
    let Some(link) = RegistrationLink::read(&form) else { return find::invalid_link(&api, &form).await };
    let visit = Visit::new(&api, link);
    match visit.load().await? {
        Ok(loaded) if loaded.is_changeable() => show(&visit, &loaded, StatusCode::OK, Attempt::default()),
        Ok(loaded) => view::show_loaded(&visit, &loaded, &[]).await,
        Err(rejection) => unavailable::show(&visit, rejection).await,
    }
}

/// Cancels. Sending the form again changes nothing.
#[post("/registration/cancelled")]
pub(crate) async fn cancel(api: Api, form: FormBody) -> Result<HttpResponse, PageError> {
    let Some(link) = RegistrationLink::read(&form) else { return find::invalid_link(&api, &form).await };
    let visit = Visit::new(&api, link);
    let reason = form.value("reason");
    let body = json!({"reason": reason});
    let response = visit.send(ApiRequest::json(Method::POST, &visit.path("/cancel"), &body)).await?;
    let attempt = Attempt { reason, ..Attempt::default() };
    let (status, attempt) = match Rejection::of(&response, visit.words())? {
        None => return view::show(&visit, &[visit.words().registration.cancelled_now]).await,
        Some(Rejection::Conflict(problem)) => return view::show(&visit, &[&problem.detail]).await,
        Some(Rejection::Invalid(problem)) => {
            let error = problem.errors.into_iter().next().map(|error| error.detail);
            (response.status, Attempt { error, ..attempt })
        }
        Some(Rejection::Later(status, text)) => (status, Attempt { notice: Some(text), ..attempt }),
        Some(rejection) => return unavailable::show(&visit, rejection).await,
    };
    match visit.load().await? {
        Ok(loaded) => show(&visit, &loaded, status, attempt),
        Err(rejection) => unavailable::show(&visit, rejection).await,
    }
}

fn show(
    visit: &Visit<'_>,
    loaded: &Loaded,
    status: StatusCode,
    attempt: Attempt<'_>,
) -> Result<HttpResponse, PageError> {
    let content = context! {
        link => Value::from(Serde(&visit.link)),
        registration => Value::from(Serde(&loaded.registration)),
        event => Value::from(Serde(&loaded.event)),
        text_language => loaded.marked_language(visit.language),
        reason => attempt.reason,
        error => attempt.error,
        notice => attempt.notice,
    };
    let frame = visit.frame(visit.words().manage.cancel_title, &loaded.event);
    response::render_private(status, "registration/cancel.html", &frame, content)
}
