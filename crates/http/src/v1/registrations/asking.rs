//! Asking the desk for seats: what one registration and a batch of them have in common.

use std::sync::Arc;

use actix_web::web;
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::language::MessageLanguage;
use plenaria_domain::refusal::Fault;
use plenaria_domain::registration::{PUBLIC_SOURCE, Registration};
use plenaria_domain::time::Instant;
use plenaria_persistence::desk::{Answer, NewRegistration, Outcome, Refused};
use plenaria_persistence::idempotency::{Key, Once, Recorded, Recorder};

use super::dto::{RegistrationDto, etag};
use super::refusals;
use super::request::CreateRegistration;
use crate::auth::ClientCaller;
use crate::catalogue::Entry;
use crate::idempotency;
use crate::negotiation::Wanted;
use crate::problem::{ApiError, Code};
use crate::state::AppState;

/// Who asks for seats at which event, and when.
#[derive(Clone)]
pub(super) struct Asking {
    pub(super) state: web::Data<AppState>,
    pub(super) entry: Arc<Entry>,
    /// None: anybody, through the public form.
    pub(super) client: Option<ClientCaller>,
    pub(super) received_at: Instant,
}

impl Asking {
    /// Whether addresses are confirmed first.
    pub(super) fn confirms(&self) -> bool {
        self.entry.event.definition.registration.email_confirmation
    }

    /// What this event, and who may say what, find wrong with a body.
    pub(super) fn faults(&self, body: &CreateRegistration) -> Vec<Fault> {
        body.faults_for(&self.entry.event, self.client.is_some())
    }

    /// The language for messages, unless the body says one: that of the request, else the event's.
    pub(super) fn language(&self, wanted: &Wanted) -> MessageLanguage {
        let languages = wanted.languages().iter().chain(std::iter::once(&self.entry.event.definition.language));
        MessageLanguage::first_of(languages).unwrap_or(MessageLanguage::En)
    }

    /// What the desk is asked, from a body that has been checked.
    pub(super) fn request(
        &self,
        body: CreateRegistration,
        language: MessageLanguage,
        key: Option<Key>,
    ) -> Result<NewRegistration, ApiError> {
        let unchecked = |refusal| ApiError::new(Code::Internal).cause(&refusal);
        let event = &self.entry.event;
        let source = self.client.as_ref().map_or(PUBLIC_SOURCE, |client| client.organisation.as_str());
        Ok(NewRegistration {
            id: RegistrationId::new(self.received_at),
            event_id: event.id,
            client: self.client.as_ref().map(|client| client.id),
            external_reference: body.reference().map_err(unchecked)?,
            attendee: body.attendee(event, language).map_err(unchecked)?,
            source: source.to_owned(),
            privacy_notice: self.state.privacy_notice.clone(),
            received_at: self.received_at,
            once: key.map(|key| Once { key, record: self.recorder() }),
        })
    }

    /// The token to manage a registration; always the same for the same one.
    pub(super) fn token(&self, id: RegistrationId) -> Result<String, ApiError> {
        let signed = self.state.manage_tokens.sign(id, self.entry.event.ends_at);
        signed.map_err(|error| ApiError::new(Code::Internal).cause(&error))
    }

    /// A registration as this caller sees it.
    pub(super) fn show(&self, registration: Registration, token: Option<String>) -> RegistrationDto {
        RegistrationDto::new(registration, &self.entry.event.definition.slug, &self.state.public_url, token)
    }

    /// A refusal as this caller sees it.
    pub(super) fn refused(&self, refused: Refused) -> ApiError {
        refusals::refused(refused, self.client.as_ref())
    }

    /// What is kept of the answer to a request with a key: all of it but the token.
    pub(super) fn recorder(&self) -> Recorder<Answer> {
        let asking = self.clone();
        Arc::new(move |answer| match answer {
            Ok(Outcome::Replayed(_)) => None,
            Err(refused) => idempotency::record_error(&asking.refused(refused.clone())),
            Ok(Outcome::Registered { registration, .. }) => {
                let (id, etag) = (registration.id, etag(registration));
                let body = asking.show(Registration::clone(registration), None);
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
}

/// Where a registration is read.
pub(super) fn location(id: RegistrationId) -> String {
    format!("/v1/registrations/{id}")
}
