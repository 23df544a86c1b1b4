//! Responses that are the same whether or not an address is registered: only the owner of the mailbox learns that, by
//! mail.
//!
//! Neither may the response's timing reveal it. So handlers call [`pad_response_time`] before they respond, and the
//! work for a known address costs about as much as for an unknown one (`plenaria_persistence::registrations::confirmation::requests`),
//! in case it takes longer than [`MIN_RESPONSE_TIME`].

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header;
use plenaria_persistence::Store;
use plenaria_persistence::idempotency::{IdempotencyGuard, Key, ResponseRecorder, StoredResponse};
use plenaria_persistence::registrations::confirmation::requests::PendingOutcome;
use plenaria_persistence::registrations::new_registration::{NewRegistration, RegistrationError};
use serde::Serialize;
use tokio::time::{Instant, sleep_until};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::context::RegistrationContext;
use crate::problem::ApiError;
use crate::request::idempotency;
use crate::response::representation::Caching;
use crate::schemas;

const MIN_RESPONSE_TIME: Duration = Duration::from_millis(100);

/// The value of `status` in [`ConfirmationSent`] and in the response to a request for the link. No registration has it.
pub(super) const STATUS: &str = "confirmation_sent";

/// There is no registration yet: the result is sent by mail, if there is anything to say.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfirmationSent {
    /// Tells this response from a registration.
    #[schema(schema_with = status)]
    status: &'static str,
}

fn status() -> RefOr<Schema> {
    schemas::choices("Tells this response from a registration.", &[STATUS])
}

/// The 202 response, in its stored form.
fn pending() -> StoredResponse {
    let body = serde_json::to_string(&ConfirmationSent { status: STATUS }).unwrap_or_default();
    StoredResponse { status: 202, location: None, etag: None, body, registration: None }
}

/// The guard that stores the response of a request with an `Idempotency-Key`.
pub(crate) fn idempotency_guard(
    key: Option<Key>,
    to_api_error: impl Fn(RegistrationError) -> ApiError + Send + Sync + 'static,
) -> Option<IdempotencyGuard<PendingOutcome>> {
    let record: ResponseRecorder<PendingOutcome> = Arc::new(move |outcome| match outcome {
        PendingOutcome::Pending => Some(pending()),
        PendingOutcome::Rejected(error) => idempotency::to_stored_error(&to_api_error(error.clone())),
        PendingOutcome::Replayed(_) => None,
    });
    key.map(|key| IdempotencyGuard { key, record })
}

/// Stores a registration that waits for its address to be confirmed, and queues the mail. Returns the response and
/// whether it is a replay. The caller must call [`pad_response_time`] before it responds.
pub(crate) async fn request(
    store: &Store,
    context: &RegistrationContext,
    new: NewRegistration,
    key: Option<Key>,
) -> Result<(StoredResponse, bool), ApiError> {
    let guard_context = context.clone();
    let guard = idempotency_guard(key, move |error| guard_context.to_api_error(error));
    let outcome = store.request_confirmation(new, guard).await?;
    to_response(outcome, |error| context.to_api_error(error))
}

/// Requests a confirmation as [`request`] does, pads the response time, and responds.
pub(crate) async fn request_and_respond(
    store: &Store,
    context: &RegistrationContext,
    new: NewRegistration,
    key: Option<Key>,
) -> Result<HttpResponse, ApiError> {
    let started = Instant::now();
    let (response, replayed) = request(store, context, new, key).await?;
    pad_response_time(started).await;
    Ok(respond(response, replayed))
}

/// The response to an outcome, and whether it is a replay. The errors do not depend on who is registered.
pub(crate) fn to_response(
    outcome: PendingOutcome,
    to_api_error: impl Fn(RegistrationError) -> ApiError,
) -> Result<(StoredResponse, bool), ApiError> {
    match outcome {
        PendingOutcome::Pending => Ok((pending(), false)),
        PendingOutcome::Replayed(stored) => match idempotency::stored_error(&stored) {
            Some(error) => Err(error),
            None => Ok((stored, true)),
        },
        PendingOutcome::Rejected(error) => Err(to_api_error(error)),
    }
}

/// Waits until [`MIN_RESPONSE_TIME`] has passed since the start of the work.
pub(crate) async fn pad_response_time(started: Instant) {
    sleep_until(started + MIN_RESPONSE_TIME).await;
}

pub(crate) fn respond(stored: StoredResponse, replayed: bool) -> HttpResponse {
    let mut response = idempotency::respond(&stored, replayed);
    response.insert_header((header::CACHE_CONTROL, Caching::NoStore.header()));
    response.body(stored.body)
}
