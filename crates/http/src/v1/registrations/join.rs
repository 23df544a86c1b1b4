//! Joining the event.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::time;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::problem::{ApiError, Code, Detail};
use crate::query::{NoQuery, Query};
use crate::reference;
use crate::representation::{Caching, Representation};
use crate::state::AppState;

/// Where the event takes place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Join)]
pub(crate) struct JoinDto {
    /// The address of the room. It is told to those who hold a seat, and to nobody else.
    #[schema(max_length = 2000, format = "uri", example = "https://meet.example.org/room")]
    join_url: String,
    /// From when on it is told.
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
        (status = 409, description = "`join-not-open`: `available_from` says from when on it is told; `event-cancelled`; or `conflict`: the registration is not confirmed"),
    ),
    security(("bearerAuth" = [])),
)]
#[get("/registrations/{registration}/join")]
pub(crate) async fn read_join(
    request: HttpRequest,
    state: web::Data<AppState>,
    registration: web::Path<String>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let id = caller.holder(reference::registration(&registration))?;
    let registration = state.store.registration(id).await?.ok_or_else(ApiError::not_found)?;
    let entry = state.catalogue.get(registration.event_id).await?.ok_or_else(ApiError::not_found)?;
    query.read()?;
    let event = &entry.event;
    let join = event.definition.join.as_ref().ok_or_else(ApiError::not_found)?;
    let now = state.clock.now();
    if registration.status != RegistrationStatus::Confirmed {
        // Seats that come free go to the queue until the event starts.
        let waits = registration.status != RegistrationStatus::Cancelled;
        let may_get_seat = waits && event.takes_place() && now < event.starts_at;
        return Err(ApiError::new(Code::Conflict).detail(Detail::NotConfirmed { may_get_seat }));
    }
    if !event.takes_place() {
        return Err(ApiError::new(Code::EventCancelled));
    }
    let available_from = event.starts_at - time::minutes(join.minutes_before);
    if now < available_from {
        return Err(ApiError::new(Code::JoinNotOpen).fact("available_from", time::rfc3339(available_from)));
    }
    let body = JoinDto { join_url: join.url.clone(), available_from };
    Ok(Representation::json(&body, &[], Caching::Private)?.respond(&request))
}
