//! Handles `POST /events/{event}/registrations/batch`: registers up to 500 people with one request.
//!
//! With an `Idempotency-Key` each item has a key of its own, derived from the batch's, under which its response is
//! stored. The stored response of the batch refers to the items and holds no personal data. So a retry continues an
//! interrupted batch where it stopped, and erasing a registration also erases it from the stored responses.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, post, web};
use futures_util::future::join_all;
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::validation::FieldError;
use plenaria_persistence::desk::reply::{Outcome, Reply};
use plenaria_persistence::desk::request::{Command, Request};
use plenaria_persistence::idempotency::{IdempotencyGuard, IdempotencyLookup, Key, ResponseRecorder, StoredResponse};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::batch_dto::{Batch, BatchRegistrations, BatchResult, BatchResults};
use super::confirmation_sent::confirmation_sent;
use super::context::RegistrationContext;
use super::email_confirmation;
use super::request::CreateRegistration;
use crate::auth::ManageTokens;
use crate::problem::{self, ApiError, Code, Detail};
use crate::request::context::RequestId;
use crate::request::language_preference::LanguagePreference;
use crate::request::{body, idempotency};
use crate::response::representation::Caching;
use crate::state::PrivacyNotice;
use crate::state_part::Part;
use crate::v1::registrations::command::{ReceivedCommand, RegistrationCommand};
use crate::v1::registrations::errors;

/// The largest body, in bytes.
const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;
/// The most validation errors in the results of one batch.
const MAX_FIELD_ERRORS: usize = 500;

/// Register several people
///
/// Registers up to 500 people for a client. Unless `atomic` is true, the items are independent: each has its own
/// result, in the order of the items, as if it had been sent alone. With `atomic`, either all are registered or none:
/// the first error becomes the error of the request (with `index`), and pointers include the item (`/items/3/email`).
/// An `Idempotency-Key` covers the whole batch.
#[utoipa::path(
    tag = "registrations",
    request_body = BatchRegistrations,
    responses(
        (status = 200, description = "A result for each item", body = BatchResults),
        (status = 409, description = "With `atomic`: `already-registered`, `event-full`, `registration-not-open`, `registration-closed`, `event-cancelled` or `event-ended` of the item at `index`, or `conflict`: addresses are confirmed by mail"),
    ),
    security(("oauth2" = ["registrations:write"])),
)]
#[post("/events/{event}/registrations/batch")]
pub(crate) async fn create_registrations_batch(
    command: RegistrationCommand,
    tokens: Part<ManageTokens>,
    privacy_notice: Part<PrivacyNotice>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let client = command.request.caller.clone().require_client(Scope::RegistrationsWrite)?;
    let context = RegistrationContext::of_event(&command.request, &event, Some(client)).await?;
    let receive = async |http: &HttpRequest, payload| body::receive_up_to(http, payload, MAX_BODY_BYTES).await;
    let command = command.receive(receive).await?;
    let body: Batch = body::parse(&command.bytes, |_| Vec::new())?;
    let key = command.event_idempotency_key(context.entry.event.id)?;
    let _in_progress = command.in_progress.begin(key)?;
    let batch = BatchRequest { command: &command, context: &context, tokens: &tokens, key };
    if let Some(known) = batch.look_up().await? {
        return batch.replay(known).await;
    }
    let items = batch.read_items(&body, &privacy_notice);
    match body.atomic {
        Some(true) if context.confirms_addresses() => {
            Err(ApiError::new(Code::Conflict).detail(Detail::AtomicUnavailable))
        }
        Some(true) => batch.register_atomically(items).await,
        _ => batch.register_independently(items).await,
    }
}

/// The desk's request for a person, with the item's own key; or the item's errors.
type Item = Result<Request, ApiError>;

/// A batch whose body has been read.
struct BatchRequest<'a> {
    command: &'a ReceivedCommand,
    context: &'a RegistrationContext,
    tokens: &'a ManageTokens,
    key: Option<Key>,
}

/// The body of a batch's stored response. The registrations themselves are stored under the keys of the items.
#[derive(Deserialize)]
struct StoredResults {
    results: Vec<BatchResult>,
}

