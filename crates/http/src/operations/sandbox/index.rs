//! Handles `GET /sandbox`: lists the example events and the clients, as JSON or as a page.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::values::public_url::PublicUrl;
use serde::Serialize;

use crate::operations::sandbox::config::{Sandbox, SandboxClient, SandboxEvent};
use crate::operations::sandbox::page;
use crate::problem::ApiError;
use crate::request::negotiation;
use crate::request::query::{NoQuery, Query};
use crate::state_part::Part;

/// The sandbox as JSON.
#[derive(Serialize)]
struct SandboxDto<'a> {
    sandbox: bool,
    events: Vec<EventDto<'a>>,
    clients: &'a [SandboxClient],
    links: LinksDto,
}

/// An event with its address.
#[derive(Serialize)]
struct EventDto<'a> {
    #[serde(flatten)]
    event: &'a SandboxEvent,
    url: String,
    page_url: Option<String>,
}

#[derive(Serialize)]
struct LinksDto {
    mail: String,
    pages: Option<String>,
    documentation: String,
    token: String,
}

#[get("/sandbox")]
pub(crate) async fn read_sandbox(
    request: HttpRequest,
    sandbox: web::Data<Sandbox>,
    public_url: Part<PublicUrl>,
    query: Query<NoQuery>,
) -> Result<HttpResponse, ApiError> {
    query.read()?;
    let url = |path: &str| format!("{}{path}", &**public_url);
    let page_url = |event: &SandboxEvent| public_url.page_of(&event.slug);
    let event_url = |event: &SandboxEvent| url(&format!("/v1/events/{}", event.slug));
    if negotiation::prefers_html(&request) {
        let event_link = |event: &SandboxEvent| page::link(&page_url(event).unwrap_or_else(|| event_url(event)));
        let events = sandbox.events.iter().map(|event| [event_link(event), page::escape(event.shows)]);
        let clients = sandbox.clients.iter().map(|client| {
            let SandboxClient { client_id, client_secret, organisation, scopes, purpose } = client;
            let code = |text: &str| format!("<code>{}</code>", page::escape(text));
            [page::escape(purpose), code(organisation), code(client_id), code(client_secret), page::escape(scopes)]
        });
        let body = format!(
            "<p>A server to develop against: everything in it is an example, and anyone may read its mail.</p>\
             <p>{}{}<br>{}</p><h2>Events</h2>{}<h2>Clients</h2>{}",
            if public_url.has_pages() { page::link(&url("/")) + "<br>" } else { String::new() },
            page::link(&url("/sandbox/mail")),
            page::link(&url("/docs/")),
            page::table(["Event", "Shows"], events),
            page::table(["Client", "Organisation", "Id", "Secret", "Scopes"], clients),
        );
        return Ok(page::respond("Plenaria sandbox", &body));
    }
    let events =
        sandbox.events.iter().map(|event| EventDto { event, url: event_url(event), page_url: page_url(event) });
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept"))
        .json(SandboxDto {
            sandbox: true,
            events: events.collect(),
            clients: &sandbox.clients,
            links: LinksDto {
                mail: url("/sandbox/mail"),
                pages: public_url.has_pages().then(|| url("/")),
                documentation: url("/docs/"),
                token: url("/oauth/token"),
            },
        }))
}
