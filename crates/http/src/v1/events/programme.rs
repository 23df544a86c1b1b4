//! An event's whole programme.

use actix_web::{HttpRequest, HttpResponse, get, web};

use super::programme_dto::ProgrammeDto;
use crate::catalogue::Form;
use crate::negotiation::Wanted;
use crate::problem::ApiError;
use crate::query::{LanguageQuery, Query};
use crate::reference;
use crate::representation::{Caching, Keep, Representation};
use crate::state::AppState;

/// Read a programme
///
/// The whole programme of an event, ready to draw: its sessions in order with their times, and their speakers' cards.
#[utoipa::path(
    tag = "events",
    params(("event" = String, Path, description = "An event's id or slug", max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "internationalisation-and-metropolitan-spaces-en"), LanguageQuery),
    responses((status = 200, description = "The programme", body = ProgrammeDto)),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/programme")]
pub(crate) async fn read_programme(
    request: HttpRequest,
    state: web::Data<AppState>,
    event: web::Path<String>,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    let entry = state.catalogue.public(&reference::event(&event)?).await?;
    let wanted = Wanted::read(&request, &query.read()?)?;
    let language = wanted.choose(entry.languages()).ok_or_else(ApiError::not_found)?;
    let phase = entry.event.phase(state.clock.now());
    let until = entry.event.phase_ends_at(phase);
    let representation = state.catalogue.rendered(&entry, Form::Programme, language, phase, || {
        let programme = ProgrammeDto::new(&entry.event, language, phase, &state.public_url);
        Representation::json(&programme, &[language.as_str()], Caching::Programme)
    })?;
    Ok(Keep { representation, until }.respond(&request))
}