impl BatchRequest<'_> {
    async fn look_up(&self) -> Result<Option<IdempotencyLookup>, ApiError> {
        match self.key {
            Some(key) => Ok(self.command.parts.store.idempotency_lookup(key, self.context.received_at).await?),
            None => Ok(None),
        }
    }

    fn read_items(&self, body: &Batch, privacy_notice: &PrivacyNotice) -> Vec<Item> {
        let context = self.context;
        let language = context.default_language(&LanguagePreference::from_header(&self.command.http));
        let read = |(index, raw): (usize, &RawValue)| {
            let bytes = raw.get().as_bytes();
            let item: CreateRegistration = body::parse(bytes, |item| context.field_errors(item))?;
            let key = self.key.map(|key| idempotency::item_key(key, index, bytes));
            context.to_request(item, privacy_notice, language, key)
        };
        limit_field_errors(body.items.0.iter().map(|raw| &**raw).enumerate().map(read).collect())
    }

    /// Registers independent items, in their order, without waiting for one before the next.
    async fn register_independently(&self, items: Vec<Item>) -> Result<HttpResponse, ApiError> {
        let started = Instant::now();
        let desk = &self.command.parts.desk;
        let outcomes = join_all(items.into_iter().map(async |item| match item {
            Ok(request) => desk.submit(request).await.map_err(|refusal| self.context.to_api_error(refusal)),
            Err(error) => Err(error),
        }));
        let outcomes = outcomes.await;
        if self.context.confirms_addresses() {
            email_confirmation::pad_response_time(started).await;
        }
        self.respond_independent(outcomes).await
    }

    /// Responds with the results of independent items. The response is stored unless an item failed with a server
    /// error: a retry of the batch must try such an item again.
    async fn respond_independent(&self, outcomes: Vec<Result<Outcome, ApiError>>) -> Result<HttpResponse, ApiError> {
        let context = self.context;
        self.command.parts.events.invalidate_availability(context.entry.event.id).await;
        let is_server_error = |outcome: &Result<Outcome, ApiError>| matches!(outcome, Err(error) if error.code().status().is_server_error());
        let is_final = !outcomes.iter().any(is_server_error);
        let results = outcomes.into_iter().enumerate().map(|(index, outcome)| self.result(index, outcome));
        let results: Vec<BatchResult> = results.collect::<Result<_, _>>()?;
        if let Some(key) = self.key.filter(|_| is_final) {
            self.command.parts.store.store_response(key, &to_stored(&results)?, context.received_at).await?;
        }
        respond(results, false)
    }

    /// Registers all items or none, in one transaction.
    async fn register_atomically(&self, items: Vec<Item>) -> Result<HttpResponse, ApiError> {
        let context = self.context;
        let items = all_valid(items)?;
        let idempotency = self.key.map(|key| IdempotencyGuard { key, record: atomic_recorder(context) });
        let (event, now) = (context.entry.event.id, context.received_at);
        let request = Request { event, now, idempotency, command: Command::RegisterAll(items) };
        let reply = self.command.parts.desk.submit(request).await;
        self.command.parts.events.invalidate_availability(event).await;
        match reply.map_err(|refusal| context.to_api_error(refusal))? {
            Outcome::All(outcomes) => {
                let results = outcomes.into_iter().enumerate().map(|(index, outcome)| self.result(index, Ok(outcome)));
                respond(results.collect::<Result<_, _>>()?, false)
            }
            Outcome::Replayed(stored) => self.replay(IdempotencyLookup::Found(stored)).await,
            _ => Err(errors::unexpected_outcome()),
        }
    }

    /// Gives the first response again, assembled from the stored responses of its items.
    async fn replay(&self, known: IdempotencyLookup) -> Result<HttpResponse, ApiError> {
        let (IdempotencyLookup::Found(stored), Some(key)) = (known, self.key) else {
            return Err(ApiError::new(Code::IdempotencyMismatch));
        };
        if let Some(error) = idempotency::stored_error(&stored) {
            return Err(error);
        }
        let unreadable = |error: serde_json::Error| ApiError::new(Code::Internal).cause(&error);
        let batch: StoredResults = serde_json::from_str(&stored.body).map_err(unreadable)?;
        let successful = batch.results.iter().filter(|result| result.problem.is_none());
        let keys = successful.map(|result| idempotency::item_key_digest(key, result.index)).collect();
        let mut items = self.command.parts.store.stored_responses(keys, self.context.received_at).await?;
        let results = batch.results.into_iter().map(|result| match (&result.problem, result.index) {
            (Some(_), _) => Ok(result),
            (None, index) => match items.remove(&idempotency::item_key_digest(key, index)) {
                Some(item) => self.result(index, Ok(Outcome::Replayed(item))),
                // The registration has been erased in the meantime.
                None => self.result(index, Err(ApiError::not_found())),
            },
        });
        respond(results.collect::<Result<_, _>>()?, true)
    }

    /// The result of one item.
    fn result(&self, index: usize, outcome: Result<Outcome, ApiError>) -> Result<BatchResult, ApiError> {
        let registration = match outcome {
            Ok(Outcome::Registration { registration, stored: None, .. }) => {
                let token = self.context.manage_token(self.tokens, registration.id)?;
                let body = self.context.to_dto(*registration, Some(token));
                raw(serde_json::to_string(&body).unwrap_or_default())
            }
            Ok(Outcome::Registration { stored: Some(stored), .. } | Outcome::Replayed(stored)) => {
                match (idempotency::stored_error(&stored), stored.registration) {
                    (Some(error), _) => return Ok(self.error_result(index, &error)),
                    (None, Some(id)) => raw(self.context.stored_body_with_token(self.tokens, &stored, id)?),
                    // The result is sent by mail.
                    (None, None) => {
                        return Ok(BatchResult { index, status: stored.status, registration: None, problem: None });
                    }
                }
            }
            Ok(Outcome::MailRequested) => {
                let status = confirmation_sent().status;
                return Ok(BatchResult { index, status, registration: None, problem: None });
            }
            Ok(_) => return Err(errors::unexpected_outcome()),
            Err(error) => return Ok(self.error_result(index, &error)),
        };
        Ok(BatchResult { index, status: 201, registration, problem: None })
    }

    /// The result of an item that failed. Server errors are logged here, because the response of the batch is a 200.
    fn error_result(&self, index: usize, error: &ApiError) -> BatchResult {
        let code = error.code();
        if code.status().is_server_error() {
            tracing::error!(index, code = code.as_str(), cause = error.logged_cause(), "an item of a batch failed");
        }
        let id = self.command.http.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        let document = problem::document(error, &self.context.public_url, &self.command.http, &id);
        BatchResult { index, status: code.status().as_u16(), registration: None, problem: raw(document) }
    }
}

