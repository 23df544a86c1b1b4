//! The filters that the list and the export of registrations share.

use chrono::DateTime;
use plenaria_domain::registration::{self, RegistrationStatus};
use plenaria_domain::validation::{Form, InvalidValue};
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::EventId;
use plenaria_persistence::registrations::list::RegistrationFilter;

use crate::problem::ApiError;

/// The filters as text, from the query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filters<'q> {
    pub(crate) status: Option<&'q str>,
    pub(crate) email: Option<&'q str>,
    pub(crate) external_reference: Option<&'q str>,
    pub(crate) updated_since: Option<&'q str>,
}

impl Filters<'_> {
    /// The names of the filters that are set.
    pub(crate) fn names(self) -> Vec<&'static str> {
        let set = [
            ("status", self.status.is_some()),
            ("email", self.email.is_some()),
            ("external_reference", self.external_reference.is_some()),
            ("updated_since", self.updated_since.is_some()),
        ];
        set.into_iter().filter_map(|(name, is_set)| is_set.then_some(name)).collect()
    }

    /// Parses the filters into the store's filter for an event.
    pub(crate) fn parse(self, event: EventId) -> Result<RegistrationFilter, ApiError> {
        let invalid = |name: &'static str| move |error: InvalidValue| ApiError::invalid_parameter(name, error);
        let instant = |text: &str| {
            let instant = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
            instant.map_err(|_| InvalidValue::Format { expected: Form::Instant })
        };
        let external_reference = self.external_reference.map(registration::external_reference);
        Ok(RegistrationFilter {
            event,
            status: self.status.map(RegistrationStatus::parse).transpose().map_err(invalid("status"))?,
            email: self.email.map(EmailAddress::parse).transpose().map_err(invalid("email"))?,
            external_reference: external_reference.transpose().map_err(invalid("external_reference"))?,
            updated_since: self.updated_since.map(instant).transpose().map_err(invalid("updated_since"))?,
            after: None,
        })
    }
}
