//! What is shown instead of a registration: its link no longer works, or its data have been erased.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde_json::Value as Json;

use crate::errors::PageError;
use crate::form::rejection::Rejection;
use crate::pages::registration::resend::ResendForm;
use crate::pages::registration::visit::Visit;
use crate::response;

/// What to show instead of a registration.
struct Unavailable<'a> {
    status: StatusCode,
    /// The value of `data-status`.
    name: &'a str,
    title: &'a str,
    text: &'a str,
    /// The form that requests a new link.
    resend: Option<ResendForm>,
    /// Whether the same link may work in a moment.
    is_retryable: bool,
}

/// Shows why the registration cannot be shown.
pub(crate) async fn show(visit: &Visit<'_>, rejection: Rejection) -> Result<HttpResponse, PageError> {
    let words = visit.words();
    let page = match &rejection {
        Rejection::NotFound => Unavailable {
            status: StatusCode::NOT_FOUND,
            name: "erased",
            title: words.registration.gone,
            text: words.registration.gone_text,
            resend: None,
            is_retryable: false,
        },
        Rejection::Later(status, text) => Unavailable {
            status: *status,
            name: "unavailable",
            title: words.common.unavailable,
            text,
            resend: None,
            is_retryable: true,
        },
        Rejection::InvalidToken | Rejection::Invalid(_) | Rejection::Conflict(_) => Unavailable {
            status: StatusCode::FORBIDDEN,
            name: "expired",
            title: words.manage.expired,
            text: words.manage.expired_text,
            resend: Some(ResendForm::empty(visit.api, visit.language, &visit.link.origin).await?),
            is_retryable: false,
        },
    };
    render(visit, page)
}

/// Says that the registration has been erased.
pub(crate) fn show_erased(visit: &Visit<'_>) -> Result<HttpResponse, PageError> {
    let words = visit.words();
    let (title, text) = (words.manage.erased, words.manage.erased_text);
    let (status, name) = (StatusCode::OK, "erased");
    render(visit, Unavailable { status, name, title, text, resend: None, is_retryable: false })
}

fn render(visit: &Visit<'_>, page: Unavailable<'_>) -> Result<HttpResponse, PageError> {
    let content = context! {
        link => Value::from(Serde(&visit.link)),
        name => page.name,
        text => page.text,
        resend => page.resend.map(|form| form.to_value()),
        is_retryable => page.is_retryable,
    };
    let frame = visit.frame(page.title, &Json::Null);
    response::render_private(page.status, "registration/unavailable.html", &frame, content)
}
