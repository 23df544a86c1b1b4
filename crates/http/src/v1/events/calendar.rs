//! An event and its programme as calendars.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::event::{Event, Phase};
use plenaria_domain::language::Language;

use crate::catalogue::Form;
use crate::negotiation::Wanted;
use crate::problem::ApiError;
use crate::query::{LanguageQuery, Query};
use crate::reference;
use crate::representation::{Caching, Keep, Representation};
use crate::state::AppState;

/// Read an event's calendar entry
///
/// The event as one entry (iCalendar, RFC 5545), to be put into a calendar or subscribed to. Its `UID` stays, and
/// `SEQUENCE` grows with every change of the definition; a cancelled event has `STATUS:CANCELLED`.
#[utoipa::path(
    tag = "events",
    params(("event" = String, Path, description = "An event's id or slug", max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "internationalisation-and-metropolitan-spaces-en"), LanguageQuery),
    responses((status = 200, description = "The calendar", body = String, content_type = "text/calendar")),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/calendar.ics")]
pub(crate) async fn read_calendar(
    request: HttpRequest,
    state: web::Data<AppState>,
    event: web::Path<String>,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    respond(&request, &state, &event, query, Form::Calendar, plenaria_calendar::of_event).await
}

/// Read a programme as a calendar
///
/// Each session of an event as one entry (iCalendar, RFC 5545). A session's `UID` stays while its key does; its track is
/// its category, and `URL` is the event's page.
#[utoipa::path(
    tag = "events",
    params(("event" = String, Path, description = "An event's id or slug", max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "internationalisation-and-metropolitan-spaces-en"), LanguageQuery),
    responses((status = 200, description = "The calendar", body = String, content_type = "text/calendar")),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/programme.ics")]
pub(crate) async fn read_programme_calendar(
    request: HttpRequest,
    state: web::Data<AppState>,
    event: web::Path<String>,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    respond(&request, &state, &event, query, Form::ProgrammeCalendar, plenaria_calendar::of_programme).await
}

async fn respond(
    request: &HttpRequest,
    state: &AppState,
    event: &str,
    query: Query<LanguageQuery>,
    form: Form,
    write: fn(&Event, &Language, &str) -> String,
) -> Result<HttpResponse, ApiError> {
    let entry = state.catalogue.public(&reference::event(event)?).await?;
    let wanted = Wanted::read(request, &query.read()?)?;
    let language = wanted.choose(entry.languages()).ok_or_else(ApiError::not_found)?;
    // A calendar says nothing of the phase: it is as it was when the definition changed.
    let representation = state.catalogue.rendered(&entry, form, language, Phase::Upcoming, || {
        Ok(Representation::calendar(
            write(&entry.event, language, &state.public_url),
            language.as_str(),
            Caching::Programme,
        ))
    })?;
    Ok(Keep { representation, until: None }.respond(request))
}
