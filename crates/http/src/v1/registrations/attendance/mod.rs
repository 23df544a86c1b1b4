//! Handles `POST /events/{event}/attendance`: records who attended, for up to 500 people with one request.

mod dto;

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, post, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::registration::Registration;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use plenaria_persistence::Access;
use plenaria_persistence::desk::reply::{AttendanceResult, Outcome, Reply};
use plenaria_persistence::desk::request::{AttendanceEntry, Command, RecordAttendance, Request};
use plenaria_persistence::idempotency::{IdempotencyGuard, ResponseRecorder, StoredResponse};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use self::dto::{AttendanceBatch, AttendanceItem, AttendanceItems, AttendanceResultDto, AttendanceResults};
use super::access;
use super::command::{ReceivedCommand, RegistrationCommand};
use super::dto::RegistrationDto;
use super::errors;
use crate::problem::{self, ApiError, Code, Detail};
use crate::request::context::RequestId;
use crate::request::{body, idempotency};
use crate::response::representation::Caching;
use crate::v1::registrations::register::batch::limit_field_errors;

/// The largest body, in bytes.
const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;

/// Record the attendance of several people
///
/// Records the attendance of up to 500 people, for example from the report of a video platform. Each item identifies a
/// registration of the event by exactly one of `email`, `registration` (its id) and `external_reference`, and has its
/// own result, in the order of the items: 200 with the registration, or a problem: `not-found`, or `conflict` if the
/// registration is not confirmed. Repeating a request changes nothing: without `attended_at` the first recorded time
/// stays. If several items identify one registration, the last one applies. Each registration that changes appears in
/// the feed as `registration.attended`. A repetition with the same `Idempotency-Key` gets the same results, with the
/// registrations in their present state.
#[utoipa::path(
    tag = "registrations",
    request_body = AttendanceItems,
    responses((status = 200, description = "A result for each item", body = AttendanceResults)),
    security(("oauth2" = ["registrations:write"])),
)]
#[post("/events/{event}/attendance")]
pub(crate) async fn record_event_attendance(
    command: RegistrationCommand,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let access = command.request.caller.clone().require_client(Scope::RegistrationsWrite)?.access();
    let parts = &command.request.parts;
    let entry = access::find_event(&parts.store, &parts.events, &access, &event).await?;
    let receive = async |http: &HttpRequest, payload| body::receive_up_to(http, payload, MAX_BODY_BYTES).await;
    let command = command.receive(receive).await?;
    let body: AttendanceBatch = body::parse(&command.bytes, |_| Vec::new())?;
    let key = command.event_idempotency_key(entry.event.id)?;
    let _in_progress = command.in_progress.begin(key)?;
    let now = command.parts.clock.now();
    let items = body.items.0.iter().map(|raw| read_item(raw, now)).collect();
    let items: Vec<Result<AttendanceEntry, ApiError>> = limit_field_errors(items);
    let results = Results { command: &command, access: &access, slug: &entry.event.definition.slug };
    let outcomes = Arc::new(results.outcomes_of(&items));
    let attendance = RecordAttendance {
        access: Some(access.clone()),
        audit: command.caller.audit_context(&command.http),
        entries: items.into_iter().flatten().collect(),
    };
    let idempotency = key.map(|key| IdempotencyGuard { key, record: recorder(Arc::clone(&outcomes)) });
    let event = entry.event.id;
    let request = Request { event, now, idempotency, command: Command::RecordAttendance(attendance) };
    match command.parts.desk.submit(request).await? {
        Outcome::Attendance(recorded) => {
            let stored = outcomes.stored_results(&recorded);
            let registrations = recorded.into_iter().filter_map(|result| match result {
                AttendanceResult::Recorded { registration, .. } => Some((registration.id, *registration)),
                _ => None,
            });
            results.respond(stored, &registrations.collect(), false)
        }
        Outcome::Replayed(stored) => results.replay(&stored).await,
        _ => Err(errors::unexpected_outcome()),
    }
}

fn read_item(raw: &RawValue, now: Instant) -> Result<AttendanceEntry, ApiError> {
    let item: AttendanceItem = body::parse(raw.get().as_bytes(), |item: &AttendanceItem| item.field_errors(now))?;
    item.entry().map_err(|error| ApiError::new(Code::Internal).cause(&error))
}

/// The stored form of a result. It holds no personal data; the registration is read again.
#[derive(Clone, Serialize, Deserialize)]
struct StoredResult {
    registration: Option<String>,
    status: u16,
    problem: Option<Box<RawValue>>,
}

fn unserialisable(error: serde_json::Error) -> ApiError {
    ApiError::new(Code::Internal).cause(&error)
}

/// What the items of a request may result in. The problems are written beforehand, because the response is stored in the
/// transaction, where there is no request.
struct Outcomes {
    /// For each item, what is wrong with it; `None`: the item is valid.
    invalid: Vec<Option<StoredResult>>,
    not_found: StoredResult,
    ambiguous: StoredResult,
    no_seat: StoredResult,
    no_seat_yet: StoredResult,
}

