//! Handles `GET /events/{event}/availability`: the seats of an event, taken and left. The same as a stream is in [`stream`].

pub(crate) mod stream;

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use plenaria_domain::event::registration_window::RegistrationClosed;
use plenaria_domain::values::time::Clock;
use plenaria_persistence::events::availability::Availability;
use serde::Serialize;
use utoipa::ToSchema;

use crate::cache::availability_streams::Rendering;
use crate::cache::events::EventCache;
use crate::problem::ApiError;
use crate::request::path;
use crate::request::query::{NoQuery, Query};
use crate::response::representation::{Caching, Representation};
use crate::state_part::Part;

/// Whether people can register now.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "open")]
pub(crate) enum AvailabilityStatus {
    /// Seats are left.
    Open,
    /// Registration opens later, at `opens_at`.
    NotOpen,
    /// The event is full, and people can join its waiting list.
    Waitlist,
    /// The event is full, and has no waiting list.
    Full,
    /// Registration closed, at `closes_at`.
    Closed,
    /// The event was cancelled.
    Cancelled,
    /// The event is over.
    Ended,
}

/// The seats of an event, taken and left.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Availability)]
pub(crate) struct AvailabilityDto {
    /// Whether people can register now.
    status: AvailabilityStatus,
    /// The number of seats. Null: no limit.
    #[schema(minimum = 0, example = 500)]
    capacity: Option<u32>,
    /// The number of confirmed registrations.
    #[schema(minimum = 0, example = 120)]
    confirmed: u32,
    /// The number of seats left. Null: no limit.
    #[schema(minimum = 0, example = 380)]
    seats_left: Option<u32>,
    /// The number of people on the waiting list.
    #[schema(minimum = 0, example = 0)]
    waitlisted: u32,
    /// When registration opens. Null: it opens with the publication of the event.
    #[schema(example = json!(null))]
    opens_at: Option<DateTime<Utc>>,
    /// When registration closes.
    #[schema(example = "2027-07-22T13:00:00Z")]
    closes_at: DateTime<Utc>,
    /// The time at which these numbers were correct.
    #[schema(example = "2026-11-23T09:00:00Z")]
    as_of: DateTime<Utc>,
}

impl AvailabilityDto {
    /// Describes numbers read at `read_at`. The result stays the same, so that its `ETag` does too, until the numbers are read
    /// again or the passing of time changes the status.
    fn new(availability: &Availability, read_at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let Availability { seats, window } = availability;
        let as_of = if window.check(read_at) == window.check(now) { read_at } else { now };
        let status = match window.check(as_of) {
            Err(RegistrationClosed::Cancelled | RegistrationClosed::Draft) => AvailabilityStatus::Cancelled,
            Err(RegistrationClosed::Ended) => AvailabilityStatus::Ended,
            Err(RegistrationClosed::NotOpen { .. }) => AvailabilityStatus::NotOpen,
            Err(RegistrationClosed::Closed { .. }) => AvailabilityStatus::Closed,
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

    /// Renders the numbers for streams, also without their time, so that two readings can be compared.
    fn render(availability: &Availability, read_at: DateTime<Utc>, now: DateTime<Utc>) -> Rendering {
        let body = Self::new(availability, read_at, now);
        let json = |body: &Self| serde_json::to_string(body).unwrap_or_default();
        Rendering { json: json(&body), content: json(&Self { as_of: DateTime::UNIX_EPOCH, ..body }) }
    }
}

/// Read the availability of an event
///
/// Returns how many seats are taken and left. The numbers are at most one second old.
#[utoipa::path(
    tag = "events",
    responses((status = 200, description = "The availability", body = AvailabilityDto)),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/availability")]
pub(crate) async fn read_availability(
    request: HttpRequest,
    events: Part<EventCache>,
    clock: Part<Clock>,
    event: web::Path<String>,
    query: Query<NoQuery>,
) -> Result<HttpResponse, ApiError> {
    let entry = events.public(&path::event(&event)?).await?;
    query.read()?;
    let now = clock.now();
    let (availability, read_at) = events.availability(entry.event.id, now).await?;
    let body = AvailabilityDto::new(&availability, read_at, now);
    Ok(Representation::json(&body, &[], Caching::Availability)?.respond(&request))
}
