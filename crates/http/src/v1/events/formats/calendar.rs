//! Handles `GET /events/{event}/calendar.ics` and `programme.ics`: an event and its programme as iCalendar files.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::event::Event;
use plenaria_domain::values::language::Language;
use plenaria_domain::values::public_url::PublicUrl;

use crate::cache::events::Format;
use crate::problem::ApiError;
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::{Caching, Representation};
use crate::v1::events::cached_rendering::{RenderingParts, cached_rendering};

/// Read an event's calendar entry
///
/// Returns the event as one iCalendar entry (RFC 5545), to import or to subscribe to. `UID` is stable, and `SEQUENCE` grows
/// with every change of the definition. A cancelled event has `STATUS:CANCELLED`.
#[utoipa::path(
    tag = "events",
    params(LanguageQuery),
    responses((status = 200, description = "The calendar", body = String, content_type = "text/calendar")),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/calendar.ics")]
pub(crate) async fn read_calendar(
    request: HttpRequest,
    parts: RenderingParts,
    event: web::Path<String>,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    respond(&request, &parts, &event, query, Format::Calendar, plenaria_formats::icalendar::event_calendar).await
}

/// Read a programme as a calendar
///
/// Returns each session of an event as one iCalendar entry (RFC 5545). A session's `UID` is stable as long as its key is. The
/// category is the session's track, the location begins with its room, and `URL` is the event's page. A cancelled session has
/// `STATUS:CANCELLED`.
#[utoipa::path(
    tag = "events",
    params(LanguageQuery),
    responses((status = 200, description = "The calendar", body = String, content_type = "text/calendar")),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/programme.ics")]
pub(crate) async fn read_programme_calendar(
    request: HttpRequest,
    parts: RenderingParts,
    event: web::Path<String>,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    respond(&request, &parts, &event, query, Format::ProgrammeCalendar, plenaria_formats::icalendar::programme_calendar)
        .await
}

async fn respond(
    request: &HttpRequest,
    parts: &RenderingParts,
    event: &str,
    query: Query<LanguageQuery>,
    format: Format,
    write: fn(&Event, &Language, &PublicUrl) -> String,
) -> Result<HttpResponse, ApiError> {
    cached_rendering(request, parts, event, query, format, |event, language, _| {
        let text = write(event, language, &parts.public_url);
        Ok(Representation::calendar(text, language.as_str(), Caching::Programme))
    })
    .await
}
