//! Handles `POST /events/{event}/attendance`: records who attended, for up to 500 people with one request.

mod dto;

use actix_web::http::header;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, post, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use plenaria_persistence::idempotency::{IdempotencyLookup, StoredResponse};
use plenaria_persistence::registrations::bulk_attendance::{AttendanceEntry, AttendanceResult, RecordAttendance};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use self::dto::{AttendanceBatch, AttendanceItem, AttendanceItems, AttendanceResultDto, AttendanceResults};
use super::access;
use super::command::{ReceivedCommand, RegistrationCommand};
use super::dto::RegistrationDto;
use crate::problem::{self, ApiError, Code, Detail};
use crate::request::context::RequestId;
use crate::request::{body, idempotency};
use crate::response::representation::Caching;
use crate::v1::registrations::register::batch::limit_field_errors;

/// The largest body, in bytes.
const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;

/// Record the attendance of several people
///
/// Up to 500 people, for example from the report of a video platform. Each item names a registration of the event by one
/// of `email`, `registration` (its id) and `external_reference`, and has its own result, in the order of the items: 200
/// with the registration, or a problem: `not-found`, or `conflict` if the registration is not confirmed. Repeating a
/// request changes nothing: without `attended_at` the first recorded time stays. Of several items for one registration
/// the last one counts. Each registration that changes appears in the feed as `registration.attended`. With an
/// `Idempotency-Key` a repetition gets the same results, with the registrations as they are by then.
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
    let key = command.idempotency_key()?;
    let _in_progress = command.in_progress.begin(key)?;
    let results = Results { command: &command, slug: &entry.event.definition.slug };
    if let Some(key) = key
        && let Some(known) = command.parts.store.idempotency_lookup(key, command.received_at).await?
    {
        return results.replay(known).await;
    }
    let now = command.parts.clock.now();
    let items = body.items.0.iter().map(|raw| read_item(raw, now)).collect();
    let items: Vec<Result<AttendanceEntry, ApiError>> = limit_field_errors(items);
    let request = RecordAttendance {
        event: entry.event.id,
        access: Some(access),
        audit: command.caller.audit_context(&command.http),
        entries: items.iter().filter_map(|item| item.as_ref().ok().cloned()).collect(),
        now,
        dry_run: false,
    };
    let recorded = command.parts.store.record_attendance(request).await?.ok_or_else(ApiError::not_found)?;
    let stored = results.of_items(items, recorded);
    if let Some(key) = key {
        // The effects are committed. If this fails, a repetition changes nothing and gets the same results.
        command.parts.store.store_response(key, &to_stored_response(&stored)?, command.received_at).await?;
    }
    results.respond(stored.into_iter().map(|(result, _)| result).collect(), false)
}

fn read_item(raw: &RawValue, now: Instant) -> Result<AttendanceEntry, ApiError> {
    let item: AttendanceItem = body::parse(raw.get().as_bytes(), |item: &AttendanceItem| item.field_errors(now))?;
    item.entry().map_err(|error| ApiError::new(Code::Internal).cause(&error))
}

/// A result, and the id of its registration.
type ItemResult = (AttendanceResultDto, Option<RegistrationId>);

/// The stored form of a result. It holds no personal data; the registration is read again.
#[derive(Serialize, Deserialize)]
struct StoredResult {
    registration: Option<String>,
    status: u16,
    problem: Option<Box<RawValue>>,
}

fn to_stored_response(results: &[ItemResult]) -> Result<StoredResponse, ApiError> {
    let to_stored = |(result, id): &ItemResult| StoredResult {
        registration: id.map(|id| id.to_string()),
        status: result.status,
        problem: result.problem.clone(),
    };
    let body = serde_json::to_string(&results.iter().map(to_stored).collect::<Vec<_>>()).map_err(unserialisable)?;
    Ok(StoredResponse { status: 200, location: None, etag: None, body, registration: None })
}