impl Outcomes {
    /// The results of all items; `recorded` holds those of the valid ones.
    fn stored_results(&self, recorded: &[AttendanceResult]) -> Vec<StoredResult> {
        let mut recorded = recorded.iter();
        let result = |invalid: &Option<StoredResult>| match invalid {
            Some(invalid) => invalid.clone(),
            None => recorded.next().map_or_else(|| self.not_found.clone(), |result| self.stored_result(result)),
        };
        self.invalid.iter().map(result).collect()
    }

    fn stored_result(&self, result: &AttendanceResult) -> StoredResult {
        match result {
            AttendanceResult::Recorded { registration, .. } => {
                StoredResult { registration: Some(registration.id.to_string()), status: 200, problem: None }
            }
            AttendanceResult::NotFound => self.not_found.clone(),
            AttendanceResult::Ambiguous => self.ambiguous.clone(),
            AttendanceResult::HoldsNoSeat { may_get_one: true } => self.no_seat_yet.clone(),
            AttendanceResult::HoldsNoSeat { may_get_one: false } => self.no_seat.clone(),
        }
    }
}

/// Makes the stored response of a request with an `Idempotency-Key`.
fn recorder(outcomes: Arc<Outcomes>) -> ResponseRecorder<Reply> {
    Arc::new(move |reply| {
        let Ok(Outcome::Attendance(recorded)) = reply else { return None };
        let body = serde_json::to_string(&outcomes.stored_results(recorded)).ok()?;
        Some(StoredResponse { status: 200, location: None, etag: None, body, registration: None })
    })
}

/// Makes the results of the items.
struct Results<'a> {
    command: &'a ReceivedCommand,
    access: &'a Access,
    slug: &'a Slug,
}

impl Results<'_> {
    fn outcomes_of(&self, items: &[Result<AttendanceEntry, ApiError>]) -> Outcomes {
        let conflict = |detail| self.problem(&ApiError::new(Code::Conflict).detail(detail));
        Outcomes {
            invalid: items.iter().map(|item| item.as_ref().err().map(|error| self.problem(error))).collect(),
            not_found: self.problem(&ApiError::not_found()),
            ambiguous: conflict(Detail::AmbiguousExternalReference),
            no_seat: conflict(Detail::HoldsNoSeat { may_get_one: false }),
            no_seat_yet: conflict(Detail::HoldsNoSeat { may_get_one: true }),
        }
    }

    fn problem(&self, error: &ApiError) -> StoredResult {
        let http = &self.command.http;
        let id = http.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        let document = problem::document(error, &self.command.parts.public_url, http, &id);
        let status = error.code().status().as_u16();
        StoredResult { registration: None, status, problem: RawValue::from_string(document).ok() }
    }

    /// Gives the first response again, with the registrations as they are now.
    async fn replay(&self, stored: &StoredResponse) -> Result<HttpResponse, ApiError> {
        let stored: Vec<StoredResult> = serde_json::from_str(&stored.body).map_err(unserialisable)?;
        let ids = stored.iter().filter_map(|result| RegistrationId::parse(result.registration.as_deref()?)).collect();
        let registrations = self.command.parts.store.visible_registrations(self.access, ids).await?;
        self.respond(stored, &registrations, true)
    }

    fn respond(
        &self,
        stored: Vec<StoredResult>,
        registrations: &HashMap<RegistrationId, Registration>,
        replayed: bool,
    ) -> Result<HttpResponse, ApiError> {
        let results = stored.into_iter().enumerate();
        let results = results.map(|(index, stored)| self.result(index, stored, registrations)).collect();
        let body = serde_json::to_string(&AttendanceResults { results }).map_err(unserialisable)?;
        let response =
            StoredResponse { status: 200, location: None, etag: None, body: String::new(), registration: None };
        let mut response = idempotency::respond(&response, replayed);
        response.insert_header((header::CACHE_CONTROL, Caching::Private.header()));
        Ok(response.body(body))
    }

    fn result(
        &self,
        index: usize,
        stored: StoredResult,
        registrations: &HashMap<RegistrationId, Registration>,
    ) -> AttendanceResultDto {
        let id = stored.registration.as_deref().and_then(RegistrationId::parse);
        let StoredResult { status, problem, .. } = match id.map(|id| registrations.get(&id)) {
            None => stored,
            Some(Some(registration)) => {
                let dto = RegistrationDto::new(registration.clone(), self.slug, &self.command.parts.public_url, None);
                let registration = serde_json::to_string(&dto).ok().and_then(|json| RawValue::from_string(json).ok());
                return AttendanceResultDto { index, status: stored.status, registration, problem: None };
            }
            // Since then the registration was erased, or the organisation lost sight of it.
            Some(None) => self.problem(&ApiError::not_found()),
        };
        AttendanceResultDto { index, status, registration: None, problem }
    }
}
