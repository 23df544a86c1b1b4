//! Live seats.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use plenaria_domain::window::WindowClosed;
use plenaria_persistence::availability::Availability;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::ApiError;
use crate::query::{NoQuery, Query};
use crate::reference;
use crate::representation::{Caching, Representation};
use crate::state::AppState;

/// Whether one can register now.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "open")]
pub(crate) enum AvailabilityStatus {
    /// There are seats.
    Open,
    /// Not yet: see `opens_at`.
    NotOpen,
    /// Every seat is taken; one can queue.
    Waitlist,
    /// Every seat is taken.
    Full,
    /// Not any more: see `closes_at`.
    Closed,
    /// The event was called off.
    Cancelled,
    /// The event is over.
    Ended,
}

/// Live seats of an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Availability)]
pub(crate) struct AvailabilityDto {
    /// Whether one can register now.
    status: AvailabilityStatus,
    /// How many seats; null: no limit.
    #[schema(minimum = 0, example = 500)]
    capacity: Option<u32>,
    /// How many are confirmed.
    #[schema(minimum = 0, example = 120)]
    confirmed: u32,
    /// How many seats are left; null: no limit.
    #[schema(minimum = 0, example = 380)]
    seats_left: Option<u32>,
    /// How many are waiting.
    #[schema(minimum = 0, example = 0)]
    waitlisted: u32,
    /// When registration opens; null: it is open from publication.
    #[schema(example = json!(null))]
    opens_at: Option<DateTime<Utc>>,
    /// When it closes.
    #[schema(example = "2027-07-22T13:00:00Z")]
    closes_at: DateTime<Utc>,
    /// When this was so.
    #[schema(example = "2026-11-23T09:00:00Z")]
    as_of: DateTime<Utc>,
}

impl AvailabilityDto {
    /// What was read at `read_at`. It stays the same, with its tag, until it is read again or time changes the status.
    fn new(availability: &Availability, read_at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let Availability { seats, window } = availability;
        let as_of = if window.check(read_at) == window.check(now) { read_at } else { now };
        let status = match window.check(as_of) {
            Err(WindowClosed::Cancelled | WindowClosed::Draft) => AvailabilityStatus::Cancelled,
            Err(WindowClosed::Ended) => AvailabilityStatus::Ended,
            Err(WindowClosed::NotOpen { .. }) => AvailabilityStatus::NotOpen,
            Err(WindowClosed::Closed { .. }) => AvailabilityStatus::Closed,
            Ok(()) if !seats.is_full() => AvailabilityStatus::Open,
            Ok(()) if seats.waitlist => AvailabilityStatus::Waitlist,
            Ok(()) => AvailabilityStatus::Full,
        };
        Self {
            status,
            capacity: seats.capacity,
            confirmed: seats.confirmed,
            seats_left: seats.left(),
            waitlisted: seats.waitlisted,
            opens_at: window.opens_at,
            closes_at: window.closes_at,
            as_of,
        }
    }
}

/// Read live seats
///
/// How many seats are taken and left, at most a second old.
#[utoipa::path(
    tag = "events",
    params(("event" = String, Path, description = "An event's id or slug", max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "internationalisation-and-metropolitan-spaces-en")),
    responses((status = 200, description = "The live seats", body = AvailabilityDto)),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/availability")]
pub(crate) async fn read_availability(
    request: HttpRequest,
    state: web::Data<AppState>,
    event: web::Path<String>,
    query: Query<NoQuery>,
) -> Result<HttpResponse, ApiError> {
    let entry = state.catalogue.public(&reference::event(&event)?).await?;
    query.read()?;
    let now = state.clock.now();
    let (availability, read_at) = state.catalogue.availability(entry.event.id, now).await?;
    let body = AvailabilityDto::new(&availability, read_at, now);
    Ok(Representation::json(&body, &[], Caching::Availability)?.respond(&request))
}
