//! Handles `GET /events/{event}/schedule.json` and `schedule.xml`: a programme in the frab format, for conference apps.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_formats::frab;

use crate::cache::events::Format;
use crate::problem::{ApiError, Code};
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::{Caching, Representation};
use crate::schemas;
use crate::v1::events::cached_rendering::{RenderingParts, cached_rendering};

/// Read a programme for conference apps
///
/// Returns the sessions of an event by days and rooms in the frab format (<https://c3voc.de/wiki/schedule>), which apps for
/// conferences read. Sessions without a room are in a room that has the name of the venue, or says that the event
/// is online. A session after midnight belongs to the day before. Cancelled sessions are left out.
#[utoipa::path(
    tag = "events",
    params(LanguageQuery),
    responses((status = 200, description = "The schedule", body = schemas::FrabSchedule)),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/schedule.json")]
pub(crate) async fn read_schedule_json(
    request: HttpRequest,
    parts: RenderingParts,
    event: web::Path<String>,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    cached_rendering(&request, &parts, &event, query, Format::ScheduleJson, |event, language, _| {
        let schedule = frab::to_json(event, language, &parts.public_url);
        Representation::json(&schedule, &[language.as_str()], Caching::Programme)
    })
    .await
}

/// Read a programme for conference apps, as XML
///
/// Returns the same schedule as `schedule.json`, in the older form of the frab format.
#[utoipa::path(
    tag = "events",
    params(LanguageQuery),
    responses((status = 200, description = "The schedule", body = String, content_type = "application/xml")),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/schedule.xml")]
pub(crate) async fn read_schedule_xml(
    request: HttpRequest,
    parts: RenderingParts,
    event: web::Path<String>,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    cached_rendering(&request, &parts, &event, query, Format::ScheduleXml, |event, language, _| {
        let schedule = frab::to_xml(event, language, &parts.public_url);
        let text = schedule.map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
        Ok(Representation::text(text, "application/xml; charset=utf-8", language.as_str(), Caching::Programme))
    })
    .await
}
