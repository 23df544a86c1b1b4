//! Responds with an event that is rendered once per language and phase, and then served from the cache.

use actix_web::{HttpRequest, HttpResponse};
use plenaria_domain::event::{Event, Phase};
use plenaria_domain::values::language::Language;

use crate::cache::events::Format;
use crate::problem::ApiError;
use crate::request::language_preference::LanguagePreference;
use crate::request::path;
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::Representation;
use crate::state::AppState;

/// Responds with a public event in the caller's language. `render` runs only if this format is not in the cache.
///
/// Calendars do not depend on the event's phase, so they stay valid until the definition changes.
pub(crate) async fn cached_rendering(
    request: &HttpRequest,
    state: &AppState,
    event: &str,
    query: Query<LanguageQuery>,
    format: Format,
    render: impl FnOnce(&Event, &Language, Phase) -> Result<Representation, ApiError>,
) -> Result<HttpResponse, ApiError> {
    let entry = state.events.public(&path::event(event)?).await?;
    let wanted = LanguagePreference::read(request, &query.read()?)?;
    let language = wanted.choose(entry.languages()).ok_or_else(ApiError::not_found)?;
    let phase = match format {
        Format::Calendar | Format::ProgrammeCalendar => Phase::Upcoming,
        Format::Event | Format::Programme => entry.event.phase(state.clock.now()),
    };
    let render = || render(&entry.event, language, phase);
    let representation = state.events.rendered(&entry, format, language, phase, render)?;
    Ok(representation.respond(request))
}
