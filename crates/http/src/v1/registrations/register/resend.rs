//! Handles `POST /events/{event}/registrations/resend`: sends the link again.

use std::sync::Arc;

use actix_web::{HttpResponse, post, web};
use plenaria_domain::values::email::EmailAddress;
use plenaria_persistence::desk::reply::{Outcome, Reply};
use plenaria_persistence::desk::request::{Command, Request};
use plenaria_persistence::idempotency::{IdempotencyGuard, ResponseRecorder};
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};
use validator::Validate;

use super::confirmation_sent::{self, confirmation_sent};
use super::email_confirmation;
use super::request::rule_email;
use crate::problem::{ApiError, Code};
use crate::request::{body, path};
use crate::schemas;
use crate::v1::registrations::command::RegistrationCommand;

/// The address whose link is requested.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ResendLink {
    /// The address that was given when registering, in any equivalent spelling (letter case, Unicode or ASCII domain).
    #[validate(custom(function = rule_email))]
    #[schema(required = true, format = "idn-email", max_length = 254, example = "ana@example.org")]
    email: String,
}

/// The request was accepted. This does not say whether there is a registration: if there is one, its address gets the mail.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct LinkSent {
    /// The same value whether or not there is a registration.
    #[schema(schema_with = status)]
    status: &'static str,
}

fn status() -> RefOr<Schema> {
    schemas::choices("The same value whether or not there is a registration.", &[confirmation_sent::STATUS])
}

/// Request the link again
///
/// Sends the link that manages the registration to its address, if there is a registration. If the address has not been
/// confirmed, sends the mail that asks for confirmation instead. The response is the same whether or not there is a
/// registration. At most one mail in five minutes is sent, within the limits of each mailbox for messages that callers
/// without a token cause: 3 an hour and 10 a day.
#[utoipa::path(
    tag = "registrations",
    request_body = ResendLink,
    responses((status = 202, description = "Accepted: a mail is sent if there is a registration", body = LinkSent)),
    security(("bearerAuth" = []), ()),
)]
#[post("/events/{event}/registrations/resend")]
pub(crate) async fn resend_link(
    command: RegistrationCommand,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let entry = command.request.parts.events.public(&path::event(&event)?).await?;
    let command = command.receive(body::receive).await?;
    let body: ResendLink = body::parse(&command.bytes, |_| Vec::new())?;
    let email = EmailAddress::parse(&body.email).map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
    let key = command.event_idempotency_key(entry.event.id)?;
    let _in_progress = command.in_progress.begin(key)?;
    let started = Instant::now();
    let record = resend_recorder();
    let idempotency = key.map(|key| IdempotencyGuard { key, record });
    let resend = Command::ResendLink { email, requester: command.caller.requester() };
    let request = Request { event: entry.event.id, now: command.received_at, idempotency, command: resend };
    let reply = command.parts.desk.submit(request).await;
    let (response, replayed) = email_confirmation::to_response(reply, ApiError::from)?;
    email_confirmation::pad_response_time(started).await;
    Ok(email_confirmation::respond(response, replayed))
}

/// Makes the stored response of a request with an `Idempotency-Key`.
fn resend_recorder() -> ResponseRecorder<Reply> {
    Arc::new(|reply| matches!(reply, Ok(Outcome::MailRequested)).then(confirmation_sent))
}
