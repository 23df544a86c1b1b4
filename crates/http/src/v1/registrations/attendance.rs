//! Noting who was there.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, post, web};
use plenaria_domain::scope::Scope;
use plenaria_persistence::attendance::{Attend, Attended};
use plenaria_persistence::idempotency::{Once, Recorder};

use super::dto::{RegistrationDto, etag};
use super::read::{find, recorded, replay, respond};
use super::request::RecordAttendance;
use crate::auth::Caller;
use crate::catalogue::Entry;
use crate::conditional::IfMatch;
use crate::problem::{ApiError, Code, Detail};
use crate::query::{NoQuery, Query};
use crate::state::AppState;
use crate::{body, idempotency};

/// Note who was there
///
/// Says that a person was at the event, or takes that back, at any time. Only who is confirmed can have been there. Saying the
/// same again changes nothing: `attended_at` stays the time at which it was first said. Each change is told in the feed as
/// `registration.attended`.
#[utoipa::path(
    tag = "registrations",
    params(("If-Match" = String, Header)),
    request_body = RecordAttendance,
    responses(
        (status = 200, description = "The registration as it is now", body = RegistrationDto, headers(
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 409, description = "`conflict`: the registration is not confirmed"),
    ),
    security(("oauth2" = ["registrations:write"])),
)]
#[post("/registrations/{registration}/attendance")]
pub(crate) async fn record_attendance(
    request: HttpRequest,
    state: web::Data<AppState>,
    registration: web::Path<String>,
    query: Query<NoQuery>,
    payload: web::Payload,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let within = caller.clone().client(Scope::RegistrationsWrite)?.access();
    let (registration, _) = find(&state, caller.clone(), &registration, Scope::RegistrationsWrite).await?;
    let entry = state.catalogue.get(registration.event_id).await?.ok_or_else(ApiError::not_found)?;
    let bytes = body::receive(&request, payload).await?;
    query.read()?;
    let body: RecordAttendance = body::parse(&bytes, RecordAttendance::faults)?;
    let key = idempotency::key(&request, &caller, &bytes)?;
    let condition = IfMatch::read(&request)?;
    let attend = Attend {
        id: registration.id,
        within,
        attended: body.attended(),
        now: state.clock.now(),
        expected: Arc::new(move |current| condition.holds(&etag(current))),
        once: key.map(|key| Once { key, record: recorder(&state, &entry) }),
    };
    let _serving = state.in_progress.begin(key)?;
    match state.store.attend(attend).await? {
        Attended::NotFound => Err(ApiError::not_found()),
        Attended::HoldsNoSeat { may_get_one } => {
            Err(ApiError::new(Code::Conflict).detail(Detail::HoldsNoSeat { may_get_one }))
        }
        Attended::KeyOfAnother => Err(ApiError::new(Code::IdempotencyMismatch)),
        Attended::Changed(current) => Err(ApiError::new(Code::PreconditionFailed).header(header::ETAG, etag(&current))),
        Attended::Replayed(recorded) => replay(recorded),
        Attended::Done(registration) => respond(&request, &state, *registration).await,
    }
}

/// What is kept of the answer to a request with a key. That somebody holds no seat is not: nothing was done, and once a
/// seat has come free the same request may be sent again.
fn recorder(state: &web::Data<AppState>, entry: &Arc<Entry>) -> Recorder<Attended> {
    let (state, entry) = (state.clone(), Arc::clone(entry));
    Arc::new(move |attended| match attended {
        Attended::Done(registration) => recorded(&state, &entry, registration),
        _ => None,
    })
}
