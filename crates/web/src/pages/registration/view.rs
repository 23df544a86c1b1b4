//! Shows a registration: its state, its event, what was said, and what can be done.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use minijinja::context;
use minijinja::value::{Serde, Value};
use plenaria_http::in_process::ApiRequest;
use serde_json::Value as Json;

use crate::errors::PageError;
use crate::markdown;
use crate::pages::registration::details;
use crate::pages::registration::unavailable;
use crate::pages::registration::visit::{Loaded, Visit};
use crate::response;

/// The link to the room.
#[derive(Debug, Default)]
struct Join {
    /// Its address, once it may be used.
    url: Option<String>,
    /// When it may be used.
    from: Option<String>,
}

/// The registration's page. `notices` say what has just happened.
pub(crate) async fn show(visit: &Visit<'_>, notices: &[&str]) -> Result<HttpResponse, PageError> {
    match visit.load().await? {
        Ok(loaded) => show_loaded(visit, &loaded, notices).await,
        Err(rejection) => unavailable::show(visit, rejection).await,
    }
}

/// The page of a registration that has been read.
pub(crate) async fn show_loaded(
    visit: &Visit<'_>,
    loaded: &Loaded,
    notices: &[&str],
) -> Result<HttpResponse, PageError> {
    let Loaded { registration, event, .. } = loaded;
    if event.is_null() {
        return show_without_event(visit, loaded, notices);
    }
    let join = join(visit, loaded).await?;
    let can_join = join.url.is_some();
    let is_waiting = loaded.status() == "waitlisted" && event["status"] == "published";
    let content = context! {
        notices => Value::from(Serde(notices)),
        link => Value::from(Serde(&visit.link)),
        registration => Value::from(Serde(registration)),
        event => Value::from(Serde(event)),
        text_language => loaded.marked_language(visit.language),
        details => Value::from(Serde(details::rows(registration, event, visit.language))),
        join_url => join.url,
        join_from => join.from,
        is_waiting => is_waiting && event["phase"] == "upcoming",
        is_changeable => loaded.is_changeable(),
        has_changed => registration["created_at"].as_str() < event["updated_at"].as_str() && event["revision"] != 1,
        version => version(loaded, can_join),
    };
    let frame = visit.frame(visit.words().registration.title, event);
    response::render_private(StatusCode::OK, "registration/view.html", &frame, content)
}

/// The registration's page while its event is not public: its holder sees what is stored, and can cancel and erase it.
fn show_without_event(visit: &Visit<'_>, loaded: &Loaded, notices: &[&str]) -> Result<HttpResponse, PageError> {
    let Loaded { registration, event, .. } = loaded;
    let content = context! {
        notices => Value::from(Serde(notices)),
        link => Value::from(Serde(&visit.link)),
        registration => Value::from(Serde(registration)),
        details => Value::from(Serde(details::rows(registration, event, visit.language))),
        is_changeable => loaded.is_changeable(),
    };
    let frame = visit.frame(visit.words().registration.title, event);
    response::render_private(StatusCode::OK, "registration/without_event.html", &frame, content)
}

/// Changes with everything on the page that changes by itself, so that a script knows whether to show the page anew.
fn version(loaded: &Loaded, can_join: bool) -> String {
    let Loaded { registration, event, .. } = loaded;
    let place = registration["waitlist_position"].as_u64().unwrap_or_default();
    format!(
        "{}-{place}-{}-{}-{can_join}",
        registration["revision"],
        event["revision"],
        event["phase"].as_str().unwrap_or_default()
    )
}

/// Where and when the person joins. An event that people attend in person has no such link.
async fn join(visit: &Visit<'_>, loaded: &Loaded) -> Result<Join, PageError> {
    if loaded.status() != "confirmed" || loaded.event["phase"] == "ended" {
        return Ok(Join::default());
    }
    let response = visit.send(ApiRequest::get(&visit.path("/join"))).await?;
    if response.status.is_server_error() {
        // The rest of the page is worth showing.
        return Ok(Join::default());
    }
    let body: Json = response.json()?;
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    Ok(Join { url: text("join_url").filter(|url| markdown::is_web_address(url)), from: text("available_from") })
}
