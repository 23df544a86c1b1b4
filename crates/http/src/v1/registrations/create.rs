//! Registering.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, post, web};
use plenaria_domain::event::Event;
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::language::MessageLanguage;
use plenaria_domain::registration::{PUBLIC_SOURCE, Registration};
use plenaria_domain::scope::Scope;
use plenaria_persistence::desk::{Answer, NewRegistration, Outcome};
use plenaria_persistence::idempotency::{Once, Recorded, Recorder};

use super::dto::{RegistrationDto, etag};
use super::request::CreateRegistration;
use crate::auth::Caller;
use crate::catalogue::Entry;
use crate::negotiation::Wanted;
use crate::problem::{ApiError, Code};
use crate::query::{NoQuery, Query};
use crate::representation::Caching;
use crate::state::AppState;
use crate::{body, idempotency, reference};

/// Register for an event
///
/// Takes a seat, or a place in the queue if the event is full and has one. The answer means: it is on disk. It carries
/// `manage_token`, this once: whoever shows it as a bearer token can read and cancel the registration.
#[utoipa::path(
    tag = "registrations",
    params(("event" = String, Path, description = "An event's id or slug", max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "internationalisation-and-metropolitan-spaces-en")),
    request_body = CreateRegistration,
    responses(
        (status = 201, description = "Registered, or waiting: see `status`", body = RegistrationDto, headers(
            ("Location" = String, description = "The registration's path"),
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 409, description = "`already-registered`, `event-full`, `registration-not-open`, `registration-closed`, `event-cancelled` or `event-ended`"),
    ),
    security(("oauth2" = ["registrations:write"]), ()),
)]
#[post("/events/{event}/registrations")]
pub(crate) async fn create_registration(
    request: HttpRequest,
    state: web::Data<AppState>,
    event: web::Path<String>,
    _: Query<NoQuery>,
    payload: web::Payload,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let received_at = state.clock.now();
    let client = caller.clone().client_or_anonymous(Scope::RegistrationsWrite)?;
    let entry = state.catalogue.public(&reference::event(&event)?).await?;
    let event = &entry.event;
    let bytes = body::receive(&request, payload).await?;
    let body: CreateRegistration = body::parse(&bytes, |b: &CreateRegistration| b.faults_for(event))?;
    let key = idempotency::key(&request, &caller, &bytes)?;
    let wanted = Wanted::of_header(&request);
    let languages = wanted.languages().iter().chain(std::iter::once(&event.definition.language));
    let language = MessageLanguage::first_of(languages).unwrap_or(MessageLanguage::En);
    let unchecked = |refusal| ApiError::new(Code::Internal).cause(&refusal);
    let new = NewRegistration {
        id: RegistrationId::new(received_at),
        event_id: event.id,
        attendee: body.attendee(event, language).map_err(unchecked)?,
        client: None,
        external_reference: None,
        source: PUBLIC_SOURCE.to_owned(),
        privacy_notice: state.privacy_notice.clone(),
        received_at,
        once: key.map(|key| Once { key, record: recorder(&state, &entry) }),
    };
    let _serving = state.in_progress.begin(key)?;
    let outcome = state.desk.register(new).await?;
    state.catalogue.seats_changed(event.id).await;
    match outcome {
        Outcome::Registered { registration, recorded: Some(recorded) } => {
            respond_again(&state, event, &recorded, registration.id, false)
        }
        Outcome::Registered { registration, recorded: None } => respond(&state, event, *registration),
        Outcome::Replayed(recorded) => match (idempotency::recorded_error(&recorded), recorded.registration) {
            (Some(error), _) => Err(error),
            (None, Some(id)) => respond_again(&state, event, &recorded, id, true),
            (None, None) => Err(ApiError::new(Code::Conflict)),
        },
    }
}

fn token(state: &AppState, event: &Event, id: RegistrationId) -> Result<String, ApiError> {
    state.manage_tokens.sign(id, event.ends_at).map_err(|error| ApiError::new(Code::Internal).cause(&error))
}

fn location(id: RegistrationId) -> String {
    format!("/v1/registrations/{id}")
}

fn respond(state: &AppState, event: &Event, registration: Registration) -> Result<HttpResponse, ApiError> {
    let token = token(state, event, registration.id)?;
    let mut response = HttpResponse::Created();
    response
        .insert_header((header::LOCATION, location(registration.id)))
        .insert_header((header::ETAG, etag(&registration)))
        .insert_header((header::CACHE_CONTROL, Caching::NoStore.header()));
    Ok(response.json(RegistrationDto::new(registration, &event.definition.slug, &state.public_url, Some(token))))
}

/// What is kept of the answer to a request with a key: all of it but the token.
fn recorder(state: &web::Data<AppState>, entry: &Arc<Entry>) -> Recorder<Answer> {
    let (state, entry) = (state.clone(), Arc::clone(entry));
    Arc::new(move |answer| match answer {
        Ok(Outcome::Replayed(_)) => None,
        Err(refused) => idempotency::record_error(&ApiError::from(refused.clone())),
        Ok(Outcome::Registered { registration, .. }) => {
            let (id, etag) = (registration.id, etag(registration));
            let slug = &entry.event.definition.slug;
            let body = RegistrationDto::new(Registration::clone(registration), slug, &state.public_url, None);
            Some(Recorded {
                status: 201,
                location: Some(location(id)),
                etag: etag.to_str().ok().map(str::to_owned),
                body: serde_json::to_string(&body).ok()?,
                registration: Some(id),
            })
        }
    })
}

/// The answer that was kept, with its token again.
fn respond_again(
    state: &AppState,
    event: &Event,
    recorded: &Recorded,
    id: RegistrationId,
    replayed: bool,
) -> Result<HttpResponse, ApiError> {
    let token = token(state, event, id)?;
    let rest = recorded.body.strip_suffix('}').unwrap_or_default();
    let mut response = idempotency::respond(recorded, replayed);
    response.insert_header((header::CACHE_CONTROL, Caching::NoStore.header()));
    Ok(response.body(format!("{rest},\"manage_token\":\"{token}\"}}")))
}
