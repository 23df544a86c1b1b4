//! Handles `GET /events.ics`: all public events as one calendar to subscribe to.

use actix_web::{HttpRequest, HttpResponse, get};
use plenaria_domain::validation::InvalidValue;
use plenaria_domain::values::language::Language;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Clock;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::cache::events::EventCache;
use crate::cache::events_calendar::{CalendarFilter, EventsCalendarCache};
use crate::problem::ApiError;
use crate::request::language_preference::LanguagePreference;
use crate::request::query::{LanguageQuery, Query};
use crate::schemas;
use crate::state_part::Part;

/// Filters and language.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsCalendarQuery {
    /// Only editions of this series.
    #[param(value_type = Option<schemas::Slug>, example = "internationalisation-and-metropolitan-spaces")]
    series: Option<String>,
    /// Only events held in this language (BCP 47).
    #[param(value_type = Option<schemas::LanguageTag>, example = "en")]
    language: Option<String>,
    /// The language for texts (BCP 47). It takes precedence over `Accept-Language`.
    #[param(value_type = Option<schemas::LanguageTag>, example = "es")]
    lang: Option<String>,
}

/// Subscribe to all events
///
/// Returns the public events as one iCalendar file (RFC 5545), for calendar programs that read it every hour. It has the events
/// that started in the last year or will start, at most 1,000, the earliest first. A cancelled event has `STATUS:CANCELLED`. An
/// event has the same `UID` as in its own calendar.
#[utoipa::path(
    tag = "events",
    params(EventsCalendarQuery),
    responses((status = 200, description = "The calendar", body = String, content_type = "text/calendar")),
    security(("bearerAuth" = []), ()),
)]
#[get("/events.ics")]
pub(crate) async fn read_events_calendar(
    request: HttpRequest,
    calendars: Part<EventsCalendarCache>,
    events: Part<EventCache>,
    public_url: Part<PublicUrl>,
    clock: Part<Clock>,
    query: Query<EventsCalendarQuery>,
) -> Result<HttpResponse, ApiError> {
    let query = query.read()?;
    let invalid = |name: &'static str| move |error: InvalidValue| ApiError::invalid_parameter(name, error);
    let wanted = LanguagePreference::read(&request, &LanguageQuery { lang: query.lang.clone() })?;
    let filter = CalendarFilter {
        series: query.series.as_deref().map(Slug::parse).transpose().map_err(invalid("series"))?,
        language: query.language.as_deref().map(Language::parse).transpose().map_err(invalid("language"))?,
    };
    let calendar = calendars.read(&events, filter, wanted, &public_url, clock.now()).await?;
    Ok(calendar.respond(&request))
}
