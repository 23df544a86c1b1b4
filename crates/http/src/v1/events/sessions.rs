//! Handles `GET /events/{event}/sessions` and `/sessions/{session}`: lists an event's sessions, and reads one.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use plenaria_domain::event::Event;
use plenaria_domain::event::session::Session;
use plenaria_domain::validation::{Form, InvalidValue};
use plenaria_domain::values::ids::{SessionId, SpeakerId};
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::text;
use plenaria_domain::values::text::folding;
use serde::Deserialize;
use utoipa::IntoParams;

use super::programme_dto::{SessionDto, SessionPage};
use crate::cache::events::EventCache;
use crate::problem::ApiError;
use crate::request::cursor::Cursors;
use crate::request::language_preference::LanguagePreference;
use crate::request::path;
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::{Caching, Representation};
use crate::schemas;
use crate::state_part::Part;
use crate::v1::list_query::ListQuery;

/// Filters.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionFilters {
    /// Only sessions that start on this day, in the event's time zone.
    #[param(value_type = Option<schemas::LocalDate>, example = "2027-07-22")]
    day: Option<String>,
    /// Only sessions of this track, in any language. Case and accents are ignored. A blank value is ignored.
    #[param(max_length = 300, example = "Cooperation")]
    track: Option<String>,
    /// Only sessions in the room with this key.
    #[param(value_type = Option<schemas::Slug>, example = "main-hall")]
    room: Option<String>,
    /// Only sessions with this speaker: an id or a slug.
    #[param(value_type = Option<schemas::IdOrSlug>, example = "elham-fakhari")]
    speaker: Option<String>,
}

/// Which sessions to list.
#[derive(Debug)]
struct SessionFilter {
    day: Option<NaiveDate>,
    /// The track without case and accents.
    track: Option<String>,
    room: Option<Slug>,
    speaker: Option<String>,
}

impl SessionFilters {
    fn filter(&self) -> Result<SessionFilter, ApiError> {
        let invalid = |name: &'static str| move |error: InvalidValue| ApiError::invalid_parameter(name, error);
        let track = self.track.as_deref().filter(|track| !text::is_blank(track));
        let track = track.map(|track| text::clean(track, 1, 300)).transpose().map_err(invalid("track"))?;
        if let Some(speaker) = self.speaker.as_deref().filter(|speaker| SpeakerId::parse(speaker).is_none()) {
            Slug::parse(speaker).map_err(invalid("speaker"))?;
        }
        Ok(SessionFilter {
            day: self.day.as_deref().map(parse_day).transpose().map_err(invalid("day"))?,
            track: track.as_deref().map(folding::fold),
            room: self.room.as_deref().map(Slug::parse).transpose().map_err(invalid("room"))?,
            speaker: self.speaker.clone(),
        })
    }
}

/// Parses a date as RFC 3339 writes it.
fn parse_day(text: &str) -> Result<NaiveDate, InvalidValue> {
    let is_full = text.len() == 10;
    let day = is_full.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten();
    day.ok_or(InvalidValue::Format { expected: Form::Date })
}

impl SessionFilter {
    /// The speaker's id, if the event has that speaker; `Err` if the filter names one that it does not have.
    fn speaker_in(&self, event: &Event) -> Result<Option<SpeakerId>, ()> {
        let Some(wanted) = &self.speaker else { return Ok(None) };
        let id = SpeakerId::parse(wanted);
        let found = event.programme.speakers.iter().find(|s| id == Some(s.id) || s.slug.as_str() == wanted);
        found.map(|speaker| Some(speaker.id)).ok_or(())
    }

    /// The sessions of the event that match, with their positions in the programme.
    fn sessions<'a>(&self, event: &'a Event) -> Vec<(usize, &'a Session)> {
        let Ok(speaker) = self.speaker_in(event) else { return Vec::new() };
        let matches = |session: &Session| {
            let track = session.definition.track.as_ref();
            self.day.is_none_or(|day| session.local_start.date() == day)
                && self
                    .track
                    .as_ref()
                    .is_none_or(|wanted| track.is_some_and(|t| t.values().any(|t| folding::fold(t) == *wanted)))
                && self.room.as_ref().is_none_or(|room| session.definition.room.as_ref() == Some(room))
                && speaker.is_none_or(|id| session.speakers.iter().any(|(_, speaker)| *speaker == id))
        };
        event.programme.sessions.iter().enumerate().filter(|(_, session)| matches(session)).collect()
    }
}

type SessionQuery = ListQuery<SessionFilters, LanguageQuery>;

/// List an event's sessions
///
/// Returns the sessions in the order of the programme, cancelled ones too.
#[utoipa::path(
    tag = "events",
    params(SessionQuery),
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
    query: Query<SessionQuery>,
) -> Result<HttpResponse, ApiError> {
    let entry = events.public(&path::event(&event)?).await?;
    let event = &entry.event;
    let query = query.read()?;
    let wanted = LanguagePreference::read(&request, &query.language)?;
    let language = wanted.choose(entry.languages()).ok_or_else(ApiError::not_found)?;
    let filter = query.filters.filter()?;
    let scope = format!("sessions of {} {filter:?}", event.id);
    let page = query.page.read(&cursors, scope)?;
    let all = filter.sessions(event);
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
