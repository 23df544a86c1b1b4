//! Handles `POST /events/{event}/registrations`: registers a person.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, post, web};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::registration::Registration;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_persistence::desk::reply::Outcome;
use plenaria_persistence::idempotency::StoredResponse;
use tokio::time::Instant;

use super::confirmation_sent::ConfirmationSent;
use super::context::RegistrationContext;
use super::email_confirmation;
use super::request::CreateRegistration;
use crate::auth::ManageTokens;
use crate::problem::ApiError;
use crate::request::language_preference::LanguagePreference;
use crate::request::{body, idempotency};
use crate::response::representation::Caching;
use crate::state::PrivacyNotice;
use crate::state_part::Part;
use crate::v1::registrations::command::RegistrationCommand;
use crate::v1::registrations::dto::{RegistrationWithToken, etag};
use crate::v1::registrations::errors;
use crate::v1::registrations::response::location;

/// Register for an event
///
/// Takes a seat, or a place on the waiting list if the event is full and has one. The response is sent once the
/// registration is durably stored. It contains `manage_token`, which no other response has: a caller that sends it as a
/// bearer token can read, change and cancel the registration. Anyone may register; registrations that a client makes
/// with its token have its organisation as `source`. If the event has `email_confirmation`, the response is 202 whether
/// or not the address is registered, and the result is sent by mail. Otherwise 409 `already-registered` reveals that
/// the address is registered: organisers who must keep that confidential set `email_confirmation`.
#[utoipa::path(
    tag = "registrations",
    params(("Accept-Language" = String, Header)),
    request_body = CreateRegistration,
    responses(
        (status = 201, description = "Registered, or on the waiting list: see `status`", body = RegistrationWithToken, headers(
            ("Location" = String, description = "The registration's path"),
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 202, description = "A mail asks to confirm the address", body = ConfirmationSent),
        (status = 409, description = "`already-registered`, `event-full`, `registration-not-open`, `registration-closed`, `event-cancelled`, `event-ended`, or `conflict`: the client has used its `external_reference` already"),
    ),
    security(("oauth2" = ["registrations:write"]), ()),
)]
#[post("/events/{event}/registrations")]
pub(crate) async fn create_registration(
    command: RegistrationCommand,
    tokens: Part<ManageTokens>,
    privacy_notice: Part<PrivacyNotice>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let client = command.request.caller.clone().require_client_or_anonymous(Scope::RegistrationsWrite)?;
    let context = RegistrationContext::of_event(&command.request, &event, client).await?;
    let command = command.receive(body::receive).await?;
    let body: CreateRegistration = body::parse(&command.bytes, |body| context.field_errors(body))?;
    let key = command.event_idempotency_key(context.entry.event.id)?;
    let language = context.default_language(&LanguagePreference::from_header(&command.http));
    let _in_progress = command.in_progress.begin(key)?;
    let request = context.to_request(body, &privacy_notice, language, key)?;
    let started = Instant::now();
    let reply = command.parts.desk.submit(request).await;
    if context.confirms_addresses() {
        return email_confirmation::respond_after_padding(started, &context, reply).await;
    }
    let outcome = reply.map_err(|refusal| context.to_api_error(refusal))?;
    command.parts.events.invalidate_availability(context.entry.event.id).await;
    respond_with_outcome(&context, &tokens, outcome, StatusCode::CREATED)
}

/// Responds with a registration that was made, or found as it should be.
pub(crate) fn respond_with_outcome(
    context: &RegistrationContext,
    tokens: &ManageTokens,
    outcome: Outcome,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    match outcome {
        Outcome::Registration { registration, stored: Some(stored), .. } => {
            respond_stored(context, tokens, &stored, registration.id, false)
        }
        Outcome::Registration { registration, stored: None, changed } => {
            respond(context, tokens, *registration, if changed { status } else { StatusCode::OK })
        }
        Outcome::Replayed(stored) => match (idempotency::stored_error(&stored), stored.registration) {
            (Some(error), _) => Err(error),
            (None, Some(id)) => respond_stored(context, tokens, &stored, id, true),
            // At the time of the first request the event confirmed addresses.
            (None, None) => Ok(email_confirmation::respond(stored, true)),
        },
        _ => Err(errors::unexpected_outcome()),
    }
}

/// A registration with its token.
fn respond(
    context: &RegistrationContext,
    tokens: &ManageTokens,
    registration: Registration,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let token = context.manage_token(tokens, registration.id)?;
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::LOCATION, location(registration.id)))
        .insert_header((header::ETAG, etag(&registration)))
        .insert_header((header::CACHE_CONTROL, Caching::NoStore.header()));
    Ok(response.json(context.to_dto(registration, Some(token))))
}

/// A stored response, with the registration's token added again.
fn respond_stored(
    context: &RegistrationContext,
    tokens: &ManageTokens,
    stored: &StoredResponse,
    id: RegistrationId,
    replayed: bool,
) -> Result<HttpResponse, ApiError> {
    let body = context.stored_body_with_token(tokens, stored, id)?;
    let mut response = idempotency::respond(stored, replayed);
    response.insert_header((header::CACHE_CONTROL, Caching::NoStore.header()));
    Ok(response.body(body))
}
