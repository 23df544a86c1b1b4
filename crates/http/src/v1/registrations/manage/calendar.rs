//! Handles `GET /registrations/{registration}/calendar.ics`: the person's calendar entry.

use actix_web::{HttpResponse, get, web};
use plenaria_domain::values::language::Language;

use crate::problem::{ApiError, Code, Detail};
use crate::request::language_preference::LanguagePreference;
use crate::request::query::LanguageQuery;
use crate::response::representation::{Caching, Representation};
use crate::v1::registrations::command::RegistrationRequest;

/// Read a registration's calendar entry
///
/// The person's own entry (iCalendar, RFC 5545). It is tentative while the person is on the waiting list, and has
/// `STATUS:CANCELLED` when the registration or the event is cancelled. Its `UID` stays the same, and `SEQUENCE` grows
/// with every change of the registration and of the event. Texts are in the language that the request asks for, else in
/// the language of the registration.
#[utoipa::path(
    tag = "registrations",
    params(LanguageQuery),
    responses((status = 200, description = "The calendar", body = String, content_type = "text/calendar")),
    security(("bearerAuth" = []), ("oauth2" = ["registrations:read"])),
)]
#[get("/registrations/{registration}/calendar.ics")]
pub(crate) async fn read_registration_calendar(
    request: RegistrationRequest<LanguageQuery>,
    registration: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let registration = request.find_registration(&registration).await?.registration;
    let RegistrationRequest { http, parts, query, .. } = request;
    let preference = LanguagePreference::read(&http, &query.read()?)?;
    let entry = parts.events.get(registration.event_id).await?;
    let entry = entry.ok_or_else(|| ApiError::new(Code::Internal).detail(Detail::EventUnreadable))?;
    let registered_in = Language::parse(registration.attendee.language.as_str()).ok();
    let language = preference.or_else(registered_in).choose(entry.languages()).cloned();
    let language = language.ok_or_else(ApiError::not_found)?;
    let text =
        plenaria_formats::icalendar::registration_calendar(&entry.event, &registration, &language, &parts.public_url);
    Ok(Representation::calendar(text, language.as_str(), Caching::Private).respond(&http))
}
