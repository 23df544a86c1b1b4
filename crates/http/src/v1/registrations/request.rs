//! What callers send to register: the body, its rules, and its way into the domain.

use plenaria_domain::answers;
use plenaria_domain::country::Country;
use plenaria_domain::email::EmailAddress;
use plenaria_domain::event::Event;
use plenaria_domain::language::MessageLanguage;
use plenaria_domain::refusal::{Fault, Refusal, ValueType};
use plenaria_domain::registration::{self, Attendee};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::rules::{optional_text, refused};

/// A registration to be made. An optional text that is blank is treated as null.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CreateRegistration {
    /// Where messages go. Compared without case; kept as given. `+tags` are part of the address.
    #[validate(custom(function = rule_email))]
    #[schema(required = true, format = "idn-email", max_length = 254, example = "ana@example.org")]
    email: String,
    /// The full name, as the person writes it.
    #[validate(custom(function = rule_short_text))]
    #[schema(required = true, min_length = 1, max_length = 200, example = "Ana Pérez")]
    name: String,
    /// Must be true: the person has accepted the privacy notice.
    #[validate(custom(function = rule_consent))]
    #[schema(required = true, example = true)]
    privacy_accepted: bool,
    /// The organisation.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_short_text))]
    #[schema(max_length = 200, example = "Ajuntament de Barcelona")]
    organisation: Option<String>,
    /// The position held there.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_short_text))]
    #[schema(max_length = 200, example = "International relations officer")]
    position: Option<String>,
    /// The city.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_short_text))]
    #[schema(max_length = 200, example = "Barcelona")]
    city: Option<String>,
    /// ISO 3166-1 alpha-2, in upper or lower case.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_country))]
    #[schema(max_length = 2, pattern = "^[A-Z]{2}$", example = "ES")]
    country: Option<String>,
    /// A key of the event's audiences.
    #[serde(deserialize_with = "optional_text")]
    #[schema(
        max_length = 80,
        pattern = "^[\\t\\n\\r ]*([a-z0-9]+(-[a-z0-9]+)*)?[\\t\\n\\r ]*$",
        example = "local-government"
    )]
    audience: Option<String>,
    /// The language for messages: `en`, `es`, `fr` or `ca`, in any case, with or without a region (`es-MX`). Unless given: that
    /// of the request, else the event's.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_language))]
    #[schema(
        max_length = 35,
        pattern = "^[\\t\\n\\r ]*(([Ee][Nn]|[Ee][Ss]|[Ff][Rr]|[Cc][Aa])(-[A-Za-z0-9]{1,8})*)?[\\t\\n\\r ]*$",
        example = "es"
    )]
    language: Option<String>,
    /// Whether news of the organisers are wanted; false unless given.
    #[schema(example = false)]
    newsletter: Option<bool>,
    /// What is needed to take part; it may have several lines.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_access_needs))]
    #[schema(max_length = 500, example = "Captions")]
    access_needs: Option<String>,
    /// The answers to the event's questions, by their keys.
    #[serde(deserialize_with = "crate::body::distinct_object")]
    #[schema(value_type = Option<Object>, example = json!({}))]
    answers: Option<Map<String, Value>>,
    /// A client's own name for the registration; only clients with a token may give one.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_reference))]
    #[schema(max_length = 100, example = json!(null))]
    external_reference: Option<String>,
}

pub(super) fn rule_email(value: &str) -> Result<(), ValidationError> {
    EmailAddress::parse(value).map(drop).map_err(|r| refused(&r))
}

pub(super) fn rule_short_text(value: &str) -> Result<(), ValidationError> {
    registration::short_text(value).map(drop).map_err(|r| refused(&r))
}

pub(super) fn rule_access_needs(value: &str) -> Result<(), ValidationError> {
    registration::access_needs(value).map(drop).map_err(|r| refused(&r))
}

pub(super) fn rule_country(value: &str) -> Result<(), ValidationError> {
    Country::parse(value).map(drop).map_err(|r| refused(&r))
}

pub(super) fn rule_language(value: &str) -> Result<(), ValidationError> {
    MessageLanguage::lookup(value).map(drop).map_err(|r| refused(&r))
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "validator calls with a reference")]
fn rule_consent(accepted: &bool) -> Result<(), ValidationError> {
    if *accepted { Ok(()) } else { Err(refused(&Refusal::Consent)) }
}

fn rule_reference(value: &str) -> Result<(), ValidationError> {
    registration::external_reference(value).map(drop).map_err(|r| refused(&r))
}

impl CreateRegistration {
    /// The faults that the event's own rules find, its audiences and its questions; and what only a client may say.
    pub(crate) fn faults_for(&self, event: &Event, by_client: bool) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !by_client && self.external_reference.is_some() {
            faults.push(Fault::new("/external_reference", Refusal::ClientsOnly));
        }
        if let Err(refusal) = registration::audience(&event.definition, self.audience.as_deref()) {
            faults.push(Fault::new("/audience", refusal));
        }
        let none = Map::new();
        let given = self.answers.as_ref().unwrap_or(&none);
        if let Err(wrong) = answers::check(&event.definition.registration.questions, given) {
            faults.extend(wrong);
        }
        faults
    }

    /// The client's own name for the registration, cleaned.
    pub(crate) fn reference(&self) -> Result<Option<String>, Refusal> {
        self.external_reference.as_deref().map(registration::external_reference).transpose()
    }

    /// The person, from a body that has been checked; `language` is what messages are in unless the body says.
    pub(crate) fn attendee(self, event: &Event, language: MessageLanguage) -> Result<Attendee, Refusal> {
        let text = |value: Option<String>| value.map(|v| registration::short_text(&v)).transpose();
        let answers = answers::check(&event.definition.registration.questions, &self.answers.unwrap_or_default());
        Ok(Attendee {
            email: EmailAddress::parse(&self.email)?,
            name: registration::short_text(&self.name)?,
            organisation: text(self.organisation)?,
            position: text(self.position)?,
            city: text(self.city)?,
            country: self.country.map(|c| Country::parse(&c)).transpose()?,
            audience: registration::audience(&event.definition, self.audience.as_deref())?,
            language: self.language.map(|l| MessageLanguage::lookup(&l)).transpose()?.unwrap_or(language),
            newsletter: self.newsletter.unwrap_or(false),
            access_needs: self.access_needs.map(|n| registration::access_needs(&n)).transpose()?,
            answers: answers.map_err(|_| Refusal::Type { expected: ValueType::Object })?,
        })
    }
}

/// Why a registration is cancelled.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CancelRegistration {
    /// The reason, for the organisers; it may have several lines.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_reason))]
    #[schema(max_length = 500, example = "I cannot make it")]
    reason: Option<String>,
}

fn rule_reason(value: &str) -> Result<(), ValidationError> {
    registration::reason(value).map(drop).map_err(|r| refused(&r))
}

impl CancelRegistration {
    /// The reason, cleaned.
    pub(crate) fn reason(self) -> Result<Option<String>, Refusal> {
        self.reason.map(|r| registration::reason(&r)).transpose()
    }
}

/// Whether somebody was there.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RecordAttendance {
    /// True: the person was there. False takes that back.
    #[schema(required = true, value_type = bool, example = true)]
    attended: Option<bool>,
}

impl RecordAttendance {
    /// It must be said.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        let missing = self.attended.is_none().then(|| Fault::new("/attended", Refusal::Required));
        missing.into_iter().collect()
    }

    /// What is said, of a body without faults.
    pub(crate) fn attended(&self) -> bool {
        self.attended.unwrap_or_default()
    }
}
