//! The representation of an event.

use chrono::{DateTime, NaiveDateTime, Utc};
use plenaria_domain::event::{Event, Phase};
use plenaria_domain::values::language::Language;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::text::Translated;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::details_dto::{ContactDto, MaterialDto, PrivacyNoticeDto, RoomDto};
use crate::request::pagination::Page;
use crate::schemas;
use crate::state::PrivacyNotice;

/// One webinar or conference day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventDto {
    /// The event's permanent id.
    #[schema(value_type = schemas::Id)]
    id: Uuid,
    /// The event's readable name in addresses. It can be used in place of the id.
    #[schema(value_type = schemas::Slug)]
    slug: String,
    /// The slug that all editions of a recurring event share.
    #[schema(value_type = Option<schemas::Slug>)]
    series: Option<String>,
    /// Whether the event takes place.
    #[schema(value_type = schemas::EventStatus)]
    status: &'static str,
    /// Why the event was cancelled, if it is and the organisers gave a reason.
    #[schema(format = "paragraphs", max_length = 1000, example = json!(null))]
    cancellation_reason: Option<String>,
    /// Whether the event is to come, running, or over.
    #[schema(value_type = schemas::Phase)]
    phase: &'static str,
    /// The title.
    #[schema(max_length = 300, example = "Internationalisation and metropolitan spaces")]
    title: String,
    /// A summary of one or two sentences.
    #[schema(max_length = 1000, example = "How cities can turn their international action into a public policy.")]
    summary: Option<String>,
    /// The full description, in Markdown.
    #[schema(max_length = 20000, example = "Local governments now act abroad as stakeholders.")]
    description: Option<String>,
    /// The spoken language (BCP 47).
    #[schema(value_type = schemas::LanguageTag)]
    language: String,
    /// The languages that the texts exist in (BCP 47), the event's own first.
    #[schema(value_type = Vec<schemas::LanguageTag>, max_items = 100, example = json!(["en", "es", "fr"]))]
    languages: Vec<String>,
    /// The event's topics.
    #[schema(max_items = 50, example = json!(["Cooperation and international strategies"]))]
    topics: Vec<String>,
    /// The groups that the event is for. A registration can name one by its key.
    #[schema(max_items = 50)]
    audiences: Vec<AudienceDto>,
    /// The organising organisations.
    #[schema(max_items = 50)]
    organisers: Vec<OrganiserDto>,
    /// The publications that the event builds on.
    #[schema(max_items = 50)]
    publications: Vec<PublicationDto>,
    /// How people reach the organisers.
    contact: Option<ContactDto>,
    /// The address of a picture.
    #[schema(format = "uri", example = json!(null))]
    image_url: Option<String>,
    /// The privacy notice that people accept when they register.
    privacy_notice: PrivacyNoticeDto,
    /// The rooms in which sessions take place.
    #[schema(max_items = 200)]
    rooms: Vec<RoomDto>,
    /// Recordings, slides and other materials of the whole event. Sessions have materials of their own.
    #[schema(max_items = 100)]
    materials: Vec<MaterialDto>,
    /// When the event starts, in UTC.
    #[schema(example = "2027-07-22T13:00:00Z")]
    starts_at: DateTime<Utc>,
    /// When the event ends, in UTC: the end of its last session.
    #[schema(example = "2027-07-22T14:02:00Z")]
    ends_at: DateTime<Utc>,
    /// The start in local time of `time_zone`.
    #[schema(value_type = schemas::LocalTime)]
    local_start: NaiveDateTime,
    /// The event's time zone (IANA name).
    #[schema(value_type = schemas::TimeZone)]
    time_zone: &'static str,
    /// Whether people attend online, in person, or either.
    #[schema(value_type = schemas::AttendanceMode)]
    attendance: &'static str,
    /// The venue, if there is one.
    #[schema(max_length = 300, example = json!(null))]
    place: Option<String>,
    /// Whether attendance is free of charge.
    #[schema(example = true)]
    is_free: bool,
    /// The rules for registrations.
    registration: RegistrationRulesDto,
    /// Whether the programme may still change.
    #[schema(value_type = schemas::ProgrammeStatus)]
    programme_status: &'static str,
    /// The address of the event's page for people. Null: this server has no pages.
    #[schema(format = "uri", example = "https://api.plenaria.example.org/events/some-event")]
    page_url: Option<String>,
    /// The revision of the event's definition. It grows with every change.
    #[schema(minimum = 1, example = 1)]
    revision: i64,
    /// When the definition last changed.
    #[schema(example = "2026-11-23T09:00:00Z")]
    updated_at: DateTime<Utc>,
    /// Links to related resources.
    links: EventLinks,
}

