//! What callers send to change a registration: a JSON Merge Patch (RFC 7396), its rules, and what it makes of a person.

use plenaria_domain::answers;
use plenaria_domain::country::Country;
use plenaria_domain::event::Event;
use plenaria_domain::language::MessageLanguage;
use plenaria_domain::refusal::{Fault, Refusal};
use plenaria_domain::registration::{self, Attendee};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

use super::request::{rule_access_needs, rule_country, rule_language, rule_short_text};
use crate::body;
use crate::problem::ApiError;
use crate::rules::changed_text;

/// What a registration's answer tells beside these, and nobody changes so.
const READ_ONLY: [&str; 16] = [
    "id",
    "event",
    "status",
    "waitlist_position",
    "email",
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

/// What is to be changed: fields that are left out stay as they are, `null` or a blank text clears what is optional.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::option_option, reason = "left out, null, and a value are three things")]
pub(crate) struct PatchRegistration {
    /// The full name, as the person writes it.
    #[serde(deserialize_with = "value")]
    #[validate(custom(function = rule_short_text))]
    #[schema(nullable = false, min_length = 1, max_length = 200, example = "Ana Pérez Soler")]
    name: Option<String>,
    /// The organisation.
    #[serde(deserialize_with = "changed_text")]
    #[validate(custom(function = rule_short_text))]
    #[schema(value_type = Option<String>, max_length = 200, example = "Ajuntament de Barcelona")]
    organisation: Option<Option<String>>,
    /// The position held there.
    #[serde(deserialize_with = "changed_text")]
    #[validate(custom(function = rule_short_text))]
    #[schema(value_type = Option<String>, max_length = 200, example = json!(null))]
    position: Option<Option<String>>,
    /// The city.
    #[serde(deserialize_with = "changed_text")]
    #[validate(custom(function = rule_short_text))]
    #[schema(value_type = Option<String>, max_length = 200, example = "Badalona")]
    city: Option<Option<String>>,
    /// ISO 3166-1 alpha-2, in upper or lower case.
    #[serde(deserialize_with = "changed_text")]
    #[validate(custom(function = rule_country))]
    #[schema(value_type = Option<String>, max_length = 2, pattern = "^[A-Z]{2}$", example = "ES")]
    country: Option<Option<String>>,
    /// A key of the event's audiences.
    #[serde(deserialize_with = "changed_text")]
    #[schema(value_type = Option<String>, max_length = 80, pattern = "^[\\t\\n\\r ]*([a-z0-9]+(-[a-z0-9]+)*)?[\\t\\n\\r ]*$", example = "local-government")]
    audience: Option<Option<String>>,
    /// The language for messages: `en`, `es`, `fr` or `ca`, in any case, with or without a region (`es-MX`).
    #[serde(deserialize_with = "value")]
    #[validate(custom(function = rule_language))]
    #[schema(
        nullable = false,
        max_length = 35,
        pattern = "^[\\t\\n\\r ]*([Ee][Nn]|[Ee][Ss]|[Ff][Rr]|[Cc][Aa])(-[A-Za-z0-9]{1,8})*[\\t\\n\\r ]*$",
        example = "ca"
    )]
    language: Option<String>,
    /// Whether news of the organisers are wanted.
    #[serde(deserialize_with = "value")]
    #[schema(nullable = false, example = true)]
    newsletter: Option<bool>,
    /// What is needed to take part; it may have several lines.
    #[serde(deserialize_with = "changed_text")]
    #[validate(custom(function = rule_access_needs))]
    #[schema(value_type = Option<String>, max_length = 500, example = json!(null))]
    access_needs: Option<Option<String>>,
    /// Answers to the event's questions, by their keys: those that are left out stay, `null` takes one back.
    #[serde(deserialize_with = "answer_changes")]
    #[schema(value_type = Option<Object>, example = json!({}))]
    answers: Option<Option<Map<String, Value>>>,
}

/// Whatever is there is a change, null too; the names of an object must differ.
#[allow(clippy::option_option, reason = "left out, null, and a value are three things")]
fn answer_changes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Map<String, Value>>>, D::Error> {
    body::distinct_object(deserializer).map(Some)
}

/// What is there has a value.
fn value<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a patch for an event's registration of this person, with all faults.
pub(super) fn read(bytes: &[u8], event: &Event, person: &Attendee) -> Result<PatchRegistration, ApiError> {
    let read = body::parse(bytes, |patch: &PatchRegistration| patch.faults_for(event, person));
    read.map_err(|error| error.map_faults(read_only))
}

/// A name that is none of a patch, but of a registration, is known, and cannot be changed.
fn read_only(fault: Fault) -> Fault {
    let known = fault.pointer.strip_prefix('/').is_some_and(|name| READ_ONLY.contains(&name));
    match fault.refusal {
        Refusal::UnknownField { .. } if known => Fault { refusal: Refusal::ReadOnly, ..fault },
        _ => fault,
    }
}

impl PatchRegistration {
    /// The faults that the event's own rules find.
    fn faults_for(&self, event: &Event, person: &Attendee) -> Vec<Fault> {
        let audience = self.audience.as_ref().map(|key| registration::audience(&event.definition, key.as_deref()));
        let audience = audience.and_then(Result::err).map(|refusal| Fault::new("/audience", refusal));
        let answers = self.answers(event, person).err().unwrap_or_default();
        audience.into_iter().chain(answers).collect()
    }

    fn answers(&self, event: &Event, person: &Attendee) -> Result<Map<String, Value>, Vec<Fault>> {
        let questions = &event.definition.registration.questions;
        match &self.answers {
            None => Ok(person.answers.clone()),
            Some(Some(change)) => answers::merge(questions, &person.answers, change),
            // All of them are taken back.
            Some(None) => answers::check(questions, &Map::new()),
        }
    }

    /// What becomes of a person by this patch, which has been checked; what the person is may have changed since.
    pub(super) fn apply(&self, event: &Event, person: &Attendee) -> Result<Attendee, Vec<Fault>> {
        let answers = self.answers(event, person)?;
        let faulty = |name: &'static str| move |refusal: Refusal| vec![Fault::new(format!("/{name}"), refusal)];
        let mut person = Attendee { answers, ..person.clone() };
        if let Some(name) = &self.name {
            person.name = registration::short_text(name).map_err(faulty("name"))?;
        }
        for (name, change, place) in [
            ("organisation", &self.organisation, &mut person.organisation),
            ("position", &self.position, &mut person.position),
            ("city", &self.city, &mut person.city),
        ] {
            if let Some(value) = change {
                *place = value.as_deref().map(registration::short_text).transpose().map_err(faulty(name))?;
            }
        }
        if let Some(needs) = &self.access_needs {
            let needs = needs.as_deref().map(registration::access_needs);
            person.access_needs = needs.transpose().map_err(faulty("access_needs"))?;
        }
        if let Some(country) = &self.country {
            person.country = country.as_deref().map(Country::parse).transpose().map_err(faulty("country"))?;
        }
        if let Some(key) = &self.audience {
            let audience = registration::audience(&event.definition, key.as_deref());
            person.audience = audience.map_err(faulty("audience"))?;
        }
        if let Some(language) = &self.language {
            person.language = MessageLanguage::lookup(language).map_err(faulty("language"))?;
        }
        person.newsletter = self.newsletter.unwrap_or(person.newsletter);
        Ok(person)
    }
}
