//! Handles `GET /events/{event}/statistics`: an event's statistics as numbers.

use actix_web::{HttpRequest, HttpResponse, get, web};

use super::dto::StatisticsDto;
use super::parts::StatisticsParts;
use crate::auth::Caller;
use crate::problem::ApiError;
use crate::request::query::{NoQuery, Query};
use crate::response::representation::{Caching, Representation};

/// Read an event's statistics
///
/// Counts an event's registrations by status, audience, country, language, source and day, and the mails about them, for
/// clients of the event's owner and co-organisers. The numbers are at most ten seconds old. Registrations whose personal
/// data were erased are counted too.
#[utoipa::path(
    tag = "statistics",
    responses((status = 200, description = "The statistics", body = StatisticsDto)),
    security(("oauth2" = ["events:write"])),
)]
#[get("/events/{event}/statistics")]
pub(crate) async fn read_statistics(
    request: HttpRequest,
    parts: StatisticsParts,
    caller: Caller,
    event: web::Path<String>,
    query: Query<NoQuery>,
) -> Result<HttpResponse, ApiError> {
    let entry = parts.find_event(caller, &event).await?;
    query.read()?;
    let statistics = parts.statistics.read(&entry.event, parts.clock.now()).await?;
    let body = StatisticsDto::new(&entry.event, &statistics);
    Ok(Representation::json(&body, &[], Caching::Private)?.respond(&request))
}
