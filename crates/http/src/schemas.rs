//! The named schemas of the specification: texts of one form, and lists of values. A field refers to one with
//! `#[schema(value_type = schemas::Slug)]`, so that generated clients have one type for each.
//!
//! Lists of values are those of the domain's enums, with their meanings, so that the specification cannot differ from them.

use std::borrow::Cow;

use plenaria_domain::event::definition::schema;
use plenaria_domain::values::country;
use plenaria_domain::values::language;
use serde_json::json;
use utoipa::openapi::schema::{AdditionalProperties, AnyOfBuilder, ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::described_values;

/// A text of one line.
pub(crate) const LINE: &str = "^[^\\x00-\\x1f\\x7f-\\x9f]*$";
/// A text of several paragraphs.
pub(crate) const PARAGRAPHS: &str = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$";
/// A date and time without offset.
const LOCAL_TIME: &str = "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$";
/// The canonical spelling of a UUID of version 7.
pub(crate) const ID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";
/// A language tag (BCP 47).
const LANGUAGE_TAG: &str = "^([A-Za-z]{2,3}(-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?\
    (-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(-[0-9A-WY-Za-wy-z](-[A-Za-z0-9]{2,8})+)*(-[Xx](-[A-Za-z0-9]{1,8})+)?$";
/// One of the languages of messages, in any letter case and with any region.
const MESSAGE_LANGUAGE: &str = "^[\\t\\n\\r ]*([Ee][Nn]|[Ee][Ss]|[Ff][Rr]|[Cc][Aa])(-[A-Za-z0-9]{1,8})*[\\t\\n\\r ]*$";

/// The orders of lists of events.
pub(crate) const EVENT_ORDERS: [&str; 2] = ["starts_at", "-starts_at"];
/// The formats of exports.
pub(crate) const EXPORT_FORMATS: [&str; 3] = ["csv", "ndjson", "xlsx"];
/// What can separate the cells of a CSV file.
pub(crate) const CSV_SEPARATORS: [&str; 2] = ["comma", "semicolon"];

/// Defines schemas: documentation, name, and the function that makes the schema with its arguments.
macro_rules! named_schemas {
    ($($(#[doc = $doc:literal])+ $name:ident = $make:ident($($argument:expr),*);)+) => {
        $(
            $(#[doc = $doc])+
            pub(crate) struct $name;

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    $make(concat!($($doc),+).trim(), $($argument),*)
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    stringify!($name).into()
                }
            }
        )+

        /// All of them, with their names.
        pub(crate) fn all() -> Vec<(String, RefOr<Schema>)> {
            vec![$((stringify!($name).to_owned(), $name::schema())),+]
        }
    };
}

/// The values of an enum of the domain, with their meanings.
macro_rules! values {
    ($values:expr) => {
        $values.iter().map(|value| (value.as_str(), value.description()))
    };
}

named_schemas! {
    /// A permanent id: a UUID of version 7, in lower case with hyphens.
    Id = standard("uuid", 36, ID, "019a0000-0000-7000-8000-000000000001");
    /// A readable name in addresses, or a key: words of lower-case letters and digits, joined by hyphens.
    Slug = text(80, "^[a-z0-9]+(-[a-z0-9]+)*$", "metropolis");
    /// The id or the slug (or key) of something.
    IdOrSlug = text(80, "^[a-z0-9]+(-[a-z0-9]+)*$", "internationalisation-and-metropolitan-spaces-en");
    /// A language tag (BCP 47).
    LanguageTag = standard("language-tag", 35, LANGUAGE_TAG, "en");
    /// The name of a time zone in the IANA database.
    TimeZone = text(64, "^[A-Za-z0-9_+/-]+$", "Europe/Madrid");
    /// A date and time in the event's time zone, without an offset.
    LocalTime = text(19, LOCAL_TIME, "2027-07-22T15:00:00");
    /// A date in the event's time zone (RFC 3339, section 5.6).
    LocalDate = standard("date", 10, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "2027-07-22");
    /// A position in a list. Its content is the server's own matter, and may change.
    Cursor = text(1000, "^[A-Za-z0-9_-]+$", "eyJ2IjoxfQ");
    /// A signed token (JWT, RFC 7519). Its content is the server's own matter, and may change.
    Token = text(1000, "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$", "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl");
    /// A country (ISO 3166-1 alpha-2).
    Country = codes(countries());
    /// A country as requests may send it: its code in any letter case, with white space around it.
    CountryInput = text(30, &schema::country_pattern(), "es");
    /// A language in which messages to attendees exist.
    MessageLanguage = codes(language::MessageLanguage::ALL.iter().map(|language| language.as_str()));
    /// A language of messages as requests may send it: in any letter case, with or without a region (`es-MX`), with white space
    /// around it.
    MessageLanguageInput = text(35, MESSAGE_LANGUAGE, "es-MX");
    /// A blank text, as forms send for an empty field. It is treated as null.
    Blank = text(100, "^[\\t\\n\\r ]*$", "");
    /// An answer: a text, the key of a choice, a list of such keys, or true or false, by the kind of the question.
    Answer = answer();
    /// The answers to the event's questions, by question key.
    Answers = answers(Ref::from_schema_name("Answer").into());
    /// Answers to the event's questions, by question key. Null is no answer.
    AnswersInput = answers(any_of_or_null("An answer, or none.", ["Answer"]));
    /// An event in the vocabulary of schema.org, as JSON-LD. Only its least members are described here.
    JsonLd = open_object([("@context", one_value("https://schema.org")), ("@type", one_value("Event"))]);
    /// A schedule in the frab format, whose own JSON Schema `$schema` names. Only its least members are described here.
    FrabSchedule = open_object([("schedule", object("The event, its days, and their rooms and sessions."))]);
    /// A Server-Sent Event with live seats. `data` is an `Availability` as JSON.
    AvailabilityMessage = open_object([
        ("event", one_value("availability")),
        ("id", bounded(20)),
        ("data", bounded(1_000))
    ]);
    /// The order of a list of events: the earliest start first, or the latest.
    EventOrder = codes(EVENT_ORDERS.into_iter());
    /// The format of an export.
    ExportFormat = codes(EXPORT_FORMATS.into_iter());
    /// What separates the cells of a CSV file.
    CsvSeparator = codes(CSV_SEPARATORS.into_iter());
    /// A kind of actor, or the id of a client.
    ActorFilter = any_of(["ActorKind", "Id"]);
    /// The status of a public event.
    EventStatus = list(values!([
        plenaria_domain::event::EventStatus::Published,
        plenaria_domain::event::EventStatus::Cancelled,
    ]));
    /// The status of an event as its organisers see it.
    DefinitionStatus = list(values!(plenaria_domain::event::EventStatus::ALL));
    /// Whether an event is to come, running, or over.
    Phase = list(values!(plenaria_domain::event::Phase::ALL));
    /// How people attend.
    AttendanceMode = list(values!(plenaria_domain::event::AttendanceMode::ALL));
    /// Whether a programme may still change.
    ProgrammeStatus = list(values!(plenaria_domain::event::programme::ProgrammeStatus::ALL));
    /// The kind of a material.
    MaterialKind = list(values!(plenaria_domain::event::MaterialKind::ALL));
    /// The kind of a question, which decides the form of its answer.
    QuestionKind = list(values!(plenaria_domain::registration::answers::QuestionKind::ALL));
    /// The kind of a session.
    SessionKind = list(values!(plenaria_domain::event::session::SessionKind::ALL));
    /// Whether a session takes place.
    SessionStatus = list(values!(plenaria_domain::event::session::SessionStatus::ALL));
    /// The role of a speaker in a session.
    SpeakerRole = list(values!(plenaria_domain::event::session::SpeakerRole::ALL));
    /// The status of a registration.
    RegistrationStatus = list(values!(plenaria_domain::registration::RegistrationStatus::ALL));
    /// The kind of a message.
    MessageKind = list(values!(plenaria_domain::registration::message::MessageKind::ALL));
    /// The delivery status of a message.
    MessageStatus = list(values!(plenaria_domain::registration::message::MessageStatus::ALL));
    /// Why the delivery of a message failed.
    MessageReason = list(values!(plenaria_domain::registration::message::MailFailure::ALL));
    /// A chart of an event's statistics.
    StatisticsChart = list(values!(plenaria_domain::registration::statistics::Chart::ALL));
    /// The part that an organisation has in an event.
    OrganiserRole = list(values!(plenaria_domain::event::ownership::OrganiserRole::ALL));
    /// What happened to a value.
    ChangeOp = list(values!(plenaria_domain::event::definition::diff::ChangeOp::ALL));
    /// What may be wrong with the time of a session that has no start of its own.
    AdviceCode = list(values!(plenaria_domain::event::definition::advice::AdviceKind::ALL));
    /// A permission of a client.
    Scope = list(values!(plenaria_domain::partner::scope::Scope::ALL));
    /// What was done.
    AuditAction = list(values!(plenaria_domain::audit::Action::ALL));
    /// Who did something.
    ActorKind = list(values!(plenaria_domain::audit::ActorKind::ALL));
    /// The kind of object that something was done to.
    AuditTargetKind = list(values!(plenaria_domain::audit::TargetKind::ALL));
}

/// A text of this form.
fn text(description: &str, max_length: usize, pattern: &str, example: &str) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(Type::String).max_length(Some(max_length)).pattern(Some(pattern));
    text.description(Some(description)).examples([json!(example)]).into()
}

/// A text of a standard format.
fn standard(description: &str, name: &str, max_length: usize, pattern: &str, example: &str) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::Custom(name.to_owned())));
    let text = text.max_length(Some(max_length)).pattern(Some(pattern));
    text.description(Some(description)).examples([json!(example)]).into()
}