fn unserialisable(error: serde_json::Error) -> ApiError {
    ApiError::new(Code::Internal).cause(&error)
}

/// Makes the results of the items.
struct Results<'a> {
    command: &'a ReceivedCommand,
    slug: &'a Slug,
}

impl Results<'_> {
    /// The results of all items; `recorded` holds those of the valid ones.
    fn of_items(
        &self,
        items: Vec<Result<AttendanceEntry, ApiError>>,
        recorded: Vec<AttendanceResult>,
    ) -> Vec<ItemResult> {
        let mut recorded = recorded.into_iter();
        let result = |(index, item): (usize, Result<AttendanceEntry, ApiError>)| match item {
            Ok(_) => self.of_entry(index, recorded.next().unwrap_or(AttendanceResult::NotFound)),
            Err(error) => (self.problem(index, &error), None),
        };
        items.into_iter().enumerate().map(result).collect()
    }

    fn of_entry(&self, index: usize, result: AttendanceResult) -> ItemResult {
        let error = match result {
            AttendanceResult::Recorded { registration, .. } => {
                let id = registration.id;
                let dto = RegistrationDto::new(*registration, self.slug, &self.command.parts.public_url, None);
                let registration = serde_json::to_string(&dto).ok().and_then(|json| RawValue::from_string(json).ok());
                return (AttendanceResultDto { index, status: 200, registration, problem: None }, Some(id));
            }
            AttendanceResult::NotFound => ApiError::not_found(),
            AttendanceResult::Ambiguous => ApiError::new(Code::Conflict).detail(Detail::AmbiguousExternalReference),
            AttendanceResult::HoldsNoSeat { may_get_one } => {
                ApiError::new(Code::Conflict).detail(Detail::HoldsNoSeat { may_get_one })
            }
        };
        (self.problem(index, &error), None)
    }

    fn problem(&self, index: usize, error: &ApiError) -> AttendanceResultDto {
        let http = &self.command.http;
        let id = http.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        let document = problem::document(error, &self.command.parts.public_url, http, &id);
        let status = error.code().status().as_u16();
        AttendanceResultDto { index, status, registration: None, problem: RawValue::from_string(document).ok() }
    }

    /// Gives the first response again, with the registrations as they are now.
    async fn replay(&self, known: IdempotencyLookup) -> Result<HttpResponse, ApiError> {
        let IdempotencyLookup::Found(stored) = known else {
            return Err(ApiError::new(Code::IdempotencyMismatch));
        };
        let stored: Vec<StoredResult> = serde_json::from_str(&stored.body).map_err(unserialisable)?;
        let mut results = Vec::with_capacity(stored.len());
        let ids = stored.iter().filter_map(|result| RegistrationId::parse(result.registration.as_deref()?)).collect();
        let registrations = self.command.parts.store.registrations_by_ids(ids).await?;
        for (index, result) in stored.into_iter().enumerate() {
            let id = result.registration.as_deref().and_then(RegistrationId::parse);
            let StoredResult { status, problem, .. } = result;
            results.push(match id.map(|id| registrations.get(&id).cloned()) {
                None => AttendanceResultDto { index, status, registration: None, problem },
                Some(Some(registration)) => {
                    let registration = Box::new(registration);
                    self.of_entry(index, AttendanceResult::Recorded { registration, changed: false }).0
                }
                // The registration has been erased since.
                Some(None) => self.problem(index, &ApiError::not_found()),
            });
        }
        self.respond(results, true)
    }

    fn respond(&self, results: Vec<AttendanceResultDto>, replayed: bool) -> Result<HttpResponse, ApiError> {
        let body = serde_json::to_string(&AttendanceResults { results }).map_err(unserialisable)?;
        let response =
            StoredResponse { status: 200, location: None, etag: None, body: String::new(), registration: None };
        let mut response = idempotency::respond(&response, replayed);
        response.insert_header((header::CACHE_CONTROL, Caching::Private.header()));
        Ok(response.body(body))
    }
}
