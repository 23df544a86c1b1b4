//! Handles `GET /events/{event}/preview`: returns an event as the public sees it, or will see it.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::event::EventStatus;

use super::access;
use super::dto::PreviewDto;
use super::parts::DefinitionParts;
use crate::auth::Caller;
use crate::problem::ApiError;
use crate::request::language_preference::LanguagePreference;
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::{Caching, Representation};
use crate::v1::events::dto::EventDto;
use crate::v1::events::programme_dto::ProgrammeDto;

/// Preview an event
///
/// Returns an event and its programme in the caller's language, as the public sees them or, for a draft, will see them
/// once it is published.
#[utoipa::path(
    tag = "definitions",
    params(LanguageQuery),
    responses((status = 200, description = "The event and its programme", body = PreviewDto)),
    security(("oauth2" = ["events:write"])),
)]
#[get("/events/{event}/preview")]
pub(crate) async fn preview_event(
    request: HttpRequest,
    parts: DefinitionParts,
    event: web::Path<String>,
    query: Query<LanguageQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let client = access::client(caller)?;
    let stored = access::find(&parts.store, &client, &event).await?;
    let wanted = LanguagePreference::read(&request, &query.read()?)?;
    // Not from the cache, so that organisers see what they have just put, whichever instance they reach.
    let mut event = parts.store.load_events(&[stored.id]).await?.pop().ok_or_else(ApiError::not_found)?;
    if event.definition.status == EventStatus::Draft {
        event.definition.status = EventStatus::Published;
        // It has one if the event was cancelled before it became a draft.
        event.cancellation_reason = None;
    }
    let languages = event.languages();
    let language = wanted.choose(&languages).ok_or_else(ApiError::not_found)?;
    let phase = event.phase(parts.clock.now());
    let body = PreviewDto {
        event: EventDto::new(&event, language, phase, &parts.public_url, &parts.privacy_notice),
        programme: ProgrammeDto::new(&event, language, phase, &parts.public_url, &parts.privacy_notice),
    };
    Ok(Representation::json(&body, &[language.as_str()], Caching::Private)?.respond(&request))
}