/// Makes the stored response of an atomic batch with an `Idempotency-Key`.
fn atomic_recorder(context: &RegistrationContext) -> ResponseRecorder<Reply> {
    let context = context.clone();
    Arc::new(move |reply| match reply {
        Ok(Outcome::All(outcomes)) => {
            let created = |index| BatchResult { index, status: 201, registration: None, problem: None };
            to_stored(&(0..outcomes.len()).map(created).collect::<Vec<_>>()).ok()
        }
        Err(refusal) => idempotency::to_stored_error(&context.to_api_error(refusal.clone())),
        Ok(_) => None,
    })
}

/// Limits the validation errors of all items to [`MAX_FIELD_ERRORS`]; each invalid item keeps at least one.
pub(crate) fn limit_field_errors<T>(items: Vec<Result<T, ApiError>>) -> Vec<Result<T, ApiError>> {
    let mut invalid = items.iter().filter(|item| item.is_err()).count();
    let mut left = MAX_FIELD_ERRORS.max(invalid);
    let limit = |item: Result<T, ApiError>| {
        item.map_err(|error| {
            // One error is reserved for each invalid item after this one.
            invalid -= 1;
            let error = error.limit_field_errors(left - invalid);
            left -= error.field_errors().len().max(1);
            error
        })
    };
    items.into_iter().map(limit).collect()
}

/// All items if every one is valid, else all validation errors, with pointers that start at the whole body.
fn all_valid(items: Vec<Item>) -> Result<Vec<Request>, ApiError> {
    let (mut valid, mut errors) = (Vec::with_capacity(items.len()), Vec::new());
    for (index, item) in items.into_iter().enumerate() {
        match item {
            Ok(request) => valid.push(request),
            Err(error) if error.field_errors().is_empty() => return Err(error.fact(|facts| facts.index = Some(index))),
            Err(error) => {
                let in_batch =
                    |item: &FieldError| FieldError::new(format!("/items/{index}{}", item.pointer), item.reason.clone());
                errors.extend(error.field_errors().iter().map(in_batch));
            }
        }
    }
    if errors.is_empty() { Ok(valid) } else { Err(ApiError::validation(errors)) }
}

fn raw(json: String) -> Option<Box<RawValue>> {
    RawValue::from_string(json).ok()
}

/// The stored form of these results, without personal data.
fn to_stored(results: &[BatchResult]) -> Result<StoredResponse, ApiError> {
    let without_data = results.iter().map(|result| BatchResult {
        index: result.index,
        status: result.status,
        registration: None,
        problem: result.problem.clone(),
    });
    Ok(ok(to_json(without_data.collect())?))
}

fn respond(results: Vec<BatchResult>, replayed: bool) -> Result<HttpResponse, ApiError> {
    let mut response = idempotency::respond(&ok(String::new()), replayed);
    // The results contain the tokens that manage the registrations.
    response.insert_header((header::CACHE_CONTROL, Caching::NoStore.header()));
    Ok(response.body(to_json(results)?))
}

fn to_json(results: Vec<BatchResult>) -> Result<String, ApiError> {
    serde_json::to_string(&BatchResults { results }).map_err(|error| ApiError::new(Code::Internal).cause(&error))
}

const fn ok(body: String) -> StoredResponse {
    StoredResponse { status: 200, location: None, etag: None, body, registration: None }
}