/// A group that an event is for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Audience)]
pub(crate) struct AudienceDto {
    /// The key.
    #[schema(value_type = schemas::Slug)]
    key: String,
    /// The label.
    #[schema(max_length = 300, example = "Local government officials")]
    label: String,
}

/// A choice of a question.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Choice)]
pub(crate) struct ChoiceDto {
    /// The key, which an answer names.
    #[schema(value_type = schemas::Slug)]
    key: String,
    /// The label.
    #[schema(max_length = 300, example = "Vegan")]
    label: String,
}

/// An organisation that organises an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organiser)]
pub(crate) struct OrganiserDto {
    /// The key.
    #[schema(value_type = schemas::Slug)]
    key: String,
    /// The name.
    #[schema(max_length = 300, example = "Metropolis")]
    name: String,
    /// The website.
    #[schema(format = "uri", example = "https://www.metropolis.org")]
    url: Option<String>,
}

/// A publication that an event builds on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Publication)]
pub(crate) struct PublicationDto {
    /// The title.
    #[schema(max_length = 300, example = "The Internationalization of Metropolitan Spaces")]
    title: String,
    /// The address of the publication.
    #[schema(format = "uri", example = "https://www.metropolis.org/")]
    url: Option<String>,
}

/// The rules for registrations of an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegistrationRules)]
pub(crate) struct RegistrationRulesDto {
    /// When registration opens. Null: it opens with the publication of the event.
    #[schema(example = json!(null))]
    opens_at: Option<DateTime<Utc>>,
    /// When registration closes. From this instant on, registrations are rejected.
    #[schema(example = "2027-07-22T13:00:00Z")]
    closes_at: DateTime<Utc>,
    /// The number of seats. Null: no limit.
    #[schema(minimum = 0, example = 500)]
    capacity: Option<u32>,
    /// Whether the event has a waiting list when it is full.
    #[schema(example = true)]
    waitlist: bool,
    /// Whether people must confirm their e-mail address before they are registered.
    #[schema(example = false)]
    email_confirmation: bool,
    /// Whether people must choose one of the audiences.
    #[schema(example = false)]
    audience_required: bool,
    /// The questions of the registration form.
    #[schema(max_items = 50)]
    questions: Vec<QuestionDto>,
}

/// A question of an event's registration form. A registration has the answer in `answers`, under the question's key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Question)]
pub(crate) struct QuestionDto {
    /// The key.
    #[schema(value_type = schemas::Slug)]
    key: String,
    /// The text of the question.
    #[schema(max_length = 300, example = "Is this your first time with us?")]
    label: String,
    /// The kind, which decides the form of the answer.
    #[schema(value_type = schemas::QuestionKind)]
    kind: &'static str,
    /// Whether an answer is required.
    #[schema(example = false)]
    required: bool,
    /// The choices. Empty for the kinds `text` and `yes_no`.
    #[schema(max_items = 100)]
    choices: Vec<ChoiceDto>,
}

/// Links from an event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventLinks {
    /// The event.
    #[schema(rename = "self", format = "uri", example = "https://api.plenaria.example.org/v1/events/some-event")]
    #[serde(rename = "self")]
    this: String,
    /// The page for people. Null: this server has no pages.
    #[schema(format = "uri", example = "https://api.plenaria.example.org/events/some-event")]
    page: Option<String>,
    /// The programme.
    #[schema(format = "uri", example = "https://api.plenaria.example.org/v1/events/some-event/programme")]
    programme: String,
    /// The availability.
    #[schema(format = "uri", example = "https://api.plenaria.example.org/v1/events/some-event/availability")]
    availability: String,
    /// The availability as it changes (Server-Sent Events).
    #[schema(format = "uri", example = "https://api.plenaria.example.org/v1/events/some-event/availability/stream")]
    stream: String,
    /// The address to register at, by POST.
    #[schema(format = "uri", example = "https://api.plenaria.example.org/v1/events/some-event/registrations")]
    registrations: String,
    /// The calendar entry (iCalendar).
    #[schema(format = "uri", example = "https://api.plenaria.example.org/v1/events/some-event/calendar.ics")]
    calendar: String,
    /// The programme for conference apps (frab schedule, JSON).
    #[schema(format = "uri", example = "https://api.plenaria.example.org/v1/events/some-event/schedule.json")]
    schedule: String,
}

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventPage {
    /// The events.
    #[schema(max_items = 100)]
    pub(crate) data: Vec<EventDto>,
    /// The page size, and the cursor of the next page.
    pub(crate) page: Page,
}

