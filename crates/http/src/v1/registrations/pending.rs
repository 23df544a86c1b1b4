//! Answers that are the same for everybody: whether an address is registered is its owner's to know, who reads it by mail.
//!
//! They come no sooner than [`FLOOR`] after the request, so that the time they take does not tell either; and what is done
//! costs about as much for the one as for the other (`plenaria_persistence::confirmation_requests`), for when it takes longer.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header;
use plenaria_persistence::confirmation_requests::Asked;
use plenaria_persistence::desk::{NewRegistration, Refused};
use plenaria_persistence::idempotency::{Key, Once, Recorded, Recorder};
use serde::Serialize;
use tokio::time::{Instant, sleep_until};
use utoipa::ToSchema;

use super::asking::Asking;
use crate::idempotency;
use crate::problem::ApiError;
use crate::representation::Caching;

/// How long such an answer takes at least.
const FLOOR: Duration = Duration::from_millis(100);

/// A mail is on its way to the address, if there is anything to be told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Pending)]
pub(crate) struct PendingDto {
    /// What comes of it is told by mail.
    #[schema(value_type = PendingStatus)]
    status: &'static str,
}

/// What comes of it is told by mail.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum PendingStatus {
    /// If there is anything to be told, a mail is on its way.
    ConfirmationSent,
}

/// The one answer.
fn recorded() -> Recorded {
    let body = serde_json::to_string(&PendingDto { status: "confirmation_sent" }).unwrap_or_default();
    Recorded { status: 202, location: None, etag: None, body, registration: None }
}

/// What is kept of an answer to a request with a key; `refused` is how a refusal looks.
pub(super) fn once(
    key: Option<Key>,
    refused: impl Fn(&Refused) -> ApiError + Send + Sync + 'static,
) -> Option<Once<Asked>> {
    let record: Recorder<Asked> = Arc::new(move |asked| match asked {
        Asked::Pending => Some(recorded()),
        Asked::Refused(refusal) => idempotency::record_error(&refused(refusal)),
        Asked::Replayed(_) => None,
    });
    key.map(|key| Once { key, record })
}

/// Asks for a registration whose address is to be confirmed, with the key of the request. The caller rests before answering.
pub(super) async fn ask(asking: &Asking, new: NewRegistration, key: Option<Key>) -> Result<Settled, ApiError> {
    let refused = {
        let asking = asking.clone();
        move |refusal: &Refused| asking.refused(refusal.clone())
    };
    let asked = asking.state.store.ask_to_confirm(new, once(key, refused)).await?;
    settle(asked, |refusal| asking.refused(refusal))
}

/// What is answered, and whether it was before.
pub(super) type Settled = (Recorded, bool);

/// What is answered. A refusal says nothing of the person.
pub(super) fn settle(asked: Asked, refused: impl Fn(Refused) -> ApiError) -> Result<Settled, ApiError> {
    match asked {
        Asked::Pending => Ok((recorded(), false)),
        Asked::Replayed(recorded) => match idempotency::recorded_error(&recorded) {
            Some(error) => Err(error),
            None => Ok((recorded, true)),
        },
        Asked::Refused(refusal) => Err(refused(refusal)),
    }
}

/// Waits until the answer may be given to a request that was begun then.
pub(super) async fn rest(begun: Instant) {
    sleep_until(begun + FLOOR).await;
}

/// The answer.
pub(super) fn respond((recorded, replayed): Settled) -> HttpResponse {
    let mut response = idempotency::respond(&recorded, replayed);
    response.insert_header((header::CACHE_CONTROL, Caching::NoStore.header()));
    response.body(recorded.body)
}
