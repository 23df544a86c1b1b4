//! Cancelling one's registration.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, post, web};
use plenaria_domain::scope::Scope;
use plenaria_persistence::cancellation::{Cancel, Cancelled};
use plenaria_persistence::idempotency::{Once, Recorder};

use super::dto::{RegistrationDto, etag};
use super::read::{find, recorded, replay, respond};
use super::request::CancelRegistration;
use crate::auth::Caller;
use crate::catalogue::Entry;
use crate::conditional::IfMatch;
use crate::problem::{ApiError, Code};
use crate::query::{NoQuery, Query};
use crate::state::AppState;
use crate::{body, idempotency};

/// Cancel a registration
///
/// Gives the seat back; it goes to the head of the queue at once. Cancelling again changes nothing and is answered the
/// same. The body may be left out. For the registration's holder, and for clients that see it.
#[utoipa::path(
    tag = "registrations",
    params(("If-Match" = String, Header)),
    request_body = Option<CancelRegistration>,
    responses(
        (status = 200, description = "The cancelled registration", body = RegistrationDto, headers(
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 409, description = "`event-ended`: it is too late"),
    ),
    security(("bearerAuth" = []), ("oauth2" = ["registrations:write"])),
)]
#[post("/registrations/{registration}/cancel")]
pub(crate) async fn cancel_registration(
    request: HttpRequest,
    state: web::Data<AppState>,
    registration: web::Path<String>,
    query: Query<NoQuery>,
    payload: web::Payload,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (registration, within) = find(&state, caller.clone(), &registration, Scope::RegistrationsWrite).await?;
    let entry = state.catalogue.get(registration.event_id).await?.ok_or_else(ApiError::not_found)?;
    let bytes = body::receive_optional(&request, payload).await?;
    query.read()?;
    let body: CancelRegistration = body::parse_optional(&bytes)?;
    let reason = body.reason().map_err(|refusal| ApiError::new(Code::Internal).cause(&refusal))?;
    let key = idempotency::key(&request, &caller, &bytes)?;
    let condition = IfMatch::read(&request)?;
    let cancel = Cancel {
        id: registration.id,
        within,
        reason,
        requester: caller.requester(),
        now: state.clock.now(),
        expected: Arc::new(move |current| condition.holds(&etag(current))),
        once: key.map(|key| Once { key, record: recorder(&state, &entry) }),
    };
    let _serving = state.in_progress.begin(key)?;
    match state.store.cancel(cancel).await? {
        Cancelled::NotFound => Err(ApiError::not_found()),
        Cancelled::TooLate => Err(ApiError::new(Code::EventEnded)),
        Cancelled::KeyOfAnother => Err(ApiError::new(Code::IdempotencyMismatch)),
        Cancelled::Changed(current) => {
            Err(ApiError::new(Code::PreconditionFailed).header(header::ETAG, etag(&current)))
        }
        Cancelled::Replayed(recorded) => replay(recorded),
        Cancelled::Done { registration, freed } => {
            if let Some(event) = freed {
                state.catalogue.seats_changed(event).await;
            }
            respond(&request, &state, *registration).await
        }
    }
}

/// What is kept of the answer to a request with a key.
fn recorder(state: &web::Data<AppState>, entry: &Arc<Entry>) -> Recorder<Cancelled> {
    let (state, entry) = (state.clone(), Arc::clone(entry));
    Arc::new(move |cancelled| match cancelled {
        Cancelled::TooLate => idempotency::record_error(&ApiError::new(Code::EventEnded)),
        Cancelled::Done { registration, .. } => recorded(&state, &entry, registration),
        _ => None,
    })
}