impl EventDto {
    /// The event in this language and phase. `public_url` is the API's address, `privacy` the notice of events without
    /// their own.
    pub(crate) fn new(
        event: &Event,
        language: &Language,
        phase: Phase,
        public_url: &PublicUrl,
        privacy: &PrivacyNotice,
    ) -> Self {
        let definition = &event.definition;
        let text = |t: &Translated| t.get(language, &definition.language).to_owned();
        let audiences = definition.audiences.iter();
        let audiences = audiences.map(|a| AudienceDto { key: a.key.to_string(), label: text(&a.label) });
        Self {
            id: event.id.0,
            slug: definition.slug.to_string(),
            series: definition.series.as_ref().map(ToString::to_string),
            status: definition.status.as_str(),
            cancellation_reason: event.cancellation_reason.as_ref().map(text),
            phase: phase.as_str(),
            title: text(&definition.title),
            summary: definition.summary.as_ref().map(text),
            description: definition.description.as_ref().map(text),
            language: definition.language.to_string(),
            languages: event.languages().iter().map(ToString::to_string).collect(),
            topics: definition.topics.iter().map(text).collect(),
            audiences: audiences.collect(),
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
            contact: definition.contact.as_ref().map(|contact| ContactDto::new(contact, text)),
            image_url: definition.image_url.clone(),
            privacy_notice: PrivacyNoticeDto::new(event, &privacy.0),
            rooms: definition.rooms.iter().map(|room| RoomDto::new(room, text)).collect(),
            materials: definition.materials.iter().map(|material| MaterialDto::new(material, text)).collect(),
            starts_at: event.starts_at,
            ends_at: event.ends_at,
            local_start: definition.starts,
            time_zone: definition.time_zone.name(),
            attendance: definition.attendance.as_str(),
            place: definition.place.as_ref().map(text),
            is_free: definition.is_free,
            registration: RegistrationRulesDto::new(event, text),
            programme_status: definition.programme.status.as_str(),
            page_url: public_url.page_of(&definition.slug),
            revision: event.revision,
            updated_at: event.updated_at,
            links: EventLinks::new(&definition.slug, public_url),
        }
    }
}

impl RegistrationRulesDto {
    /// The rules of an event. `text` selects the language.
    fn new(event: &Event, text: impl Fn(&Translated) -> String) -> Self {
        let rules = &event.definition.registration;
        let instant = |local| event.definition.time_zone.compatible_instant_of(local).ok();
        let questions = rules.questions.iter().map(|q| QuestionDto {
            key: q.key.to_string(),
            label: text(&q.label),
            kind: q.kind.as_str(),
            required: q.required,
            choices: q.choices.iter().map(|c| ChoiceDto { key: c.key.to_string(), label: text(&c.label) }).collect(),
        });
        Self {
            opens_at: rules.opens.and_then(instant),
            closes_at: rules.closes.and_then(instant).unwrap_or(event.starts_at),
            capacity: rules.capacity,
            waitlist: rules.waitlist,
            email_confirmation: rules.email_confirmation,
            audience_required: rules.audience_required,
            questions: questions.collect(),
        }
    }
}

impl EventLinks {
    fn new(slug: &Slug, public_url: &PublicUrl) -> Self {
        let this = format!("{public_url}/v1/events/{slug}");
        Self {
            page: public_url.page_of(slug),
            programme: format!("{this}/programme"),
            availability: format!("{this}/availability"),
            stream: format!("{this}/availability/stream"),
            registrations: format!("{this}/registrations"),
            calendar: format!("{this}/calendar.ics"),
            schedule: format!("{this}/schedule.json"),
            this,
        }
    }
}
