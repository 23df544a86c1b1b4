//! The body of a request that records the attendance of several people, and the body of its response.

use chrono::{DateTime, Timelike as _};
use plenaria_domain::registration;
use plenaria_domain::validation::{FieldError, Form, InvalidValue, OutOfRange};
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::time::Instant;
use plenaria_persistence::desk::request::{AttendanceEntry, AttendeeRef};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::request::validation::optional_text;
use crate::v1::registrations::dto::RegistrationDto;
use crate::v1::registrations::register::batch_dto::{Items, problem_schema, rule_items};
use crate::v1::registrations::register::request::{rule_email, rule_external_reference};

/// Who attended.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used; the items are read individually")]
pub(super) struct AttendanceItems {
    /// The people.
    #[schema(min_items = 1, max_items = 500)]
    items: Vec<AttendanceItem>,
}

/// The same body with unparsed items, so that an invalid item does not hide the errors of the others.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(super) struct AttendanceBatch {
    #[validate(custom(function = rule_items))]
    #[schema(required = true, value_type = Vec<serde_json::Value>)]
    pub(super) items: Items,
}

/// Whether one person attended. Exactly one of `email`, `registration` and `external_reference` says who.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(super) struct AttendanceItem {
    /// The address of the registration.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_email))]
    #[schema(format = "idn-email", max_length = 254, example = "ana@example.org")]
    email: Option<String>,
    /// The id of the registration.
    #[serde(deserialize_with = "optional_text")]
    #[schema(max_length = 100, example = "019a0000-0000-7000-8000-000000000004")]
    registration: Option<String>,
    /// The client's identifier for the registration. If other clients used the same one, the caller's own registration
    /// is meant.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_external_reference))]
    #[schema(max_length = 100, example = json!(null))]
    external_reference: Option<String>,
    /// True: the person attended. False withdraws that.
    #[schema(required = true, value_type = bool, example = true)]
    attended: Option<bool>,
    /// When the person attended, at most now; it replaces a recorded time. Default: the time of the first request.
    /// Without effect unless `attended` is true.
    #[serde(deserialize_with = "optional_text")]
    #[schema(format = "date-time", example = "2026-11-24T10:02:00Z")]
    attended_at: Option<String>,
}

impl AttendanceItem {
    /// The errors that concern several fields, or the time of the request.
    pub(super) fn field_errors(&self, now: Instant) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let names = [&self.email, &self.registration, &self.external_reference];
        if names.into_iter().flatten().count() != 1 {
            let choices = ["email", "registration", "external_reference"].map(str::to_owned).into();
            errors.push(FieldError::new("", InvalidValue::Choice { choices }));
        }
        if self.attended.is_none() {
            errors.push(FieldError::new("/attended", InvalidValue::Required));
        }
        match self.at() {
            Err(error) => errors.push(FieldError::new("/attended_at", error)),
            Ok(Some(at)) if at > now => {
                errors.push(FieldError::new("/attended_at", InvalidValue::Range(OutOfRange::Future)));
            }
            Ok(_) => {}
        }
        errors
    }

    /// `attended_at`, truncated to the precision of the database.
    fn at(&self) -> Result<Option<Instant>, InvalidValue> {
        let Some(text) = &self.attended_at else { return Ok(None) };
        let at = DateTime::parse_from_rfc3339(text.trim()).ok().map(|at| at.to_utc());
        let at = at.and_then(|at| at.with_nanosecond(at.timestamp_subsec_micros() * 1000));
        at.map(Some).ok_or(InvalidValue::Format { expected: Form::Instant })
    }

    /// The entry of a validated item.
    pub(super) fn entry(&self) -> Result<AttendanceEntry, InvalidValue> {
        let attendee = match (&self.email, &self.registration, &self.external_reference) {
            (Some(email), ..) => AttendeeRef::Email(EmailAddress::parse(email)?),
            // Any other spelling is simply not found, and no registration has the nil id.
            (_, Some(id), _) => {
                AttendeeRef::Registration(RegistrationId::parse(id).unwrap_or(RegistrationId(Uuid::nil())))
            }
            (.., Some(reference)) => AttendeeRef::ExternalReference(registration::external_reference(reference)?),
            _ => return Err(InvalidValue::Required),
        };
        Ok(AttendanceEntry { attendee, attended: self.attended.unwrap_or_default(), at: self.at()? })
    }
}

/// The results.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AttendanceResults {
    /// A result for each item, in the order of the items.
    #[schema(max_items = 500)]
    pub(super) results: Vec<AttendanceResultDto>,
}

/// The result of one item: a registration or a problem. The other one is null.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendanceResult)]
pub(super) struct AttendanceResultDto {
    /// The item's index, from 0.
    #[schema(minimum = 0, maximum = 499, example = 0)]
    pub(super) index: usize,
    /// The status that a request for this person alone would have had.
    #[schema(minimum = 200, maximum = 599, example = 200)]
    pub(super) status: u16,
    /// The registration as it is now.
    #[schema(value_type = Option<RegistrationDto>)]
    pub(super) registration: Option<Box<RawValue>>,
    /// Why the attendance was not recorded.
    #[schema(schema_with = problem_schema)]
    pub(super) problem: Option<Box<RawValue>>,
}
