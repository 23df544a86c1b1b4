//! Handles `GET /speakers`: lists the speakers of public events.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, get};
use plenaria_domain::values::ids::{EventId, SpeakerId};
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_persistence::Store;

use super::dto::{SpeakerDto, SpeakerPage};
use crate::cache::events::CachedEvent;
use crate::cache::events::EventCache;
use crate::problem::ApiError;
use crate::request::cursor::Cursors;
use crate::request::language_preference::LanguagePreference;
use crate::request::pagination::PageRequest;
use crate::request::query::Query;
use crate::response::representation::{Caching, Representation};
use crate::state_part::Part;
use crate::v1::list_query::TranslatedListQuery;

/// List speakers
///
/// Returns speakers of public events in the order of their slugs, each with their sessions. Speakers belong to the organisation
/// that owns the event: a person who speaks at events of two organisations is listed once for each.
#[utoipa::path(
    tag = "speakers",
    params(TranslatedListQuery),
    responses((status = 200, description = "A page of speakers", body = SpeakerPage)),
    security(("bearerAuth" = []), ()),
)]
#[get("/speakers")]
pub(crate) async fn list_speakers(
    request: HttpRequest,
    store: Part<Store>,
    events: Part<EventCache>,
    cursors: Part<Cursors>,
    public_url: Part<PublicUrl>,
    query: Query<TranslatedListQuery>,
) -> Result<HttpResponse, ApiError> {
    let query = query.read()?;
    let wanted = LanguagePreference::read(&request, &query.language)?;
    let page: PageRequest<String> = query.page.read(&cursors, "speakers".to_owned())?;
    let speakers = store.public_speakers(page.after.as_deref(), page.limit as u64 + 1).await?;
    let (speakers, page) = page.finish(&cursors, speakers, |s| s.slug.to_string());
    let ids: Vec<SpeakerId> = speakers.iter().map(|s| s.id).collect();
    let participations = store.events_of_speakers(&ids).await?;
    let event_ids: BTreeSet<EventId> = participations.iter().map(|(_, event)| *event).collect();
    let entries = events.get_all(&event_ids.into_iter().collect::<Vec<_>>()).await?;
    let mut data = Vec::with_capacity(speakers.len());
    let mut languages = BTreeSet::new();
    for speaker in &speakers {
        let available = speaker.card.languages(&speaker.language);
        let Some(language) = wanted.choose(&available) else { continue };
        let entries = events_of(speaker.id, &participations, &entries);
        languages.insert(language.to_string());
        data.push(SpeakerDto::new(speaker, &entries, &wanted, language));
    }
    let languages: Vec<&str> = languages.iter().map(String::as_str).collect();
    let body = SpeakerPage { data, page };
    let representation = Representation::json(&body, &languages, Caching::Programme)?;
    Ok(representation.respond_page(&request, &public_url, body.page.next_cursor.as_deref()))
}

/// The events among `entries` that the speaker takes part in, in the order of `participations`.
fn events_of<'a>(
    speaker: SpeakerId,
    participations: &[(SpeakerId, EventId)],
    entries: &'a [Arc<CachedEvent>],
) -> Vec<&'a CachedEvent> {
    let events = participations.iter().filter(|(id, _)| *id == speaker).map(|(_, event)| *event);
    events.filter_map(|event| entries.iter().find(|e| e.event.id == event)).map(|e| &**e).collect()
}