/// One of these values, with their meanings.
fn list<'a>(description: &str, values: impl Iterator<Item = (&'a str, &'a str)>) -> RefOr<Schema> {
    described_values::schema(description, &values.collect::<Vec<_>>())
}

/// One of these values, whose meanings need no words.
fn codes<'a>(description: &str, codes: impl Iterator<Item = &'a str>) -> RefOr<Schema> {
    let codes = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes));
    codes.description(Some(description)).into()
}

/// An object that has at least these members.
fn open_object<const N: usize>(description: &str, members: [(&str, RefOr<Schema>); N]) -> RefOr<Schema> {
    let object = members.into_iter().fold(ObjectBuilder::new().schema_type(Type::Object), |object, (name, schema)| {
        object.property(name, schema).required(name)
    });
    object.description(Some(description)).into()
}

/// An object with any members.
fn object(description: &str) -> RefOr<Schema> {
    open_object(description, [])
}

/// A text of at most this length.
fn bounded(max_length: usize) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(max_length)).into()
}

/// A text that is always the same.
fn one_value(value: &str) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some([value])).into()
}

fn countries() -> impl Iterator<Item = &'static str> {
    let mut codes: Vec<&str> = country::Country::codes().collect();
    codes.sort_unstable();
    codes.into_iter()
}

