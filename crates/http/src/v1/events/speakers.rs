//! Handles `GET /events/{event}/speakers`: lists an event's speakers.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::values::public_url::PublicUrl;

use crate::cache::events::EventCache;
use crate::problem::ApiError;
use crate::request::cursor::Cursors;
use crate::request::language_preference::LanguagePreference;
use crate::request::path;
use crate::request::query::Query;
use crate::response::representation::{Caching, Representation};
use crate::state_part::Part;
use crate::v1::list_query::TranslatedListQuery;
use crate::v1::speakers::dto::{SpeakerDto, SpeakerPage};

/// List an event's speakers
///
/// Returns the speakers in the order of the event's definition, each with their sessions at this event.
#[utoipa::path(
    tag = "events",
    params(TranslatedListQuery),
    responses((status = 200, description = "A page of speakers", body = SpeakerPage)),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/speakers")]
pub(crate) async fn list_event_speakers(
    request: HttpRequest,
    events: Part<EventCache>,
    cursors: Part<Cursors>,
    public_url: Part<PublicUrl>,
    event: web::Path<String>,
    query: Query<TranslatedListQuery>,
) -> Result<HttpResponse, ApiError> {
    let entry = events.public(&path::event(&event)?).await?;
    let query = query.read()?;
    let wanted = LanguagePreference::read(&request, &query.language)?;
    let language = wanted.choose(entry.languages()).ok_or_else(ApiError::not_found)?;
    let scope = format!("speakers of {}", entry.event.id);
    let page = query.page.read(&cursors, scope)?;
    let (speakers, page) = page.slice(&cursors, &entry.event.programme.speakers, |s| s.card.key.to_string());
    let data = speakers.into_iter().map(|s| SpeakerDto::new(s, &[&*entry], &wanted, language)).collect();
    let body = SpeakerPage { data, page };
    let representation = Representation::json(&body, &[language.as_str()], Caching::Programme)?;
    Ok(representation.respond_page(&request, &public_url, body.page.next_cursor.as_deref()))
}
