//! A programme as callers see it.

use chrono::{DateTime, NaiveDateTime, Utc};
use plenaria_domain::event::{Event, Phase};
use plenaria_domain::language::Language;
use plenaria_domain::session::{Session, SpeakerRole};
use plenaria_domain::speaker::Speaker;
use plenaria_domain::text::Translated;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::dto::{EventDto, ProgrammeStatusDto};
use crate::page::Page;

/// A part of a programme.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionDto {
    /// Names the session; it stays the same while the key does.
    #[schema(example = "019a0000-0000-7000-8000-000000000002")]
    id: Uuid,
    /// Names it within its event.
    #[schema(max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "tehran")]
    key: String,
    /// Its place in the programme, from 1.
    #[schema(minimum = 1, maximum = 500, example = 3)]
    position: usize,
    /// What kind of session it is.
    #[schema(value_type = SessionKindDto)]
    kind: &'static str,
    /// Its title.
    #[schema(max_length = 300, example = "Tehran")]
    title: String,
    /// What it is about, in Markdown.
    #[schema(max_length = 20000, example = json!(null))]
    r#abstract: Option<String>,
    /// The track, where sessions run side by side.
    #[schema(max_length = 300, example = json!(null))]
    track: Option<String>,
    /// When it starts, in UTC.
    #[schema(example = "2027-07-22T13:09:00Z")]
    starts_at: DateTime<Utc>,
    /// When it ends, in UTC.
    #[schema(example = "2027-07-22T13:19:00Z")]
    ends_at: DateTime<Utc>,
    /// Its start on the clock of the event's zone.
    #[schema(value_type = String, max_length = 30, pattern = "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$", example = "2027-07-22T15:09:00")]
    local_start: NaiveDateTime,
    /// Its length.
    #[schema(minimum = 1, maximum = 1440, example = 10)]
    duration_minutes: u32,
    /// Who takes part, in order.
    #[schema(max_items = 50)]
    speakers: Vec<SessionSpeakerDto>,
}

/// What kind of session it is.
#[derive(ToSchema)]
#[schema(as = SessionKind, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum SessionKindDto {
    /// Words of welcome.
    Welcome,
    /// Leads into the subject.
    Introduction,
    /// One or more people speak.
    Talk,
    /// People discuss before an audience.
    Panel,
    /// Everybody works.
    Workshop,
    /// Questions and answers.
    QAndA,
    /// A pause.
    Break,
    /// What follows from it all.
    Conclusions,
    /// The end.
    Closing,
    /// Anything else.
    Other,
}

/// What a speaker does in a session.
#[derive(ToSchema)]
#[schema(as = SpeakerRole, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum SpeakerRoleDto {
    /// Gives it.
    Speaker,
    /// Leads it.
    Moderator,
    /// Receives the guests.
    Host,
    /// Sits on the panel.
    Panelist,
}

/// A speaker's card with the part in a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionSpeaker)]
pub(crate) struct SessionSpeakerDto {
    /// What the speaker does.
    #[schema(value_type = SpeakerRoleDto)]
    role: &'static str,
    #[serde(flatten)]
    card: SpeakerCard,
}

/// What a programme shows of a speaker.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpeakerCard {
    /// Names the speaker. Events of one owner share speakers, and those of another owner have speakers of their own.
    #[schema(example = "019a0000-0000-7000-8000-000000000003")]
    id: Uuid,
    /// Names the speaker for people: the key that the event's definition gives, with the owner's key appended where another
    /// organisation's speaker has that slug. It stays the same while the id does.
    #[schema(max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "elham-fakhari")]
    slug: String,
    /// The full name.
    #[schema(max_length = 200, example = "Elham Fakhari")]
    name: String,
    /// What stands before the name.
    #[schema(max_length = 300, example = "Dr.")]
    honorific: Option<String>,
    /// The position held.
    #[schema(max_length = 300, example = "Member of the City Council")]
    position: Option<String>,
    /// The organisation.
    #[schema(max_length = 300, example = "Tehran City Council")]
    organisation: Option<String>,
    /// The city.
    #[schema(max_length = 300, example = "Tehran")]
    city: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(max_length = 2, pattern = "^[A-Z]{2}$", example = "IR")]
    country: Option<String>,
    /// A portrait.
    #[schema(max_length = 2000, format = "uri", example = json!(null))]
    photo_url: Option<String>,
}

/// A whole programme, ready to draw.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Programme)]
pub(crate) struct ProgrammeDto {
    /// The event.
    event: EventDto,
    /// Whether it may still change.
    #[schema(value_type = ProgrammeStatusDto)]
    status: &'static str,
    /// Who leads through the event.
    #[schema(max_items = 50)]
    moderators: Vec<SpeakerCard>,
    /// The sessions, in order.
    #[schema(max_items = 500)]
    sessions: Vec<SessionDto>,
    /// Counts the changes of the definition.
    #[schema(minimum = 1, example = 1)]
    revision: i64,
}

/// A page of sessions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionPage {
    /// The sessions.
    #[schema(max_items = 100)]
    pub(crate) data: Vec<SessionDto>,
    /// Where this page stands.
    pub(crate) page: Page,
}

impl SpeakerCard {
    pub(crate) fn new(speaker: &Speaker, language: &Language) -> Self {
        let text = |t: &Option<Translated>| t.as_ref().map(|t| t.get(language, &speaker.language).to_owned());
        let card = &speaker.card;
        Self {
            id: speaker.id.0,
            slug: speaker.slug.to_string(),
            name: card.name.clone(),
            honorific: text(&card.honorific),
            position: text(&card.position),
            organisation: text(&card.organisation),
            city: text(&card.city),
            country: card.country.clone(),
            photo_url: card.photo_url.clone(),
        }
    }
}

impl SessionDto {
    /// The session at this index of the event's programme.
    pub(crate) fn new(event: &Event, index: usize, session: &Session, language: &Language) -> Self {
        let own = &event.definition.language;
        let definition = &session.definition;
        let text = |t: &Option<Translated>| t.as_ref().map(|t| t.get(language, own).to_owned());
        let card = |(role, id): &(SpeakerRole, _)| {
            let speaker = event.programme.speaker(*id)?;
            Some(SessionSpeakerDto { role: role.as_str(), card: SpeakerCard::new(speaker, language) })
        };
        Self {
            id: session.id.0,
            key: definition.key.to_string(),
            position: index + 1,
            kind: definition.kind.as_str(),
            title: definition.title.get(language, own).to_owned(),
            r#abstract: text(&definition.r#abstract),
            track: text(&definition.track),
            starts_at: session.starts_at,
            ends_at: session.ends_at,
            local_start: session.local_start,
            duration_minutes: definition.minutes,
            speakers: session.speakers.iter().filter_map(card).collect(),
        }
    }
}

impl ProgrammeDto {
    pub(crate) fn new(event: &Event, language: &Language, phase: Phase, base: &str) -> Self {
        let programme = &event.definition.programme;
        let card = |key: &plenaria_domain::slug::Slug| event.programme.speakers.iter().find(|s| s.card.key == *key);
        let sessions = event.programme.sessions.iter().enumerate();
        Self {
            event: EventDto::new(event, language, phase, base),
            status: programme.status.as_str(),
            moderators: programme.moderators.iter().filter_map(card).map(|s| SpeakerCard::new(s, language)).collect(),
            sessions: sessions.map(|(index, s)| SessionDto::new(event, index, s, language)).collect(),
            revision: event.revision,
        }
    }
}
