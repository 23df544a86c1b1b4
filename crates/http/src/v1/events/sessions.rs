//! An event's sessions.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::ids::SessionId;
use serde::Deserialize;
use utoipa::IntoParams;

use super::programme_dto::{SessionDto, SessionPage};
use crate::negotiation::Wanted;
use crate::page::PageRequest;
use crate::problem::ApiError;
use crate::query::{LanguageQuery, Query};
use crate::reference;
use crate::representation::{Caching, Representation};
use crate::state::AppState;

/// The page of a list whose texts have languages.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// How many items a page has, from 1 to 100; 20 unless asked otherwise.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20, example = 20)]
    pub(crate) limit: Option<String>,
    /// The page behind this cursor, from `next_cursor` of the page before.
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]+$")]
    pub(crate) cursor: Option<String>,
    /// The language for texts (BCP 47); it beats `Accept-Language`.
    #[param(format = "language-tag", example = "es")]
    pub(crate) lang: Option<String>,
}

impl PageQuery {
    pub(crate) fn language(&self) -> LanguageQuery {
        LanguageQuery { lang: self.lang.clone() }
    }
}

/// List an event's sessions
///
/// In the order of the programme.
#[utoipa::path(
    tag = "events",
    params(("event" = String, Path, description = "An event's id or slug", max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "internationalisation-and-metropolitan-spaces-en"), PageQuery),
    responses((status = 200, description = "A page of sessions", body = SessionPage)),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/sessions")]
pub(crate) async fn list_sessions(
    request: HttpRequest,
    state: web::Data<AppState>,
    event: web::Path<String>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let entry = state.catalogue.public(&reference::event(&event)?).await?;
    let event = &entry.event;
    let query = query.read()?;
    let wanted = Wanted::read(&request, &query.language())?;
    let language = wanted.choose(entry.languages()).ok_or_else(ApiError::not_found)?;
    let scope = format!("sessions of {}", event.id);
    let page = PageRequest::read(&state, scope, query.limit.as_deref(), query.cursor.as_deref())?;
    let all: Vec<_> = event.programme.sessions.iter().enumerate().collect();
    let (sessions, page) = page.slice(&state, &all, |(_, session)| session.definition.key.to_string());
    let data = sessions.into_iter().map(|(index, s)| SessionDto::new(event, *index, s, language)).collect();
    let body = SessionPage { data, page };
    let representation = Representation::json(&body, &[language.as_str()], Caching::Programme)?;
    Ok(representation.respond_page(&request, &state.public_url, body.page.next_cursor.as_deref()))
}

/// Read a session
///
/// One session of an event, by its id or its key.
#[utoipa::path(
    tag = "events",
    params(
        ("event" = String, Path, description = "An event's id or slug", max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "internationalisation-and-metropolitan-spaces-en"),
        ("session" = String, Path, description = "A session's id or key", max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "tehran"),
        LanguageQuery,
    ),
    responses((status = 200, description = "The session", body = SessionDto)),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/sessions/{session}")]
pub(crate) async fn read_session(
    request: HttpRequest,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    let (event, named) = path.into_inner();
    let entry = state.catalogue.public(&reference::event(&event)?).await?;
    let id = SessionId::parse(&named);
    let found = entry
        .event
        .programme
        .sessions
        .iter()
        .enumerate()
        .find(|(_, s)| id == Some(s.id) || s.definition.key.as_str() == named);
    let (index, session) = found.ok_or_else(ApiError::not_found)?;
    let wanted = Wanted::read(&request, &query.read()?)?;
    let language = wanted.choose(entry.languages()).ok_or_else(ApiError::not_found)?;
    let body = SessionDto::new(&entry.event, index, session, language);
    Ok(Representation::json(&body, &[language.as_str()], Caching::Programme)?.respond(&request))
}
