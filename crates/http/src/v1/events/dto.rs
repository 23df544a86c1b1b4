//! An event as callers see it.

use chrono::{DateTime, NaiveDateTime, Utc};
use plenaria_domain::event::{Event, Phase};
use plenaria_domain::language::Language;
use plenaria_domain::text::Translated;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::page::Page;

/// One webinar or conference day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventDto {
    /// Names the event for good.
    #[schema(example = "019a0000-0000-7000-8000-000000000001")]
    id: Uuid,
    /// Names it for people; usable wherever the id is.
    #[schema(
        max_length = 80,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$",
        example = "internationalisation-and-metropolitan-spaces-en"
    )]
    slug: String,
    /// Joins editions of one event.
    #[schema(
        max_length = 80,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$",
        example = "internationalisation-and-metropolitan-spaces"
    )]
    series: Option<String>,
    /// `published` or `cancelled`.
    #[schema(value_type = PublicStatus)]
    status: &'static str,
    /// Where it stands in time.
    #[schema(value_type = PhaseDto)]
    phase: &'static str,
    /// The title.
    #[schema(max_length = 300, example = "Internationalisation and metropolitan spaces")]
    title: String,
    /// One or two sentences.
    #[schema(max_length = 1000, example = "How cities can turn their international action into a public policy.")]
    summary: Option<String>,
    /// The whole story, in Markdown.
    #[schema(max_length = 20000, example = "Local governments now act abroad as stakeholders.")]
    description: Option<String>,
    /// The spoken language (BCP 47).
    #[schema(format = "language-tag", example = "en")]
    language: String,
    /// What it is about.
    #[schema(max_items = 50, example = json!(["Cooperation and international strategies"]))]
    topics: Vec<String>,
    /// Whom it is for; a registration may name one by its key.
    #[schema(max_items = 50)]
    audiences: Vec<AudienceDto>,
    /// Who organises it.
    #[schema(max_items = 50)]
    organisers: Vec<OrganiserDto>,
    /// What it builds on.
    #[schema(max_items = 50)]
    publications: Vec<PublicationDto>,
    /// When it starts, in UTC.
    #[schema(example = "2027-07-22T13:00:00Z")]
    starts_at: DateTime<Utc>,
    /// When it ends, in UTC: the last session's end.
    #[schema(example = "2027-07-22T14:02:00Z")]
    ends_at: DateTime<Utc>,
    /// Its start on the clock of `time_zone`.
    #[schema(value_type = String, max_length = 30, pattern = "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$", example = "2027-07-22T15:00:00")]
    local_start: NaiveDateTime,
    /// An IANA time zone.
    #[schema(max_length = 64, pattern = "^[A-Za-z0-9_+/-]+$", example = "Europe/Madrid")]
    time_zone: &'static str,
    /// How one attends.
    #[schema(value_type = AttendanceDto)]
    attendance: &'static str,
    /// Where, if there is a place.
    #[schema(max_length = 300, example = json!(null))]
    place: Option<String>,
    /// Whether it costs nothing.
    #[schema(example = true)]
    is_free: bool,
    /// How registrations are taken.
    registration: RegistrationRulesDto,
    /// Whether the programme may still change.
    #[schema(value_type = ProgrammeStatusDto)]
    programme_status: &'static str,
    /// Counts the changes of the definition.
    #[schema(minimum = 1, example = 1)]
    revision: i64,
    /// When the definition last changed.
    #[schema(example = "2026-11-23T09:00:00Z")]
    updated_at: DateTime<Utc>,
    /// Where to go on.
    links: EventLinks,
}

/// The status of an event that is shown.
#[derive(ToSchema)]
#[schema(as = EventStatus, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum PublicStatus {
    /// Shown, and open as its window says.
    Published,
    /// Called off.
    Cancelled,
}

/// Where an event stands in time.
#[derive(ToSchema)]
#[schema(as = Phase, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum PhaseDto {
    /// It has not started.
    Upcoming,
    /// It is running.
    Live,
    /// It is over.
    Ended,
}

/// How one attends.
#[derive(ToSchema)]
#[schema(as = Attendance, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum AttendanceDto {
    /// On line only.
    Online,
    /// At the place only.
    InPerson,
    /// Either way.
    Hybrid,
}

/// Whether a programme may still change.
#[derive(ToSchema)]
#[schema(as = ProgrammeStatus, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum ProgrammeStatusDto {
    /// It may.
    Draft,
    /// It will not.
    Final,
}

/// A group of people that an event is for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Audience)]
pub(crate) struct AudienceDto {
    /// Its key.
    #[schema(max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "local-government")]
    key: String,
    /// Its label.
    #[schema(max_length = 300, example = "Local government officials")]
    label: String,
}

/// An organisation that organises an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organiser)]
pub(crate) struct OrganiserDto {
    /// Its key.
    #[schema(max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "metropolis")]
    key: String,
    /// Its name.
    #[schema(max_length = 300, example = "Metropolis")]
    name: String,
    /// Its site.
    #[schema(max_length = 2000, format = "uri", example = "https://www.metropolis.org")]
    url: Option<String>,
}

/// A text that an event builds on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Publication)]
pub(crate) struct PublicationDto {
    /// Its title.
    #[schema(max_length = 300, example = "The Internationalization of Metropolitan Spaces")]
    title: String,
    /// Where it is found.
    #[schema(max_length = 2000, format = "uri", example = "https://www.metropolis.org/")]
    url: Option<String>,
}

