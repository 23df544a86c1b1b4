//! Handles `GET /events/{event}`: reads an event.

use actix_web::{HttpRequest, HttpResponse, get, web};

use super::cached_rendering::{RenderingParts, cached_rendering};
use super::dto::EventDto;
use crate::cache::events::Format;
use crate::problem::ApiError;
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::{Caching, Representation};

/// Read an event
///
/// Returns a public event in the caller's language.
#[utoipa::path(
    tag = "events",
    params(LanguageQuery),
    responses((status = 200, description = "The event", body = EventDto)),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}")]
pub(crate) async fn read_event(
    request: HttpRequest,
    parts: RenderingParts,
    event: web::Path<String>,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    cached_rendering(&request, &parts, &event, query, Format::Event, |event, language, phase| {
        let body = EventDto::new(event, language, phase, &parts.public_url, &parts.privacy_notice);
        Representation::json(&body, &[language.as_str()], Caching::Programme)
    })
    .await
}
