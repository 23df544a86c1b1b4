//! Shares the steps of registering one person and a batch: the event, the client, and the conversions between the API's
//! types and the desk's.

use std::sync::Arc;

use actix_web::http::StatusCode;
use plenaria_domain::registration::{PUBLIC_SOURCE, Registration};
use plenaria_domain::validation::FieldError;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::language::MessageLanguage;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::time::Instant;
use plenaria_persistence::desk::reply::{Outcome, Refusal, Reply};
use plenaria_persistence::desk::request::{Command, NewRegistration, Request};
use plenaria_persistence::idempotency::{IdempotencyGuard, Key, ResponseRecorder, StoredResponse};

use super::confirmation_sent::confirmation_sent;
use super::request::CreateRegistration;
use crate::auth::{ClientCaller, ManageTokens};
use crate::cache::events::CachedEvent;
use crate::problem::{ApiError, Code};
use crate::request::idempotency;
use crate::request::language_preference::LanguagePreference;
use crate::request::path;
use crate::state::PrivacyNotice;
use crate::v1::registrations::command::RegistrationRequest;
use crate::v1::registrations::dto::{RegistrationDto, etag};
use crate::v1::registrations::errors;
use crate::v1::registrations::response::location;

/// The event that people register for, and who registers them. The recorders of stored responses keep a clone, and run
/// on other threads, so it has no part of the state in it.
#[derive(Clone)]
pub(crate) struct RegistrationContext {
    pub(crate) entry: Arc<CachedEvent>,
    /// `None`: an anonymous caller, through the public form.
    pub(crate) client: Option<ClientCaller>,
    pub(crate) received_at: Instant,
    pub(crate) public_url: PublicUrl,
}

impl RegistrationContext {
    pub(crate) fn new(
        received_at: Instant,
        public_url: &PublicUrl,
        entry: Arc<CachedEvent>,
        client: Option<ClientCaller>,
    ) -> Self {
        Self { entry, client, received_at, public_url: public_url.clone() }
    }

    /// The context of a request for the public event that the path names.
    pub(crate) async fn of_event(
        request: &RegistrationRequest,
        event: &str,
        client: Option<ClientCaller>,
    ) -> Result<Self, ApiError> {
        let entry = request.parts.events.public(&path::event(event)?).await?;
        Ok(Self::new(request.received_at, &request.parts.public_url, entry, client))
    }

    /// Whether the event confirms addresses by mail before it registers people.
    pub(crate) fn confirms_addresses(&self) -> bool {
        self.entry.event.definition.registration.email_confirmation
    }

    /// The errors of a body against the event's own rules, and against the rules for this kind of caller.
    pub(crate) fn field_errors(&self, body: &CreateRegistration) -> Vec<FieldError> {
        body.field_errors(&self.entry.event, self.client.is_some())
    }

    /// The language of messages where the body has none: that of the request, else the event's, else English.
    pub(crate) fn default_language(&self, preference: &LanguagePreference) -> MessageLanguage {
        let event_language = &self.entry.event.definition.language;
        let languages = preference.languages().iter().chain(std::iter::once(event_language));
        MessageLanguage::first_supported(languages).unwrap_or(MessageLanguage::En)
    }

    /// The desk's request for a validated body: to register the person, or to confirm the address first.
    pub(crate) fn to_request(
        &self,
        body: CreateRegistration,
        privacy_notice: &PrivacyNotice,
        default_language: MessageLanguage,
        key: Option<Key>,
    ) -> Result<Request, ApiError> {
        let unvalidated = |error| ApiError::new(Code::Internal).cause(&error);
        let event = &self.entry.event;
        let source = self.client.as_ref().map_or(PUBLIC_SOURCE, |client| client.organisation.as_str());
        let new = NewRegistration {
            id: RegistrationId::new(self.received_at),
            event_id: event.id,
            client: self.client.as_ref().map(|client| client.id),
            external_reference: body.external_reference().map_err(unvalidated)?,
            attendee: body.attendee(event, default_language).map_err(unvalidated)?,
            source: source.to_owned(),
            privacy_notice: self.entry.event.definition.privacy_version(&privacy_notice.0).to_owned(),
            received_at: self.received_at,
        };
        let confirms = self.confirms_addresses();
        let command = if confirms { Command::RequestConfirmation(new) } else { Command::Register(new) };
        let idempotency = key.map(|key| IdempotencyGuard { key, record: self.recorder(StatusCode::CREATED) });
        Ok(Request { event: event.id, now: self.received_at, idempotency, command })
    }

    /// The token that manages a new registration. It is always the same for the same registration.
    pub(crate) fn manage_token(&self, tokens: &ManageTokens, id: RegistrationId) -> Result<String, ApiError> {
        let signed = tokens.sign_first(id, self.entry.event.ends_at);
        signed.map_err(|error| ApiError::new(Code::Internal).cause(&error))
    }

    /// The JSON representation of a registration, with or without its token.
    pub(crate) fn to_dto(&self, registration: Registration, manage_token: Option<String>) -> RegistrationDto {
        RegistrationDto::new(registration, &self.entry.event.definition.slug, &self.public_url, manage_token)
    }

    /// The problem for this caller.
    pub(crate) fn to_api_error(&self, refusal: Refusal) -> ApiError {
        errors::for_client(refusal, self.client.as_ref())
    }

    /// The stored form of a response with a registration. It has no token: tokens are not stored.
    fn to_stored(&self, status: u16, registration: &Registration) -> Option<StoredResponse> {
        let body = self.to_dto(registration.clone(), None);
        Some(StoredResponse {
            status,
            location: Some(location(registration.id)),
            etag: etag(registration).to_str().ok().map(str::to_owned),
            body: serde_json::to_string(&body).ok()?,
            registration: Some(registration.id),
        })
    }

    /// The body of a stored response, with the registration's token added again.
    pub(crate) fn stored_body_with_token(
        &self,
        tokens: &ManageTokens,
        stored: &StoredResponse,
        id: RegistrationId,
    ) -> Result<String, ApiError> {
        let token = self.manage_token(tokens, id)?;
        let fields = stored.body.strip_suffix('}').unwrap_or_default();
        Ok(format!("{fields},\"manage_token\":\"{token}\"}}"))
    }

    /// Makes the stored response of a request with an `Idempotency-Key`. `status` is that of a registration that the
    /// request made.
    pub(crate) fn recorder(&self, status: StatusCode) -> ResponseRecorder<Reply> {
        let context = self.clone();
        Arc::new(move |reply| match reply {
            Ok(Outcome::Registration { registration, changed, .. }) => {
                let status = if *changed { status } else { StatusCode::OK };
                context.to_stored(status.as_u16(), registration)
            }
            Ok(Outcome::MailRequested) => Some(confirmation_sent()),
            Ok(_) => None,
            Err(refusal) => idempotency::to_stored_error(&context.to_api_error(refusal.clone())),
        })
    }
}
