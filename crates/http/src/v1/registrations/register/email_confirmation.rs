//! Responses that are the same whether or not an address is registered: only the owner of the mailbox learns that, by
//! mail.
//!
//! Neither may the response's timing reveal it. So handlers call [`pad_response_time`] before they respond; and the desk
//! replies to all requests of a batch at the same time, in case it takes longer than [`MIN_RESPONSE_TIME`].

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header;
use plenaria_persistence::desk::reply::{Outcome, Refusal, Reply};
use plenaria_persistence::idempotency::StoredResponse;
use tokio::time::{Instant, sleep_until};

use super::confirmation_sent::confirmation_sent;
use super::context::RegistrationContext;
use crate::problem::ApiError;
use crate::request::idempotency;
use crate::response::representation::Caching;
use crate::v1::registrations::errors;

const MIN_RESPONSE_TIME: Duration = Duration::from_millis(50);

/// Responds to a request whose work has started at this time, once [`MIN_RESPONSE_TIME`] has passed.
pub(crate) async fn respond_after_padding(
    started: Instant,
    context: &RegistrationContext,
    reply: Reply,
) -> Result<HttpResponse, ApiError> {
    let (response, replayed) = to_response(reply, |refusal| context.to_api_error(refusal))?;
    pad_response_time(started).await;
    Ok(respond(response, replayed))
}

/// The response to a reply, and whether it is a replay. The errors do not depend on who is registered.
pub(crate) fn to_response(
    reply: Reply,
    to_api_error: impl Fn(Refusal) -> ApiError,
) -> Result<(StoredResponse, bool), ApiError> {
    match reply.map_err(to_api_error)? {
        Outcome::MailRequested => Ok((confirmation_sent(), false)),
        Outcome::Replayed(stored) => match idempotency::stored_error(&stored) {
            Some(error) => Err(error),
            None => Ok((stored, true)),
        },
        _ => Err(errors::unexpected_outcome()),
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
