//! One speaker.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::ids::EventId;

use super::dto::SpeakerDto;
use crate::catalogue::Entry;
use crate::negotiation::Wanted;
use crate::problem::ApiError;
use crate::query::{LanguageQuery, Query};
use crate::reference;
use crate::representation::{Caching, Representation};
use crate::state::AppState;

/// Read a speaker
///
/// One speaker of a public event, by id or slug, with the sessions that they take part in.
#[utoipa::path(
    tag = "speakers",
    params(("speaker" = String, Path, description = "A speaker's id or slug", max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "elham-fakhari"), LanguageQuery),
    responses((status = 200, description = "The speaker", body = SpeakerDto)),
    security(("bearerAuth" = []), ()),
)]
#[get("/speakers/{speaker}")]
pub(crate) async fn read_speaker(
    request: HttpRequest,
    state: web::Data<AppState>,
    speaker: web::Path<String>,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    let named = reference::speaker(&speaker)?;
    let speaker = state.store.public_speaker(&named).await?.ok_or_else(ApiError::not_found)?;
    let wanted = Wanted::read(&request, &query.read()?)?;
    let available = speaker.card.languages(&speaker.language);
    let language = wanted.choose(&available).ok_or_else(ApiError::not_found)?;
    let parts = state.store.events_of_speakers(&[speaker.id]).await?;
    let ids: Vec<EventId> = parts.into_iter().map(|(_, event)| event).collect();
    let entries = state.catalogue.get_all(&ids).await?;
    let events: Vec<&Entry> = entries.iter().map(|e| &**e).collect();
    let body = SpeakerDto::new(&speaker, &events, &wanted, language);
    Ok(Representation::json(&body, &[language.as_str()], Caching::Programme)?.respond(&request))
}
