//! The body of a registration: its fields, their rules, and its conversion into the domain's `Attendee`.

use plenaria_domain::event::Event;
use plenaria_domain::registration::answers;
use plenaria_domain::registration::{self, Attendee};
use plenaria_domain::validation::{FieldError, InvalidValue, ValueType};
use plenaria_domain::values::country::Country;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::language::MessageLanguage;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use validator::{Validate, ValidationError};

use crate::request::validation::{optional_text, to_validator_error};
use crate::schemas;

/// A registration to be created. Optional fields can be left out; a blank optional text is treated as null.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CreateRegistration {
    /// Where messages are sent. Compared case-insensitively; stored as given. `+tags` are part of the address.
    #[validate(custom(function = rule_email))]
    #[schema(required = true, format = "idn-email", max_length = 254, example = "ana@example.org")]
    email: String,
    /// The full name, as the person writes it.
    #[validate(custom(function = rule_short_text))]
    #[schema(required = true, format = "untrimmed-visible", min_length = 1, max_length = 200, example = "Ana Pérez")]
    name: String,
    /// Must be true: the person has accepted the privacy notice.
    #[validate(custom(function = rule_consent))]
    #[schema(required = true, schema_with = accepted)]
    privacy_accepted: bool,
    /// The organisation.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_short_text))]
    #[schema(format = "untrimmed-line", max_length = 200, example = "Ajuntament de Barcelona")]
    organisation: Option<String>,
    /// The person's position in the organisation.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_short_text))]
    #[schema(format = "untrimmed-line", max_length = 200, example = "International relations officer")]
    position: Option<String>,
    /// The city.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_short_text))]
    #[schema(format = "untrimmed-line", max_length = 200, example = "Barcelona")]
    city: Option<String>,
    /// The country.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_country))]
    #[schema(schema_with = country)]
    country: Option<String>,
    /// The key of one of the event's audiences.
    #[serde(deserialize_with = "optional_text")]
    #[schema(format = "untrimmed-slug", example = "local-government")]
    audience: Option<String>,
    /// The language for messages.
    /// Default: the language of the request, else the event's.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_language))]
    #[schema(schema_with = language)]
    language: Option<String>,
    /// Whether the person wants the organisers' newsletter; default: false.
    #[schema(example = false)]
    newsletter: Option<bool>,
    /// What the person needs in order to take part; it may have several lines.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_access_needs))]
    #[schema(format = "paragraphs", max_length = 500, example = "Captions")]
    access_needs: Option<String>,
    /// The answers to the event's questions, by question key.
    #[serde(deserialize_with = "crate::request::body::distinct_object")]
    #[schema(value_type = Option<schemas::AnswersInput>)]
    answers: Option<Map<String, Value>>,
    /// The client's own identifier for the registration; only clients with a token may set it.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_external_reference))]
    #[schema(format = "untrimmed-line", max_length = 100, example = json!(null))]
    external_reference: Option<String>,
}

/// True and nothing else.
fn accepted() -> RefOr<Schema> {
    let accepted = ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([true]));
    accepted.description(Some("Must be true: the person has accepted the privacy notice.")).into()
}

pub(crate) fn country() -> RefOr<Schema> {
    schemas::any_of_or_null("The country.", ["Country", "CountryInput", "Blank"])
}

fn language() -> RefOr<Schema> {
    schemas::any_of_or_null(
        "The language for messages. Default: the language of the request, else the event's.",
        ["MessageLanguage", "MessageLanguageInput", "Blank"],
    )
}

pub(crate) fn rule_email(value: &str) -> Result<(), ValidationError> {
    EmailAddress::parse(value).map(drop).map_err(|error| to_validator_error(&error))
}

pub(crate) fn rule_short_text(value: &str) -> Result<(), ValidationError> {
    registration::short_text(value).map(drop).map_err(|error| to_validator_error(&error))
}

pub(crate) fn rule_access_needs(value: &str) -> Result<(), ValidationError> {
    registration::access_needs(value).map(drop).map_err(|error| to_validator_error(&error))
}

pub(crate) fn rule_country(value: &str) -> Result<(), ValidationError> {
    Country::parse(value).map(drop).map_err(|error| to_validator_error(&error))
}

pub(crate) fn rule_language(value: &str) -> Result<(), ValidationError> {
    MessageLanguage::lookup(value).map(drop).map_err(|error| to_validator_error(&error))
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "validator calls with a reference")]
fn rule_consent(accepted: &bool) -> Result<(), ValidationError> {
    if *accepted { Ok(()) } else { Err(to_validator_error(&InvalidValue::Consent)) }
}

pub(crate) fn rule_external_reference(value: &str) -> Result<(), ValidationError> {
    registration::external_reference(value).map(drop).map_err(|error| to_validator_error(&error))
}

impl CreateRegistration {
    /// The errors against the event's own rules (its audiences and questions), and fields that only clients may set.
    pub(crate) fn field_errors(&self, event: &Event, by_client: bool) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !by_client && self.external_reference.is_some() {
            errors.push(FieldError::new("/external_reference", InvalidValue::ClientsOnly));
        }
        if let Err(error) = registration::audience(&event.definition, self.audience.as_deref()) {
            errors.push(FieldError::new("/audience", error));
        }
        let no_answers = Map::new();
        let given = self.answers.as_ref().unwrap_or(&no_answers);
        if let Err(invalid_answers) = answers::check(&event.definition.registration.questions, given) {
            errors.extend(invalid_answers);
        }
        errors
    }

    /// The client's identifier for the registration, normalised.
    pub(crate) fn external_reference(&self) -> Result<Option<String>, InvalidValue> {
        self.external_reference.as_deref().map(registration::external_reference).transpose()
    }

    /// The attendee of a validated body; `default_language` is the language of messages where the body has none.
    pub(crate) fn attendee(self, event: &Event, default_language: MessageLanguage) -> Result<Attendee, InvalidValue> {
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
            language: self.language.map(|l| MessageLanguage::lookup(&l)).transpose()?.unwrap_or(default_language),
            newsletter: self.newsletter.unwrap_or(false),
            access_needs: self.access_needs.map(|n| registration::access_needs(&n)).transpose()?,
            answers: answers.map_err(|_| InvalidValue::Type { expected: ValueType::Object })?,
        })
    }
}
