//! Changing one's registration.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, patch, web};
use plenaria_domain::registration::Unchangeable;
use plenaria_domain::scope::Scope;
use plenaria_persistence::alteration::{Alter, Altered};

use super::dto::{RegistrationDto, etag};
use super::patch::{self, PatchRegistration};
use super::read::{find, respond};
use crate::auth::Caller;
use crate::body;
use crate::conditional::IfMatch;
use crate::problem::{ApiError, Code, Detail};
use crate::query::{NoQuery, Query};
use crate::reference;
use crate::state::AppState;

/// Change a registration
///
/// A JSON Merge Patch (RFC 7396): what is left out stays, `null` takes away what is optional. The address cannot be changed:
/// cancel, and register with the other one. A patch that changes nothing is answered with the same revision. For the
/// registration's holder, and for clients that see it; until the event is over.
#[utoipa::path(
    tag = "registrations",
    params(("If-Match" = String, Header)),
    request_body(content(
        (PatchRegistration = "application/merge-patch+json"),
        (PatchRegistration = "application/json"),
    )),
    responses(
        (status = 200, description = "The registration as it is now", body = RegistrationDto, headers(
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 409, description = "`event-ended`, or `conflict`: the registration was cancelled, or its address is not confirmed yet"),
    ),
    security(("bearerAuth" = []), ("oauth2" = ["registrations:write"])),
)]
#[patch("/registrations/{registration}", guard = "reference::names_registration")]
pub(crate) async fn update_registration(
    request: HttpRequest,
    state: web::Data<AppState>,
    registration: web::Path<String>,
    query: Query<NoQuery>,
    payload: web::Payload,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (registration, within) = find(&state, caller, &registration, Scope::RegistrationsWrite).await?;
    let entry = state.catalogue.get(registration.event_id).await?.ok_or_else(ApiError::not_found)?;
    let bytes = body::receive_patch(&request, payload).await?;
    query.read()?;
    let patch = patch::read(&bytes, &entry.event, &registration.attendee)?;
    let condition = IfMatch::read(&request)?;
    let alter = Alter {
        id: registration.id,
        within,
        now: state.clock.now(),
        expected: Arc::new(move |current| condition.holds(&etag(current))),
        change: Arc::new(move |person| patch.apply(&entry.event, person)),
    };
    match state.store.alter(alter).await? {
        Altered::NotFound => Err(ApiError::not_found()),
        Altered::Faulty(faults) => Err(ApiError::validation(faults)),
        Altered::Refused(Unchangeable::Ended) => Err(ApiError::new(Code::EventEnded)),
        Altered::Refused(Unchangeable::Pending) => {
            Err(ApiError::new(Code::Conflict).detail(Detail::AddressNotConfirmed))
        }
        Altered::Refused(Unchangeable::Cancelled) => {
            Err(ApiError::new(Code::Conflict).detail(Detail::RegistrationCancelled))
        }
        Altered::Changed(current) => Err(ApiError::new(Code::PreconditionFailed).header(header::ETAG, etag(&current))),
        Altered::Done(registration) => respond(&request, &state, *registration).await,
    }
}
