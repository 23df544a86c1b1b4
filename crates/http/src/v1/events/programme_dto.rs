//! The representations of a programme, its sessions and their speakers.

use chrono::{DateTime, NaiveDateTime, Utc};
use plenaria_domain::event::session::{Session, SpeakerRole};
use plenaria_domain::event::speaker::Speaker;
use plenaria_domain::event::{Event, Phase};
use plenaria_domain::values::language::Language;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::text::Translated;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::details_dto::{MaterialDto, RoomDto};
use super::dto::EventDto;
use crate::request::pagination::Page;
use crate::schemas;
use crate::state::PrivacyNotice;

/// A session of a programme.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionDto {
    /// The session's id. It stays the same as long as the key does.
    #[schema(value_type = schemas::Id)]
    id: Uuid,
    /// The session's key, unique within its event.
    #[schema(value_type = schemas::Slug)]
    key: String,
    /// The session's position in the programme, from 1.
    #[schema(minimum = 1, maximum = 1000, example = 3)]
    position: usize,
    /// The kind of session.
    #[schema(value_type = schemas::SessionKind)]
    kind: &'static str,
    /// The title.
    #[schema(max_length = 300, example = "Tehran")]
    title: String,
    /// A description in Markdown.
    #[schema(max_length = 20000, example = json!(null))]
    r#abstract: Option<String>,
    /// The track, in an event with parallel sessions.
    #[schema(max_length = 300, example = json!(null))]
    track: Option<String>,
    /// The room.
    room: Option<RoomDto>,
    /// The spoken language (BCP 47).
    #[schema(value_type = schemas::LanguageTag)]
    language: String,
    /// Whether the session takes place. A cancelled session keeps its time in the programme.
    #[schema(value_type = schemas::SessionStatus)]
    status: &'static str,
    /// Recordings, slides and other materials.
    #[schema(max_items = 100)]
    materials: Vec<MaterialDto>,
    /// When the session starts, in UTC.
    #[schema(example = "2027-07-22T13:09:00Z")]
    starts_at: DateTime<Utc>,
    /// When the session ends, in UTC.
    #[schema(example = "2027-07-22T13:19:00Z")]
    ends_at: DateTime<Utc>,
    /// The start in local time of the event's time zone.
    #[schema(value_type = schemas::LocalTime)]
    local_start: NaiveDateTime,
    /// The length in minutes.
    #[schema(minimum = 1, maximum = 1440, example = 10)]
    duration_minutes: u32,
    /// The speakers and their roles, in order.
    #[schema(max_items = 50)]
    speakers: Vec<SessionSpeakerDto>,
}

/// A speaker with their roles in a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionSpeaker)]
pub(crate) struct SessionSpeakerDto {
    /// The speaker's roles, at least one.
    #[schema(value_type = Vec<schemas::SpeakerRole>, min_items = 1, max_items = 4)]
    roles: Vec<&'static str>,
    #[serde(flatten)]
    card: SpeakerCard,
}

/// A speaker as shown in a programme.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpeakerCard {
    /// The speaker's id. Events of the same owner share speakers; each owner has their own.
    #[schema(value_type = schemas::Id)]
    id: Uuid,
    /// The speaker's readable name in addresses: the key from the event's definition. The owner's key is appended if another
    /// organisation's speaker has that slug. It stays the same as long as the id does.
    #[schema(value_type = schemas::Slug)]
    slug: String,
    /// The full name.
    #[schema(max_length = 200, example = "Elham Fakhari")]
    name: String,
    /// The title or form of address before the name.
    #[schema(max_length = 300, example = "Dr.")]
    honorific: Option<String>,
    /// The speaker's position.
    #[schema(max_length = 300, example = "Member of the City Council")]
    position: Option<String>,
    /// The organisation.
    #[schema(max_length = 300, example = "Tehran City Council")]
    organisation: Option<String>,
    /// The city.
    #[schema(max_length = 300, example = "Tehran")]
    city: Option<String>,
    /// The country (ISO 3166-1 alpha-2).
    #[schema(value_type = Option<schemas::Country>)]
    country: Option<String>,
    /// The address of a portrait.
    #[schema(format = "uri", example = json!(null))]
    photo_url: Option<String>,
}

/// A complete programme.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Programme)]
pub(crate) struct ProgrammeDto {
    /// The event.
    event: EventDto,
    /// Whether the programme may still change.
    #[schema(value_type = schemas::ProgrammeStatus)]
    status: &'static str,
    /// The moderators of the event.
    #[schema(max_items = 50)]
    moderators: Vec<SpeakerCard>,
    /// The sessions, in order.
    #[schema(max_items = 1000)]
    sessions: Vec<SessionDto>,
    /// The revision of the event's definition. It grows with every change.
    #[schema(minimum = 1, example = 1)]
    revision: i64,
}

/// A page of sessions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionPage {
    /// The sessions.
    #[schema(max_items = 100)]
    pub(crate) data: Vec<SessionDto>,
    /// The page size, and the cursor of the next page.
    pub(crate) page: Page,
}

impl SpeakerCard {
    /// The speaker's card in this language.
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
    /// The session at `index` of the event's programme.
    pub(crate) fn new(event: &Event, index: usize, session: &Session, language: &Language) -> Self {
        let default_language = &event.definition.language;
        let definition = &session.definition;
        let required = |t: &Translated| t.get(language, default_language).to_owned();
        let text = |t: &Option<Translated>| t.as_ref().map(required);
        let card = |(roles, id): &(Vec<SpeakerRole>, _)| {
            let speaker = event.programme.speaker(*id)?;
            let roles = roles.iter().map(|role| role.as_str()).collect();
            Some(SessionSpeakerDto { roles, card: SpeakerCard::new(speaker, language) })
        };
        Self {
            id: session.id.0,
            key: definition.key.to_string(),
            position: index + 1,
            kind: definition.kind.as_str(),
            title: required(&definition.title),
            r#abstract: text(&definition.r#abstract),
            track: text(&definition.track),
            room: event.room_of(definition).map(|room| RoomDto::new(room, required)),
            language: definition.language.as_ref().unwrap_or(default_language).to_string(),
            status: definition.status.as_str(),
            materials: definition.materials.iter().map(|material| MaterialDto::new(material, required)).collect(),
            starts_at: session.starts_at,
            ends_at: session.ends_at,
            local_start: session.local_start,
            duration_minutes: definition.minutes,
            speakers: session.speakers.iter().filter_map(card).collect(),
        }
    }
}

impl ProgrammeDto {
    /// The programme in this language and phase, with the event as [`EventDto::new`] makes it.
    pub(crate) fn new(
        event: &Event,
        language: &Language,
        phase: Phase,
        public_url: &PublicUrl,
        privacy: &PrivacyNotice,
    ) -> Self {
        let programme = &event.definition.programme;
        let card = |key: &Slug| event.programme.speakers.iter().find(|s| s.card.key == *key);
        let sessions = event.programme.sessions.iter().enumerate();
        Self {
            event: EventDto::new(event, language, phase, public_url, privacy),
            status: programme.status.as_str(),
            moderators: programme.moderators.iter().filter_map(card).map(|s| SpeakerCard::new(s, language)).collect(),
            sessions: sessions.map(|(index, s)| SessionDto::new(event, index, s, language)).collect(),
            revision: event.revision,
        }
    }
}