/// How an event takes registrations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegistrationRules)]
pub(crate) struct RegistrationRulesDto {
    /// When registration opens; null: it is open from publication.
    #[schema(example = json!(null))]
    opens_at: Option<DateTime<Utc>>,
    /// When it closes: from this instant on nobody can register.
    #[schema(example = "2027-07-22T13:00:00Z")]
    closes_at: DateTime<Utc>,
    /// How many seats; null: no limit.
    #[schema(minimum = 0, example = 500)]
    capacity: Option<u32>,
    /// Whether a full event queues people.
    #[schema(example = true)]
    waitlist: bool,
    /// Whether an address is confirmed by mail first.
    #[schema(example = false)]
    email_confirmation: bool,
    /// The questions of the form.
    #[schema(max_items = 50)]
    questions: Vec<QuestionDto>,
}

/// A question of an event's form, answered in `answers` under its key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Question)]
pub(crate) struct QuestionDto {
    /// Its key.
    #[schema(max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "first-time")]
    key: String,
    /// What is asked.
    #[schema(max_length = 300, example = "Is this your first time with us?")]
    label: String,
    /// `text`, `choice` (one key), `choices` (a list of keys) or `yes_no` (true or false).
    #[schema(max_length = 10, pattern = "^(text|choice|choices|yes_no)$", example = "yes_no")]
    kind: &'static str,
    /// Whether it must be answered.
    #[schema(example = false)]
    required: bool,
    /// What there is to choose from.
    #[schema(max_items = 100)]
    choices: Vec<AudienceDto>,
}

/// Where to go on from an event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventLinks {
    /// The event.
    #[schema(
        rename = "self",
        max_length = 2000,
        format = "uri",
        example = "https://api.plenaria.example.org/v1/events/some-event"
    )]
    #[serde(rename = "self")]
    this: String,
    /// Its programme.
    #[schema(
        max_length = 2000,
        format = "uri",
        example = "https://api.plenaria.example.org/v1/events/some-event/programme"
    )]
    programme: String,
    /// Its live seats.
    #[schema(
        max_length = 2000,
        format = "uri",
        example = "https://api.plenaria.example.org/v1/events/some-event/availability"
    )]
    availability: String,
    /// Where one registers.
    #[schema(
        max_length = 2000,
        format = "uri",
        example = "https://api.plenaria.example.org/v1/events/some-event/registrations"
    )]
    registrations: String,
    /// Its calendar entry (iCalendar).
    #[schema(
        max_length = 2000,
        format = "uri",
        example = "https://api.plenaria.example.org/v1/events/some-event/calendar.ics"
    )]
    calendar: Option<String>,
}

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventPage {
    /// The events.
    #[schema(max_items = 100)]
    pub(crate) data: Vec<EventDto>,
    /// Where this page stands.
    pub(crate) page: Page,
}

impl EventDto {
    pub(crate) fn new(event: &Event, language: &Language, phase: Phase, base: &str) -> Self {
        let definition = &event.definition;
        let text = |t: &Translated| t.get(language, &definition.language).to_owned();
        let this = format!("{base}/v1/events/{}", definition.slug);
        let labelled = |key: &plenaria_domain::slug::Slug, label: &Translated| AudienceDto {
            key: key.to_string(),
            label: text(label),
        };
        let rules = &definition.registration;
        let instant = |local| definition.time_zone.accepted_instant_of(local).ok();
        Self {
            id: event.id.0,
            slug: definition.slug.to_string(),
            series: definition.series.as_ref().map(ToString::to_string),
            status: definition.status.as_str(),
            phase: phase.as_str(),
            title: text(&definition.title),
            summary: definition.summary.as_ref().map(text),
            description: definition.description.as_ref().map(text),
            language: definition.language.to_string(),
            topics: definition.topics.iter().map(text).collect(),
            audiences: definition.audiences.iter().map(|a| labelled(&a.key, &a.label)).collect(),
            organisers: definition
                .organisers
                .iter()
                .map(|o| OrganiserDto { key: o.key.to_string(), name: o.name.clone(), url: o.url.clone() })
                .collect(),
            publications: definition
                .publications
                .iter()
                .map(|p| PublicationDto { title: text(&p.title), url: p.url.clone() })
                .collect(),
            starts_at: event.starts_at,
            ends_at: event.ends_at,
            local_start: definition.starts,
            time_zone: definition.time_zone.name(),
            attendance: definition.attendance.as_str(),
            place: definition.place.as_ref().map(text),
            is_free: definition.is_free,
            registration: RegistrationRulesDto {
                opens_at: rules.opens.and_then(instant),
                closes_at: rules.closes.and_then(instant).unwrap_or(event.starts_at),
                capacity: rules.capacity,
                waitlist: rules.waitlist,
                email_confirmation: rules.email_confirmation,
                questions: rules
                    .questions
                    .iter()
                    .map(|q| QuestionDto {
                        key: q.key.to_string(),
                        label: text(&q.label),
                        kind: q.kind.as_str(),
                        required: q.required,
                        choices: q.choices.iter().map(|c| labelled(&c.key, &c.label)).collect(),
                    })
                    .collect(),
            },
            programme_status: definition.programme.status.as_str(),
            revision: event.revision,
            updated_at: event.updated_at,
            links: EventLinks {
                programme: format!("{this}/programme"),
                availability: format!("{this}/availability"),
                registrations: format!("{this}/registrations"),
                calendar: Some(format!("{this}/calendar.ics")),
                this,
            },
        }
    }
}
