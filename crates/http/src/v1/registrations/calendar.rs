//! One's own calendar entry.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::language::Language;
use plenaria_domain::scope::Scope;

use super::read;
use crate::auth::Caller;
use crate::negotiation::Wanted;
use crate::problem::{ApiError, Code, Detail};
use crate::query::{LanguageQuery, Query};
use crate::representation::{Caching, Representation};
use crate::state::AppState;

/// Read a registration's calendar entry
///
/// The person's own entry (iCalendar, RFC 5545): tentative while they wait, `STATUS:CANCELLED` after cancelling and when the
/// event is called off. Its `UID` stays, and `SEQUENCE` grows with every change of the registration and of the event.
/// Texts are in the language that the caller asks for, else in that of the registration.
#[utoipa::path(
    tag = "registrations",
    params(LanguageQuery),
    responses((status = 200, description = "The calendar", body = String, content_type = "text/calendar")),
    security(("bearerAuth" = []), ("oauth2" = ["registrations:read"])),
)]
#[get("/registrations/{registration}/calendar.ics")]
pub(crate) async fn read_registration_calendar(
    request: HttpRequest,
    state: web::Data<AppState>,
    registration: web::Path<String>,
    query: Query<LanguageQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (registration, _) = read::find(&state, caller, &registration, Scope::RegistrationsRead).await?;
    let wanted = Wanted::read(&request, &query.read()?)?;
    let entry = state.catalogue.get(registration.event_id).await?;
    let entry = entry.ok_or_else(|| ApiError::new(Code::Internal).detail(Detail::EventUnreadable))?;
    let own = Language::parse(registration.attendee.language.as_str()).ok();
    let language = wanted.or_else(own).choose(entry.languages()).cloned().ok_or_else(ApiError::not_found)?;
    let text = plenaria_calendar::of_registration(&entry.event, &registration, &language, &state.public_url);
    Ok(Representation::calendar(text, language.as_str(), Caching::Private).respond(&request))
}
