//! Handles `GET /speakers/{speaker}`: reads a speaker.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::values::ids::EventId;
use plenaria_persistence::Store;

use super::dto::SpeakerDto;
use crate::cache::events::CachedEvent;
use crate::cache::events::EventCache;
use crate::problem::ApiError;
use crate::request::language_preference::LanguagePreference;
use crate::request::path;
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::{Caching, Representation};
use crate::state_part::Part;

/// Read a speaker
///
/// Returns a speaker of a public event, with their sessions.
#[utoipa::path(
    tag = "speakers",
    params(LanguageQuery),
    responses((status = 200, description = "The speaker", body = SpeakerDto)),
    security(("bearerAuth" = []), ()),
)]
#[get("/speakers/{speaker}")]
pub(crate) async fn read_speaker(
    request: HttpRequest,
    store: Part<Store>,
    events: Part<EventCache>,
    speaker: web::Path<String>,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    let speaker = path::speaker(&speaker)?;
    let speaker = store.public_speaker(&speaker).await?.ok_or_else(ApiError::not_found)?;
    let wanted = LanguagePreference::read(&request, &query.read()?)?;
    let available = speaker.card.languages(&speaker.language);
    let language = wanted.choose(&available).ok_or_else(ApiError::not_found)?;
    let participations = store.events_of_speakers(&[speaker.id]).await?;
    let ids: Vec<EventId> = participations.into_iter().map(|(_, event)| event).collect();
    let entries = events.get_all(&ids).await?;
    let entries: Vec<&CachedEvent> = entries.iter().map(|e| &**e).collect();
    let body = SpeakerDto::new(&speaker, &entries, &wanted, language);
    Ok(Representation::json(&body, &[language.as_str()], Caching::Programme)?.respond(&request))
}
