//! Confirming one's address.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use plenaria_domain::refusal::{Fault, Refusal};
use plenaria_domain::registration::Registration;
use plenaria_domain::text;
use plenaria_persistence::confirmation::{Confirm, Confirmed};
use plenaria_persistence::idempotency::{Once, Recorded, Recorder};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::asking::{Asking, location};
use super::create::{respond, respond_again};
use super::dto::{RegistrationDto, etag};
use crate::auth::Caller;
use crate::problem::{ApiError, Code, Detail};
use crate::query::{NoQuery, Query};
use crate::state::AppState;
use crate::{body, idempotency};

/// The proof that one reads the mailbox of the address.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ConfirmRegistration {
    /// The token in the link of the mail.
    #[schema(
        required = true,
        max_length = 1000,
        pattern = "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$",
        example = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"
    )]
    confirmation_token: String,
}

/// Confirm an address
///
/// For events that ask for it (`email_confirmation`): takes the seat, or a place in the queue, and answers as registering does
/// elsewhere. The token comes by mail and is good for 48 hours. It works once: after that, as long as the registration
/// lives, the same request is answered 200 with the registration as it is then, so that nobody is lost with an answer.
#[utoipa::path(
    tag = "registrations",
    request_body = ConfirmRegistration,
    responses(
        (status = 200, description = "It was confirmed before", body = RegistrationDto, headers(
            ("Location" = String, description = "The registration's path"),
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 201, description = "Registered, or waiting: see `status`", body = RegistrationDto, headers(
            ("Location" = String, description = "The registration's path"),
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 409, description = "`event-full`, `registration-not-open`, `registration-closed`, `event-cancelled`, `event-ended`, or `conflict`: it was cancelled meanwhile"),
    ),
    security(("bearerAuth" = []), ()),
)]
#[post("/registrations/confirm")]
pub(crate) async fn confirm_registration(
    request: HttpRequest,
    state: web::Data<AppState>,
    query: Query<NoQuery>,
    payload: web::Payload,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let now = state.clock.now();
    let bytes = body::receive(&request, payload).await?;
    query.read()?;
    let named = |body: &ConfirmRegistration| state.confirmation_tokens.verify(&body.confirmation_token, now).ok();
    let bad_token = || vec![Fault::new("/confirmation_token", Refusal::Token)];
    // What a good token names may have been erased, which is the same to everybody.
    let gone = || ApiError::validation(bad_token());
    let further = |body: &ConfirmRegistration| match named(body) {
        Some(_) => Vec::new(),
        None if text::is_blank(&body.confirmation_token) => vec![Fault::new("/confirmation_token", Refusal::Required)],
        None => bad_token(),
    };
    let id = named(&body::parse(&bytes, further)?).ok_or_else(gone)?;
    let key = idempotency::key(&request, &caller, &bytes)?;
    let pending = state.store.registration(id).await?.ok_or_else(gone)?;
    let entry = state.catalogue.get(pending.event_id).await?.ok_or_else(gone)?;
    let asking = Asking { state: state.clone(), entry, client: None, received_at: now };
    let _serving = state.in_progress.begin(key)?;
    let once = key.map(|key| Once { key, record: recorder(&asking) });
    match state.store.confirm(Confirm { id, now, once }).await? {
        Confirmed::NotFound => Err(gone()),
        Confirmed::Cancelled => Err(cancelled()),
        Confirmed::Refused(refused) => Err(asking.refused(refused)),
        Confirmed::KeyOfAnother => Err(ApiError::new(Code::IdempotencyMismatch)),
        Confirmed::Replayed(recorded) => match idempotency::recorded_error(&recorded) {
            Some(error) => Err(error),
            None => respond_again(&asking, &recorded, id, true),
        },
        Confirmed::Done { registration, first } => {
            if first {
                state.catalogue.seats_changed(registration.event_id).await;
            }
            respond(&asking, *registration, status(first))
        }
    }
}

const fn status(first: bool) -> StatusCode {
    if first { StatusCode::CREATED } else { StatusCode::OK }
}

fn cancelled() -> ApiError {
    ApiError::new(Code::Conflict).detail(Detail::RegistrationCancelled)
}

/// What is kept of the answer to a request with a key: all of it but the token.
fn recorder(asking: &Asking) -> Recorder<Confirmed> {
    let asking = asking.clone();
    Arc::new(move |confirmed| match confirmed {
        Confirmed::Done { registration, first } => {
            let body = asking.show(Registration::clone(registration), None);
            Some(Recorded {
                status: status(*first).as_u16(),
                location: Some(location(registration.id)),
                etag: etag(registration).to_str().ok().map(str::to_owned),
                body: serde_json::to_string(&body).ok()?,
                registration: Some(registration.id),
            })
        }
        Confirmed::Refused(refused) => idempotency::record_error(&asking.refused(refused.clone())),
        Confirmed::Cancelled => idempotency::record_error(&cancelled()),
        _ => None,
    })
}
