//! Handles `GET /events/{event}/programme`: reads an event's programme.

use actix_web::{HttpRequest, HttpResponse, get, web};

use super::cached_rendering::{RenderingParts, cached_rendering};
use super::programme_dto::ProgrammeDto;
use crate::cache::events::Format;
use crate::problem::ApiError;
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::{Caching, Representation};

/// Read a programme
///
/// Returns an event's complete programme in one response: the sessions in order with their times and speakers.
#[utoipa::path(
    tag = "events",
    params(LanguageQuery),
    responses((status = 200, description = "The programme", body = ProgrammeDto)),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/programme")]
pub(crate) async fn read_programme(
    request: HttpRequest,
    parts: RenderingParts,
    event: web::Path<String>,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    cached_rendering(&request, &parts, &event, query, Format::Programme, |event, language, phase| {
        let body = ProgrammeDto::new(event, language, phase, &parts.public_url, &parts.privacy_notice);
        Representation::json(&body, &[language.as_str()], Caching::Programme)
    })
    .await
}
