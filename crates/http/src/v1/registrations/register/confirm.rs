//! Handles `POST /registrations/confirm`: confirms an address.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post};
use plenaria_domain::validation::{FieldError, InvalidValue};
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::text;
use plenaria_persistence::idempotency::{IdempotencyGuard, ResponseRecorder};
use plenaria_persistence::registrations::confirmation::confirm::{Confirm, Confirmed};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::context::RegistrationContext;
use super::create::{respond, respond_stored};
use crate::auth::{ConfirmationTokens, ManageTokens};
use crate::problem::{ApiError, Code, Detail};
use crate::request::{body, idempotency};
use crate::schemas;
use crate::state_part::Part;
use crate::v1::registrations::command::{ReceivedCommand, RegistrationCommand};
use crate::v1::registrations::dto::RegistrationWithToken;

/// The proof that the caller can read the mailbox.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ConfirmRegistration {
    /// The token in the link of the mail.
    #[schema(required = true, value_type = schemas::Token)]
    confirmation_token: String,
}

/// Confirm an address
///
/// For events with `email_confirmation`: takes a seat, or a place on the waiting list, and responds like registering
/// for other events. The token is sent by mail, is valid for 48 hours, and confirms once. While the registration is
/// active, repeating the request gets 200 with the current registration, so that a client that lost the response can
/// request it again.
#[utoipa::path(
    tag = "registrations",
    request_body = ConfirmRegistration,
    responses(
        (status = 200, description = "The address was confirmed before", body = RegistrationWithToken, headers(
            ("Location" = String, description = "The registration's path"),
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 201, description = "Registered, or on the waiting list: see `status`", body = RegistrationWithToken, headers(
            ("Location" = String, description = "The registration's path"),
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 409, description = "`event-full`, `registration-not-open`, `registration-closed`, `event-cancelled`, `event-ended`, or `conflict`: the request was cancelled in the meantime"),
    ),
    security(("bearerAuth" = []), ()),
)]
#[post("/registrations/confirm")]
pub(crate) async fn confirm_registration(
    command: RegistrationCommand,
    confirmation_tokens: Part<ConfirmationTokens>,
    manage_tokens: Part<ManageTokens>,
) -> Result<HttpResponse, ApiError> {
    let command = command.receive(body::receive).await?;
    let id = registration_of_token(&confirmation_tokens, &command)?;
    let key = command.idempotency_key()?;
    let pending = command.parts.store.registration(id).await?.ok_or_else(invalid_token)?;
    let entry = command.parts.events.get(pending.event_id).await?.ok_or_else(invalid_token)?;
    let now = command.received_at;
    let context = RegistrationContext::new(now, &command.parts.public_url, entry, None);
    let _in_progress = command.in_progress.begin(key)?;
    let idempotency = key.map(|key| IdempotencyGuard { key, record: recorder(&context) });
    let confirmed = command.parts.store.confirm(Confirm { id, now, idempotency }).await?;
    if let Confirmed::Done { registration, first: true } = &confirmed {
        command.parts.events.invalidate_availability(registration.event_id).await;
    }
    respond_with_outcome(&context, &manage_tokens, id, confirmed)
}

fn respond_with_outcome(
    context: &RegistrationContext,
    tokens: &ManageTokens,
    id: RegistrationId,
    confirmed: Confirmed,
) -> Result<HttpResponse, ApiError> {
    match confirmed {
        Confirmed::NotFound => Err(invalid_token()),
        Confirmed::Cancelled => Err(cancelled()),
        Confirmed::Rejected(error) => Err(context.to_api_error(error)),
        Confirmed::IdempotencyKeyReused => Err(ApiError::new(Code::IdempotencyMismatch)),
        Confirmed::Replayed(stored) => match idempotency::stored_error(&stored) {
            Some(error) => Err(error),
            None => respond_stored(context, tokens, &stored, id, true),
        },
        Confirmed::Done { registration, first } => respond(context, tokens, *registration, status(first)),
    }
}

/// The registration that the body's token confirms.
fn registration_of_token(tokens: &ConfirmationTokens, command: &ReceivedCommand) -> Result<RegistrationId, ApiError> {
    let verify = |body: &ConfirmRegistration| tokens.verify(&body.confirmation_token, command.received_at).ok();
    let field_errors = |body: &ConfirmRegistration| match verify(body) {
        Some(_) => Vec::new(),
        None if text::is_blank(&body.confirmation_token) => {
            vec![FieldError::new("/confirmation_token", InvalidValue::Required)]
        }
        None => invalid_token_errors(),
    };
    verify(&body::parse(&command.bytes, field_errors)?).ok_or_else(invalid_token)
}

fn invalid_token_errors() -> Vec<FieldError> {
    vec![FieldError::new("/confirmation_token", InvalidValue::Token)]
}

/// The error for an invalid token. A valid token whose registration was erased gets the same, so that callers cannot
/// tell the two apart.
fn invalid_token() -> ApiError {
    ApiError::validation(invalid_token_errors())
}

const fn status(first: bool) -> StatusCode {
    if first { StatusCode::CREATED } else { StatusCode::OK }
}

fn cancelled() -> ApiError {
    ApiError::new(Code::Conflict).detail(Detail::RegistrationCancelled)
}

/// Makes the stored response of a request with an `Idempotency-Key`.
fn recorder(context: &RegistrationContext) -> ResponseRecorder<Confirmed> {
    let context = context.clone();
    Arc::new(move |confirmed| match confirmed {
        Confirmed::Done { registration, first } => context.to_stored(status(*first).as_u16(), registration),
        Confirmed::Rejected(error) => idempotency::to_stored_error(&context.to_api_error(error.clone())),
        Confirmed::Cancelled => idempotency::to_stored_error(&cancelled()),
        _ => None,
    })
}
