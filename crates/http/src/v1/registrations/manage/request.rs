//! The bodies of requests that cancel a registration or record attendance.

use plenaria_domain::registration;
use plenaria_domain::validation::{FieldError, InvalidValue};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::request::validation::{optional_text, to_validator_error};

/// The body of a cancellation.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CancelRegistration {
    /// The reason, for the organisers; it may have several lines.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_reason))]
    #[schema(format = "paragraphs", max_length = 500, example = "I cannot make it")]
    reason: Option<String>,
}

fn rule_reason(value: &str) -> Result<(), ValidationError> {
    registration::cancellation_reason(value).map(drop).map_err(|error| to_validator_error(&error))
}

impl CancelRegistration {
    /// The reason, normalised.
    pub(crate) fn reason(self) -> Result<Option<String>, InvalidValue> {
        self.reason.map(|reason| registration::cancellation_reason(&reason)).transpose()
    }
}

/// Whether the person attended.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RecordAttendance {
    /// True: the person attended. False withdraws that.
    #[schema(required = true, value_type = bool, example = true)]
    attended: Option<bool>,
}

impl RecordAttendance {
    /// An error if `attended` is missing or null.
    pub(crate) fn field_errors(&self) -> Vec<FieldError> {
        let missing = self.attended.is_none().then(|| FieldError::new("/attended", InvalidValue::Required));
        missing.into_iter().collect()
    }

    /// The value of `attended` in a validated body.
    pub(crate) fn attended(&self) -> bool {
        self.attended.unwrap_or_default()
    }
}
