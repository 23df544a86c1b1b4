//! Erases a registration, in two steps.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, post};
use minijinja::context;
use minijinja::value::{Serde, Value};
use plenaria_http::in_process::{Api, ApiRequest};

use crate::errors::PageError;
use crate::form::rejection::Rejection;
use crate::form_body::FormBody;
use crate::pages::registration::link::RegistrationLink;
use crate::pages::registration::visit::{Loaded, Visit};
use crate::pages::registration::{find, unavailable, view};
use crate::response;

/// Explains what is erased, and asks whether the person means it.
#[post("/registration/erase")]
pub(crate) async fn ask(api: Api, form: FormBody) -> Result<HttpResponse, PageError> {
    let Some(link) = RegistrationLink::read(&form) else { return find::invalid_link(&api, &form).await };
    let visit = Visit::new(&api, link);
    match visit.load().await? {
        Ok(loaded) => show(&visit, &loaded, StatusCode::OK, None),
        Err(rejection) => unavailable::show(&visit, rejection).await,
    }
}

/// Erases.
#[post("/registration/erased")]
pub(crate) async fn erase(api: Api, form: FormBody) -> Result<HttpResponse, PageError> {
    let Some(link) = RegistrationLink::read(&form) else { return find::invalid_link(&api, &form).await };
    let visit = Visit::new(&api, link);
    let response = visit.send(ApiRequest::empty(Method::DELETE, &visit.path(""))).await?;
    match Rejection::of(&response, visit.words())? {
        None => unavailable::show_erased(&visit),
        Some(Rejection::Conflict(problem)) => view::show(&visit, &[&problem.detail]).await,
        Some(Rejection::Later(status, text)) => match visit.load().await? {
            Ok(loaded) => show(&visit, &loaded, status, Some(text)),
            Err(rejection) => unavailable::show(&visit, rejection).await,
        },
        Some(rejection) => unavailable::show(&visit, rejection).await,
    }
}

fn show(
    visit: &Visit<'_>,
    loaded: &Loaded,
    status: StatusCode,
    notice: Option<String>,
) -> Result<HttpResponse, PageError> {
    let content = context! {
        link => Value::from(Serde(&visit.link)),
        registration => Value::from(Serde(&loaded.registration)),
        event => Value::from(Serde(&loaded.event)),
        text_language => loaded.marked_language(visit.language),
        is_active => matches!(loaded.status(), "confirmed" | "waitlisted"),
        notice,
    };
    let frame = visit.frame(visit.words().manage.erase_title, &loaded.event);
    response::render_private(status, "registration/erase.html", &frame, content)
}
