//! The filters that lists and exports of registrations share.

use chrono::DateTime;
use plenaria_domain::email::EmailAddress;
use plenaria_domain::ids::EventId;
use plenaria_domain::refusal::{Form, Refusal};
use plenaria_domain::registration::{self, RegistrationStatus};
use plenaria_persistence::registration_list::RegistrationFilter;

use crate::problem::ApiError;

/// The filters as they came in the query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filters<'q> {
    pub(super) status: Option<&'q str>,
    pub(super) email: Option<&'q str>,
    pub(super) external_reference: Option<&'q str>,
    pub(super) updated_since: Option<&'q str>,
}

impl Filters<'_> {
    /// What they ask for of this event.
    pub(super) fn read(self, event: EventId) -> Result<RegistrationFilter, ApiError> {
        let refused = |name: &'static str| move |refusal: Refusal| ApiError::refused_parameter(name, refusal);
        let instant = |text: &str| {
            let instant = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
            instant.map_err(|_| Refusal::Format { expected: Form::Instant })
        };
        let external_reference = self.external_reference.map(registration::external_reference);
        Ok(RegistrationFilter {
            event,
            status: self.status.map(RegistrationStatus::parse).transpose().map_err(refused("status"))?,
            email: self.email.map(EmailAddress::parse).transpose().map_err(refused("email"))?,
            external_reference: external_reference.transpose().map_err(refused("external_reference"))?,
            updated_since: self.updated_since.map(instant).transpose().map_err(refused("updated_since"))?,
            after: None,
        })
    }
}
