//! Registering.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, post, web};
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::registration::Registration;
use plenaria_domain::scope::Scope;
use plenaria_persistence::desk::Outcome;
use plenaria_persistence::idempotency::Recorded;
use tokio::time::Instant;

use super::asking::{Asking, location};
use super::dto::{RegistrationDto, etag};
use super::pending::{self, PendingDto};
use super::request::CreateRegistration;
use crate::auth::Caller;
use crate::negotiation::Wanted;
use crate::problem::ApiError;
use crate::query::{NoQuery, Query};
use crate::representation::Caching;
use crate::state::AppState;
use crate::{body, idempotency, reference};

/// Register for an event
///
/// Takes a seat, or a place in the queue if the event is full and has one. The answer means: it is on disk. It carries
/// `manage_token`, this once: whoever shows it as a bearer token can read and cancel the registration. Anybody may register;
/// what a client registers with its token has its organisation as `source`. Where the event says `email_confirmation`, the answer
/// is 202 whoever is registered already, and what comes of it is told by mail. Elsewhere 409 `already-registered` tells the caller
/// that the address is registered: organisers of an event where that is confidential set `email_confirmation`.
#[utoipa::path(
    tag = "registrations",
    params(("Accept-Language" = String, Header)),
    request_body = CreateRegistration,
    responses(
        (status = 201, description = "Registered, or waiting: see `status`", body = RegistrationDto, headers(
            ("Location" = String, description = "The registration's path"),
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 202, description = "A mail asks to confirm the address", body = PendingDto),
        (status = 409, description = "`already-registered`, `event-full`, `registration-not-open`, `registration-closed`, `event-cancelled`, `event-ended`, or `conflict`: the client has used its `external_reference` already"),
    ),
    security(("oauth2" = ["registrations:write"]), ()),
)]
#[post("/events/{event}/registrations")]
pub(crate) async fn create_registration(
    request: HttpRequest,
    state: web::Data<AppState>,
    event: web::Path<String>,
    query: Query<NoQuery>,
    payload: web::Payload,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let received_at = state.clock.now();
    let client = caller.clone().client_or_anonymous(Scope::RegistrationsWrite)?;
    let entry = state.catalogue.public(&reference::event(&event)?).await?;
    let asking = Asking { state, entry, client, received_at };
    let state = &asking.state;
    let bytes = body::receive(&request, payload).await?;
    query.read()?;
    let body: CreateRegistration = body::parse(&bytes, |body| asking.faults(body))?;
    let key = idempotency::key(&request, &caller, &bytes)?;
    let language = asking.language(&Wanted::of_header(&request));
    let _serving = state.in_progress.begin(key)?;
    if asking.confirms() {
        let begun = Instant::now();
        let settled = pending::ask(&asking, asking.request(body, language, None)?, key).await?;
        pending::rest(begun).await;
        return Ok(pending::respond(settled));
    }
    let new = asking.request(body, language, key)?;
    let outcome = state.desk.register(new).await.map_err(|refused| asking.refused(refused))?;
    state.catalogue.seats_changed(asking.entry.event.id).await;
    match outcome {
        Outcome::Registered { registration, recorded: Some(recorded) } => {
            respond_again(&asking, &recorded, registration.id, false)
        }
        Outcome::Registered { registration, recorded: None } => respond(&asking, *registration, StatusCode::CREATED),
        Outcome::Replayed(recorded) => match (idempotency::recorded_error(&recorded), recorded.registration) {
            (Some(error), _) => Err(error),
            (None, Some(id)) => respond_again(&asking, &recorded, id, true),
            // The event asked to confirm addresses then.
            (None, None) => Ok(pending::respond((recorded, true))),
        },
    }
}

/// A registration with its token.
pub(super) fn respond(
    asking: &Asking,
    registration: Registration,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let token = asking.token(registration.id)?;
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::LOCATION, location(registration.id)))
        .insert_header((header::ETAG, etag(&registration)))
        .insert_header((header::CACHE_CONTROL, Caching::NoStore.header()));
    Ok(response.json(asking.show(registration, Some(token))))
}

/// The answer that was kept, with its token again.
pub(super) fn respond_again(
    asking: &Asking,
    recorded: &Recorded,
    id: RegistrationId,
    replayed: bool,
) -> Result<HttpResponse, ApiError> {
    let token = asking.token(id)?;
    let rest = recorded.body.strip_suffix('}').unwrap_or_default();
    let mut response = idempotency::respond(recorded, replayed);
    response.insert_header((header::CACHE_CONTROL, Caching::NoStore.header()));
    Ok(response.body(format!("{rest},\"manage_token\":\"{token}\"}}")))
}
