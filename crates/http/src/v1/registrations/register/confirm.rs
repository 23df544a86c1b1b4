//! Handles `POST /registrations/confirm`: confirms an address.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post};
use plenaria_domain::validation::{FieldError, InvalidValue};
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::text;
use plenaria_persistence::desk::reply::{Outcome, Refusal};
use plenaria_persistence::desk::request::{Command, Request};
use plenaria_persistence::idempotency::IdempotencyGuard;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::context::RegistrationContext;
use super::create::respond_with_outcome;
use crate::auth::{ConfirmationTokens, ManageTokens};
use crate::problem::ApiError;
use crate::request::body;
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
    let pending = command.parts.store.registration_to_change(None, id).await?.ok_or_else(invalid_token)?;
    let entry = command.parts.events.get(pending.event_id).await?.ok_or_else(invalid_token)?;
    let now = command.received_at;
    let context = RegistrationContext::new(now, &command.parts.public_url, entry, None);
    let _in_progress = command.in_progress.begin(key)?;
    let event = context.entry.event.id;
    let idempotency = key.map(|key| IdempotencyGuard { key, record: context.recorder(StatusCode::CREATED) });
    let request = Request { event, now, idempotency, command: Command::Confirm(id) };
    let outcome = command.parts.desk.submit(request).await.map_err(|refusal| match refusal {
        Refusal::NotFound => invalid_token(),
        refusal => context.to_api_error(refusal),
    })?;
    if matches!(outcome, Outcome::Registration { changed: true, .. }) {
        command.parts.events.invalidate_availability(event).await;
    }
    respond_with_outcome(&context, &manage_tokens, outcome, StatusCode::CREATED)
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
