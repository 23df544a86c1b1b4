//! Registering.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, post, web};
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::language::MessageLanguage;
use plenaria_domain::registration::PUBLIC_SOURCE;
use plenaria_persistence::desk::NewRegistration;

use super::dto::{RegistrationDto, etag};
use super::request::CreateRegistration;
use crate::negotiation::Wanted;
use crate::problem::{ApiError, Code};
use crate::query::{NoQuery, Query};
use crate::representation::Caching;
use crate::state::AppState;
use crate::{body, holder, reference};

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
    security(("bearerAuth" = []), ()),
)]
#[post("/events/{event}/registrations")]
pub(crate) async fn create_registration(
    request: HttpRequest,
    state: web::Data<AppState>,
    event: web::Path<String>,
    _: Query<NoQuery>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let received_at = state.clock.now();
    holder::anonymous(&request)?;
    let entry = state.catalogue.public(&reference::event(&event)?).await?;
    let event = &entry.event;
    let body: CreateRegistration = body::read(&request, payload, |b: &CreateRegistration| b.faults_for(event)).await?;
    let wanted = Wanted::of_header(&request);
    let languages = wanted.languages().iter().chain(std::iter::once(&event.definition.language));
    let language = MessageLanguage::first_of(languages).unwrap_or(MessageLanguage::En);
    let unchecked = |refusal| ApiError::new(Code::Internal).cause(&refusal);
    let new = NewRegistration {
        id: RegistrationId::new(received_at),
        event_id: event.id,
        attendee: body.attendee(event, language).map_err(unchecked)?,
        external_reference: None,
        source: PUBLIC_SOURCE.to_owned(),
        privacy_notice: state.privacy_notice.clone(),
        received_at,
    };
    let registration = state.desk.register(new).await?;
    state.catalogue.seats_changed(event.id).await;
    let unsigned = |error| ApiError::new(Code::Internal).cause(&error);
    let token = state.tokens.sign(registration.id, received_at, event.ends_at).map_err(unsigned)?;
    let mut response = HttpResponse::Created();
    response
        .insert_header((header::LOCATION, format!("/v1/registrations/{}", registration.id)))
        .insert_header((header::ETAG, etag(&registration)))
        .insert_header((header::CACHE_CONTROL, Caching::NoStore.header()));
    Ok(response.json(RegistrationDto::new(registration, &event.definition.slug, &state.public_url, Some(token))))
}
