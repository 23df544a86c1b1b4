//! Handles `GET /events/{event}`: reads an event.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_formats::schema_org;

use super::cached_rendering::{RenderingParts, cached_rendering};
use super::dto::EventDto;
use super::formats::json_ld;
use crate::cache::events::Format;
use crate::problem::ApiError;
use crate::request::negotiation;
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::{Caching, Representation};
use crate::schemas;

/// Read an event
///
/// Returns a public event in the caller's language. If `Accept` prefers `application/ld+json`, the response describes the event
/// and its sessions in the vocabulary of schema.org, for search engines.
#[utoipa::path(
    tag = "events",
    params(LanguageQuery),
    responses((
        status = 200,
        description = "The event",
        content((EventDto = "application/json"), (schemas::JsonLd = "application/ld+json")),
    )),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}")]
pub(crate) async fn read_event(
    request: HttpRequest,
    parts: RenderingParts,
    event: web::Path<String>,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    if negotiation::prefers(&request, schema_org::MEDIA_TYPE, "application/json") {
        return json_ld::respond(&request, &parts, &event, query).await;
    }
    cached_rendering(&request, &parts, &event, query, Format::Event, |event, language, phase| {
        let body = EventDto::new(event, language, phase, &parts.public_url, &parts.privacy_notice);
        let representation = Representation::json(&body, &[language.as_str()], Caching::Programme)?;
        Ok(representation.varying_by_accept())
    })
    .await
}
