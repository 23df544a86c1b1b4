//! Responds with an event that is rendered once per language and phase, and then served from the cache.

use actix_web::{HttpRequest, HttpResponse};
use plenaria_domain::event::{Event, Phase};
use plenaria_domain::values::language::Language;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::time::Clock;

use crate::cache::events::{EventCache, Format};
use crate::problem::ApiError;
use crate::request::language_preference::LanguagePreference;
use crate::request::path;
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::Representation;
use crate::state::PrivacyNotice;
use crate::state_part::{Part, group_of_parts};

/// What rendering an event needs.
pub(crate) struct RenderingParts {
    pub(crate) events: Part<EventCache>,
    pub(crate) clock: Part<Clock>,
    pub(crate) public_url: Part<PublicUrl>,
    pub(crate) privacy_notice: Part<PrivacyNotice>,
}

group_of_parts!(RenderingParts { events, clock, public_url, privacy_notice });

/// Responds with a public event in the caller's language. `render` runs only if this format is not in the cache.
///
/// Formats of other programs do not depend on the event's phase, so they stay valid until the definition changes.
pub(crate) async fn cached_rendering(
    request: &HttpRequest,
    parts: &RenderingParts,
    event: &str,
    query: Query<LanguageQuery>,
    format: Format,
    render: impl FnOnce(&Event, &Language, Phase) -> Result<Representation, ApiError>,
) -> Result<HttpResponse, ApiError> {
    let entry = parts.events.public(&path::event(event)?).await?;
    let wanted = LanguagePreference::read(request, &query.read()?)?;
    let language = wanted.choose(entry.languages()).ok_or_else(ApiError::not_found)?;
    let phase = match format {
        Format::Event | Format::Programme => entry.event.phase(parts.clock.now()),
        _ => Phase::Upcoming,
    };
    let render = || render(&entry.event, language, phase);
    let representation = parts.events.rendered(&entry, format, language, phase, render)?;
    Ok(representation.respond(request))
}
