//! Handles `GET /events/{event}/sessions` and `/sessions/{session}`: lists an event's sessions, and reads one.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::values::ids::SessionId;

use super::programme_dto::{SessionDto, SessionPage};
use crate::cache::events::EventCache;
use crate::problem::ApiError;
use crate::request::cursor::Cursors;
use crate::request::language_preference::LanguagePreference;
use crate::request::pagination::PageRequest;
use crate::request::path;
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::{Caching, Representation};
use crate::state::PublicUrl;
use crate::state_part::Part;
use crate::v1::page_query::PageQuery;

/// List an event's sessions
///
/// Returns the sessions in the order of the programme.
#[utoipa::path(
    tag = "events",
    params(PageQuery),
    responses((status = 200, description = "A page of sessions", body = SessionPage)),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/sessions")]
pub(crate) async fn list_sessions(
    request: HttpRequest,
    events: Part<EventCache>,
    cursors: Part<Cursors>,
    public_url: Part<PublicUrl>,
    event: web::Path<String>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let entry = events.public(&path::event(&event)?).await?;
    let event = &entry.event;
    let query = query.read()?;
    let wanted = LanguagePreference::read(&request, &query.language())?;
    let language = wanted.choose(entry.languages()).ok_or_else(ApiError::not_found)?;
    let scope = format!("sessions of {}", event.id);
    let page = PageRequest::read(&cursors, scope, query.limit.as_deref(), query.cursor.as_deref())?;
    let all: Vec<_> = event.programme.sessions.iter().enumerate().collect();
    let (sessions, page) = page.slice(&cursors, &all, |(_, session)| session.definition.key.to_string());
    let data = sessions.into_iter().map(|(index, s)| SessionDto::new(event, *index, s, language)).collect();
    let body = SessionPage { data, page };
    let representation = Representation::json(&body, &[language.as_str()], Caching::Programme)?;
    Ok(representation.respond_page(&request, &public_url, body.page.next_cursor.as_deref()))
}

/// Read a session
///
/// Returns one session of an event.
#[utoipa::path(
    tag = "events",
    params(LanguageQuery),
    responses((status = 200, description = "The session", body = SessionDto)),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/sessions/{session}")]
pub(crate) async fn read_session(
    request: HttpRequest,
    events: Part<EventCache>,
    path: web::Path<(String, String)>,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    let (event, session_id_or_key) = path.into_inner();
    let entry = events.public(&path::event(&event)?).await?;
    let id = SessionId::parse(&session_id_or_key);
    let session = entry
        .event
        .programme
        .sessions
        .iter()
        .enumerate()
        .find(|(_, s)| id == Some(s.id) || s.definition.key.as_str() == session_id_or_key);
    let (index, session) = session.ok_or_else(ApiError::not_found)?;
    let wanted = LanguagePreference::read(&request, &query.read()?)?;
    let language = wanted.choose(entry.languages()).ok_or_else(ApiError::not_found)?;
    let body = SessionDto::new(&entry.event, index, session, language);
    Ok(Representation::json(&body, &[language.as_str()], Caching::Programme)?.respond(&request))
}
