//! Handles `GET /sandbox/mail`: lists the newest messages, as JSON or as a page.

use std::fmt::Write as _;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::values::time::rfc3339;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;
use utoipa::IntoParams;

use crate::operations::sandbox::config::{MailFilter, Sandbox, SandboxMail};
use crate::operations::sandbox::page;
use crate::problem::ApiError;
use crate::request::negotiation;
use crate::request::pagination::{Page, whole_number};
use crate::request::query::Query;

/// The largest `limit`, and that of a request without one.
const LIMITS: (u64, usize) = (100, 20);

/// The filter and the number of messages. There are no further pages.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MailQuery {
    to: Option<String>,
    limit: Option<String>,
}

/// The messages.
#[derive(Serialize)]
struct MailList {
    data: Vec<MailDto>,
    page: Page,
}

/// A message. The link is there as a whole, and the token in it by itself.
#[derive(Serialize)]
struct MailDto {
    id: String,
    kind: &'static str,
    to: String,
    language: &'static str,
    at: String,
    event_id: String,
    registration_id: String,
    subject: String,
    links: MailLinks,
    manage_token: Option<String>,
    confirmation_token: Option<String>,
    text: String,
    html: String,
}

#[derive(Serialize)]
struct MailLinks {
    manage: Option<String>,
    confirm: Option<String>,
}

impl MailDto {
    fn new(mail: SandboxMail) -> Self {
        let manage_token = mail.link.as_deref().and_then(|link| fragment_value(link, "token"));
        let confirmation_token = mail.link.as_deref().and_then(|link| fragment_value(link, "confirmation_token"));
        let SandboxMail { id, kind, to, language, at, event_id, registration_id, subject, text, html, link } = mail;
        let links = MailLinks {
            manage: link.clone().filter(|_| manage_token.is_some()),
            confirm: link.filter(|_| confirmation_token.is_some()),
        };
        let at = rfc3339(at);
        Self {
            id,
            kind,
            to,
            language,
            at,
            event_id,
            registration_id,
            subject,
            links,
            manage_token,
            confirmation_token,
            text,
            html,
        }
    }
}

/// The value of a name in a URL's fragment, which is written like a query.
fn fragment_value(url: &str, name: &str) -> Option<String> {
    let (_, fragment) = url.split_once('#')?;
    let mut pairs = form_urlencoded::parse(fragment.as_bytes());
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

#[get("/sandbox/mail")]
pub(crate) async fn list_mail(
    request: HttpRequest,
    sandbox: web::Data<Sandbox>,
    query: Query<MailQuery>,
) -> Result<HttpResponse, ApiError> {
    let MailQuery { to, limit } = query.read()?;
    let (largest, default) = LIMITS;
    let limit = whole_number("limit", limit.as_deref(), (1, largest))?;
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(default);
    let found = (sandbox.read_mail)(&MailFilter { to, limit });
    if negotiation::prefers_html(&request) {
        return Ok(page::respond("Mail of the Plenaria sandbox", &articles(&found)));
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept"))
        .json(MailList {
            data: found.into_iter().map(MailDto::new).collect(),
            page: Page { limit, next_cursor: None },
        }))
}

fn articles(messages: &[SandboxMail]) -> String {
    if messages.is_empty() {
        return "<p>No mail yet. It is sent shortly after its cause.</p>".to_owned();
    }
    let mut html = String::new();
    for mail in messages {
        let link = mail.link.as_deref().map_or_else(String::new, |url| format!("<p>{}</p>", page::link(url)));
        // Writing to a string cannot fail.
        let _ = write!(
            html,
            "<article lang=\"{}\"><h2>{}</h2><p>{} · <code>{}</code> · {}</p>{link}<pre>{}</pre></article>",
            mail.language,
            page::escape(&mail.subject),
            page::escape(&mail.to),
            mail.kind,
            rfc3339(mail.at),
            page::escape(&mail.text),
        );
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_taken_from_the_fragment() {
        let url = "https://www.example.org/mine?token=no#registration=1&token=a.b-c_d&lang=es";
        assert_eq!(fragment_value(url, "token").as_deref(), Some("a.b-c_d"));
        assert_eq!(fragment_value(url, "confirmation_token"), None);
        assert_eq!(fragment_value("https://www.example.org/?token=no", "token"), None);
    }
}
