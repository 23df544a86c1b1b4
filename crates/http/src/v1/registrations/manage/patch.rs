//! The body of a change: a JSON Merge Patch (RFC 7396), its rules, and its application to an `Attendee`.

use plenaria_domain::event::Event;
use plenaria_domain::registration::answers;
use plenaria_domain::registration::{self, Attendee};
use plenaria_domain::validation::{FieldError, InvalidValue};
use plenaria_domain::values::country::Country;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::language::MessageLanguage;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};
use validator::Validate;

use crate::problem::ApiError;
use crate::request::body;
use crate::request::validation::changed_text;
use crate::schemas;
use crate::v1::registrations::register::request::{
    country, rule_access_needs, rule_country, rule_email, rule_language, rule_short_text,
};

/// The other fields of a registration, which a patch cannot change.
const READ_ONLY: [&str; 15] = [
    "id",
    "event",
    "status",
    "waitlist_position",
    "external_reference",
    "source",
    "created_at",
    "updated_at",
    "confirmed_at",
    "cancelled_at",
    "cancellation_reason",
    "attended_at",
    "revision",
    "links",
    "manage_token",
];

/// The changes: fields that are left out keep their values, `null` or a blank text clears an optional one.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::option_option, reason = "left out, null, and a value are three things")]
pub(crate) struct UpdateRegistration {
    /// The corrected address, from a client of an organisation that owns or co-organises the event. Both addresses get a
    /// message, and links and tokens that the former one got stop working.
    #[serde(deserialize_with = "non_null")]
    #[validate(custom(function = rule_email))]
    #[schema(nullable = false, format = "idn-email", max_length = 254, example = "ana@example.net")]
    email: Option<String>,
    /// The full name, as the person writes it.
    #[serde(deserialize_with = "non_null")]
    #[validate(custom(function = rule_short_text))]
    #[schema(
        nullable = false,
        format = "untrimmed-visible",
        min_length = 1,
        max_length = 200,
        example = "Ana Pérez Soler"
    )]
    name: Option<String>,
    /// The organisation.
    #[serde(deserialize_with = "changed_text")]
    #[validate(custom(function = rule_short_text))]
    #[schema(value_type = Option<String>, format = "untrimmed-line", max_length = 200, example = "Ajuntament de Barcelona")]
    organisation: Option<Option<String>>,
    /// The person's position in the organisation.
    #[serde(deserialize_with = "changed_text")]
    #[validate(custom(function = rule_short_text))]
    #[schema(value_type = Option<String>, format = "untrimmed-line", max_length = 200, example = json!(null))]
    position: Option<Option<String>>,
    /// The city.
    #[serde(deserialize_with = "changed_text")]
    #[validate(custom(function = rule_short_text))]
    #[schema(value_type = Option<String>, format = "untrimmed-line", max_length = 200, example = "Badalona")]
    city: Option<Option<String>>,
    /// The country.
    #[serde(deserialize_with = "changed_text")]
    #[validate(custom(function = rule_country))]
    #[schema(schema_with = country)]
    country: Option<Option<String>>,
    /// The key of one of the event's audiences.
    #[serde(deserialize_with = "changed_text")]
    #[schema(value_type = Option<String>, format = "untrimmed-slug", example = "local-government")]
    audience: Option<Option<String>>,
    /// The language for messages.
    #[serde(deserialize_with = "non_null")]
    #[validate(custom(function = rule_language))]
    #[schema(schema_with = language)]
    language: Option<String>,
    /// Whether the person wants the organisers' newsletter.
    #[serde(deserialize_with = "non_null")]
    #[schema(nullable = false, example = true)]
    newsletter: Option<bool>,
    /// What the person needs in order to take part; it may have several lines.
    #[serde(deserialize_with = "changed_text")]
    #[validate(custom(function = rule_access_needs))]
    #[schema(value_type = Option<String>, format = "paragraphs", max_length = 500, example = json!(null))]
    access_needs: Option<Option<String>>,
    /// Answers to the event's questions, by question key: those that are left out stay, `null` clears one.
    #[serde(deserialize_with = "answer_changes")]
    #[schema(value_type = Option<schemas::AnswersInput>)]
    answers: Option<Option<Map<String, Value>>>,
}

fn language() -> RefOr<Schema> {
    schemas::any_of("The language for messages.", ["MessageLanguage", "MessageLanguageInput"])
}