fn answer(description: &str) -> RefOr<Schema> {
    let line = |max| ObjectBuilder::new().schema_type(Type::String).max_length(Some(max));
    let answer = AnyOfBuilder::new()
        .item(line(2000).pattern(Some(PARAGRAPHS)))
        .item(ArrayBuilder::new().items(line(80).pattern(Some(LINE))).max_items(Some(100)))
        .item(ObjectBuilder::new().schema_type(Type::Boolean));
    answer.description(Some(description)).into()
}

fn answers(description: &str, answer: RefOr<Schema>) -> RefOr<Schema> {
    let answers = ObjectBuilder::new().additional_properties(Some(AdditionalProperties::RefOr(answer)));
    answers.max_properties(Some(50)).description(Some(description)).into()
}

/// One of these values, for those that no enum of the domain has. A field that has it says here what it means.
pub(crate) fn choices(description: &str, values: &[&str]) -> RefOr<Schema> {
    codes(description, values.iter().copied())
}

/// One of the schemas with these names. A field that has it says here what it means.
pub(crate) fn any_of<const N: usize>(description: &str, names: [&str; N]) -> RefOr<Schema> {
    one(names).description(Some(description)).into()
}

/// The same, or null.
pub(crate) fn any_of_or_null<const N: usize>(description: &str, names: [&str; N]) -> RefOr<Schema> {
    one(names).item(ObjectBuilder::new().schema_type(Type::Null)).description(Some(description)).into()
}

fn one<const N: usize>(names: [&str; N]) -> AnyOfBuilder {
    names.into_iter().fold(AnyOfBuilder::new(), |all, name| all.item(Ref::from_schema_name(name)))
}
