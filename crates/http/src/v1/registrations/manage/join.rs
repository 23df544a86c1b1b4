//! Handles `GET /registrations/{registration}/join`: the address of the room.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use plenaria_domain::event::Event;
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::values::time;
use plenaria_domain::values::time::Instant;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{ApiError, Code, Detail};
use crate::request::path;
use crate::response::representation::{Caching, Representation};
use crate::v1::registrations::command::RegistrationRequest;

/// Where the event takes place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Join)]
pub(crate) struct JoinDto {
    /// The address of the room. Only holders of a seat can read it.
    #[schema(format = "uri", example = "https://meet.example.org/room")]
    join_url: String,
    /// When the address becomes available.
    #[schema(example = "2027-07-22T12:30:00Z")]
    available_from: DateTime<Utc>,
}

/// Join the event
///
/// The address of the room, for the holder of a confirmed registration, from some minutes before the event's start.
/// `not-found` also means that the event has no such address.
#[utoipa::path(
    tag = "registrations",
    responses(
        (status = 200, description = "Where to join", body = JoinDto),
        (status = 409, description = "`join-not-open`: `available_from` says when the address becomes available; `event-cancelled`; or `conflict`: the registration is not confirmed"),
    ),
    security(("bearerAuth" = [])),
)]
#[get("/registrations/{registration}/join")]
pub(crate) async fn read_join(
    request: RegistrationRequest,
    registration: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let RegistrationRequest { http, parts, caller, query, .. } = request;
    let holder = caller.require_holder(path::registration(&registration))?;
    let registration = parts.store.registration(holder.registration).await?.ok_or_else(ApiError::not_found)?;
    holder.check(&registration)?;
    let entry = parts.events.get(registration.event_id).await?.ok_or_else(ApiError::not_found)?;
    query.read()?;
    let body = join(&entry.event, &registration, parts.clock.now())?;
    Ok(Representation::json(&body, &[], Caching::Private)?.respond(&http))
}

/// The address of the room, if this registration may join now.
fn join(event: &Event, registration: &Registration, now: Instant) -> Result<JoinDto, ApiError> {
    let join = event.definition.join.as_ref().ok_or_else(ApiError::not_found)?;
    if registration.status != RegistrationStatus::Confirmed {
        // Seats that are released go to the waiting list until the event starts.
        let is_live = registration.status != RegistrationStatus::Cancelled;
        let may_get_seat = is_live && event.is_published() && now < event.starts_at;
        return Err(ApiError::new(Code::Conflict).detail(Detail::NotConfirmed { may_get_seat }));
    }
    if !event.is_published() {
        return Err(ApiError::new(Code::EventCancelled));
    }
    let available_from = event.starts_at - time::minutes(join.minutes_before);
    if now < available_from {
        return Err(
            ApiError::new(Code::JoinNotOpen).fact(|facts| facts.available_from = Some(time::rfc3339(available_from)))
        );
    }
    Ok(JoinDto { join_url: join.url.clone(), available_from })
}