/// Reads a field that is present: an object without duplicate names, or null, which is a change too.
#[allow(clippy::option_option, reason = "left out, null, and a value are three things")]
fn answer_changes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Map<String, Value>>>, D::Error> {
    body::distinct_object(deserializer).map(Some)
}

/// Reads a field that is present, which must not be null.
fn non_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads and validates a patch of this attendee's registration; the error lists all validation errors. The address is
/// read-only unless the caller organises the event.
pub(crate) fn read(
    bytes: &[u8],
    event: &Event,
    attendee: &Attendee,
    organises: bool,
) -> Result<UpdateRegistration, ApiError> {
    let patch = body::parse(bytes, |patch: &UpdateRegistration| {
        let mut errors = patch.field_errors(event, attendee);
        if patch.email.is_some() && !organises {
            errors.push(FieldError::new("/email", InvalidValue::ReadOnly));
        }
        errors
    });
    patch.map_err(|error| error.map_field_errors(as_read_only))
}

/// Reports a field that a registration has and a patch lacks as read-only instead of unknown.
fn as_read_only(error: FieldError) -> FieldError {
    let is_read_only = error.pointer.strip_prefix('/').is_some_and(|name| READ_ONLY.contains(&name));
    match error.reason {
        InvalidValue::UnknownField { .. } if is_read_only => FieldError { reason: InvalidValue::ReadOnly, ..error },
        _ => error,
    }
}

impl UpdateRegistration {
    /// The errors against the event's own rules.
    fn field_errors(&self, event: &Event, attendee: &Attendee) -> Vec<FieldError> {
        let audience = self.audience.as_ref().map(|key| registration::audience(&event.definition, key.as_deref()));
        let audience = audience.and_then(Result::err).map(|error| FieldError::new("/audience", error));
        let answers = self.patched_answers(event, attendee).err().unwrap_or_default();
        audience.into_iter().chain(answers).collect()
    }

    fn patched_answers(&self, event: &Event, attendee: &Attendee) -> Result<Map<String, Value>, Vec<FieldError>> {
        let questions = &event.definition.registration.questions;
        match &self.answers {
            None => Ok(attendee.answers.clone()),
            Some(Some(change)) => answers::merge(questions, &attendee.answers, change),
            // `null` clears all of them.
            Some(None) => answers::check(questions, &Map::new()),
        }
    }

    /// The corrected address of a validated patch.
    pub(crate) fn address(&self) -> Result<Option<EmailAddress>, InvalidValue> {
        self.email.as_deref().map(EmailAddress::parse).transpose()
    }

    /// Applies a validated patch, except for the address. The attendee may have changed since the patch was validated, so this may fail.
    pub(crate) fn apply(&self, event: &Event, attendee: &Attendee) -> Result<Attendee, Vec<FieldError>> {
        let answers = self.patched_answers(event, attendee)?;
        let invalid = |name: &'static str| move |error: InvalidValue| vec![FieldError::new(format!("/{name}"), error)];
        let mut attendee = Attendee { answers, ..attendee.clone() };
        if let Some(name) = &self.name {
            attendee.name = registration::short_text(name).map_err(invalid("name"))?;
        }
        for (name, change, field) in [
            ("organisation", &self.organisation, &mut attendee.organisation),
            ("position", &self.position, &mut attendee.position),
            ("city", &self.city, &mut attendee.city),
        ] {
            if let Some(value) = change {
                *field = value.as_deref().map(registration::short_text).transpose().map_err(invalid(name))?;
            }
        }
        if let Some(needs) = &self.access_needs {
            let needs = needs.as_deref().map(registration::access_needs);
            attendee.access_needs = needs.transpose().map_err(invalid("access_needs"))?;
        }
        if let Some(country) = &self.country {
            attendee.country = country.as_deref().map(Country::parse).transpose().map_err(invalid("country"))?;
        }
        if let Some(key) = &self.audience {
            let audience = registration::audience(&event.definition, key.as_deref());
            attendee.audience = audience.map_err(invalid("audience"))?;
        }
        if let Some(language) = &self.language {
            attendee.language = MessageLanguage::lookup(language).map_err(invalid("language"))?;
        }
        attendee.newsletter = self.newsletter.unwrap_or(attendee.newsletter);
        Ok(attendee)
    }
}
