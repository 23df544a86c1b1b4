//! Arranges the sessions of an event by days and rooms, with the numbers and names that the frab format requires.

use std::collections::{HashMap, HashSet};

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta, Timelike as _};
use plenaria_domain::event::session::{Session, SessionStatus};
use plenaria_domain::event::speaker::Speaker;
use plenaria_domain::event::{Event, Material, MaterialKind};
use plenaria_domain::values::language::Language;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::text::Translated;
use plenaria_domain::values::time::Instant;
use plenaria_domain::values::wall_clock::local_of;
use uuid::Uuid;

use crate::icalendar::time_zone;
use crate::place;

/// The hour of local time before which a session may still belong to the day before.
const DAY_BEGINS_AT: u32 = 6;
/// The longest break within a night. A session that begins later is the first of a new day.
const LONGEST_NIGHT_BREAK: TimeDelta = TimeDelta::hours(2);
/// The least length of an acronym, which schemas of the format require.
const MIN_ACRONYM: usize = 4;

/// The schedule of an event in one language.
pub(super) struct Schedule<'a> {
    pub(super) event: &'a Event,
    pub(super) language: &'a Language,
    pub(super) public_url: &'a PublicUrl,
    /// The rooms in the order of the definition. Their names are distinct.
    pub(super) rooms: Vec<Room<'a>>,
    /// The days with sessions, at least one.
    pub(super) days: Vec<Day<'a>>,
    numbers: HashMap<Uuid, u32>,
}

/// A room, or the place of sessions without one.
pub(super) struct Room<'a> {
    /// The key; `None` for the place of sessions without a room.
    pub(super) key: Option<&'a Slug>,
    pub(super) name: String,
    pub(super) guid: Uuid,
}

/// A day of the conference. It may last until after midnight.
pub(super) struct Day<'a> {
    pub(super) date: NaiveDate,
    pub(super) starts_at: Instant,
    pub(super) ends_at: Instant,
    /// The sessions in the order of their starts, each with the index of its room.
    sessions: Vec<(usize, &'a Session)>,
}

/// Where a link to a material belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkPlace {
    Links,
    Attachments,
}

impl<'a> Schedule<'a> {
    pub(super) fn new(event: &'a Event, language: &'a Language, public_url: &'a PublicUrl) -> Self {
        let mut sessions: Vec<&Session> = event.programme.sessions.iter().filter(|s| takes_place(event, s)).collect();
        sessions.sort_by_key(|session| session.starts_at);
        let rooms = rooms(event, language, &sessions);
        let days = days(event, &rooms, &sessions);
        let ids = event.programme.sessions.iter().map(|session| session.id.0);
        let numbers = numbers(ids.chain(event.programme.speakers.iter().map(|speaker| speaker.id.0)));
        Self { event, language, public_url, rooms, days, numbers }
    }

    /// A text in the schedule's language.
    pub(super) fn text(&self, text: &'a Translated) -> &'a str {
        text.get(self.language, &self.event.definition.language)
    }

    /// The short name: the slug without hyphens, which the format forbids here.
    pub(super) fn acronym(&self) -> String {
        format!("{:_<MIN_ACRONYM$}", self.event.definition.slug.as_str().replace('-', "_"))
    }

    /// The version, by which apps notice changes: the revision, and the time of the last change, because speakers also
    /// change with other events.
    pub(super) fn version(&self) -> String {
        let changes = self.event.programme.speakers.iter().map(|speaker| speaker.updated_at);
        let changed_at = changes.fold(self.event.updated_at, Instant::max);
        format!("{} ({})", self.event.revision, changed_at.format("%Y-%m-%dT%H:%M:%SZ"))
    }

    /// The address of the event's page.
    pub(super) fn url(&self) -> String {
        self.event.url_for_people(self.public_url)
    }

    /// The name of the time zone, if schemas of the format accept it.
    pub(super) fn zone_name(&self) -> Option<&'static str> {
        let zone = self.event.definition.time_zone;
        if time_zone::is_utc(zone) {
            return Some("UTC");
        }
        let (area, place) = zone.name().split_once('/')?;
        let is_capitalised = |word: &str| {
            let mut letters = word.chars();
            letters.next().is_some_and(|c| c.is_ascii_uppercase())
                && letters.next().is_some_and(|c| c.is_ascii_lowercase())
        };
        (is_capitalised(area) && area.chars().skip(1).all(|c| c.is_ascii_lowercase()) && is_capitalised(place))
            .then(|| zone.name())
    }

    /// An instant in local time with its offset.
    pub(super) fn local_time(&self, at: Instant) -> String {
        self.event.definition.time_zone.at(at).to_rfc3339()
    }

    /// The greatest length of time of which all starts and lengths are multiples, in minutes.
    pub(super) fn timeslot_minutes(&self) -> u32 {
        let sessions = self.days.iter().flat_map(|day| &day.sessions);
        let slot = sessions.fold(0, |slot, (_, session)| {
            let start = session.local_start.num_seconds_from_midnight();
            let start = if start.is_multiple_of(60) { start / 60 } else { 1 };
            greatest_common_divisor(greatest_common_divisor(slot, start), session.definition.minutes)
        });
        slot.max(1)
    }

    /// The rooms in use on a day, each with its sessions in the order of their starts.
    pub(super) fn rooms_of(&self, day: &'a Day<'a>) -> impl Iterator<Item = (&Room<'a>, Vec<&'a Session>)> {
        let rooms = self.rooms.iter().enumerate().map(|(index, room)| {
            let sessions = day.sessions.iter().filter(|(used, _)| *used == index).map(|(_, session)| *session);
            (room, sessions.collect::<Vec<_>>())
        });
        rooms.filter(|(_, sessions)| !sessions.is_empty())
    }

    /// The tracks, each once.
    pub(super) fn tracks(&self) -> Vec<&'a str> {
        let mut seen = HashSet::new();
        let sessions = self.event.programme.sessions.iter();
        let tracks = sessions.filter_map(|session| session.definition.track.as_ref()).map(|track| self.text(track));
        tracks.filter(|track| seen.insert(*track)).collect()
    }

    /// The number of a session or a speaker, for programs that know no other ids.
    pub(super) fn number(&self, id: Uuid) -> u32 {
        self.numbers.get(&id).copied().unwrap_or(1)
    }

    /// The name of a session in addresses, unique among all schedules that a program may read.
    pub(super) fn slug(&self, session: &Session) -> String {
        format!("{}-{}-{}", self.acronym(), self.number(session.id.0), session.definition.key)
    }

    /// The address of a session for people: its part of the event's page.
    pub(super) fn session_url(&self, session: &Session) -> String {
        format!("{}#session-{}", self.url(), session.definition.key)
    }

    /// The address of a session in the API.
    pub(super) fn origin_url(&self, session: &Session) -> String {
        let slug = &self.event.definition.slug;
        format!("{}/v1/events/{slug}/sessions/{}", self.public_url, session.definition.key)
    }

    /// The language of a session.
    pub(super) fn language_of(&self, session: &'a Session) -> &'a str {
        session.definition.language.as_ref().unwrap_or(&self.event.definition.language).as_str()
    }

    /// The speakers of a session.
    pub(super) fn speakers(&self, session: &'a Session) -> impl Iterator<Item = &'a Speaker> {
        let programme = &self.event.programme;
        session.speakers.iter().filter_map(|(_, id)| programme.speaker(*id)).map(AsRef::as_ref)
    }

    /// The materials of a session that belong in this place: the label, the address, and the format's name for the kind.
    pub(super) fn materials(
        &self,
        session: &'a Session,
        place: LinkPlace,
    ) -> impl Iterator<Item = (&'a str, &'a str, &'static str)> {
        let materials = session.definition.materials.iter().filter(move |material| kind(material).0 == place);
        materials.map(|material| (self.text(&material.label), material.url.as_str(), kind(material).1))
    }
}

/// The address at which people comment on a session: its first survey.
pub(super) fn feedback_url(session: &Session) -> Option<&str> {
    let survey = session.definition.materials.iter().find(|material| material.kind == MaterialKind::Survey);
    survey.map(|material| material.url.as_str())
}

/// A length of time as hours and minutes.
pub(super) fn hours_and_minutes(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn kind(material: &Material) -> (LinkPlace, &'static str) {
    match material.kind {
        MaterialKind::Slides => (LinkPlace::Attachments, "slides"),
        MaterialKind::Document => (LinkPlace::Attachments, "paper"),
        MaterialKind::Recording => (LinkPlace::Links, "media"),
        MaterialKind::Survey => (LinkPlace::Links, "web"),
        MaterialKind::Other => (LinkPlace::Links, "related"),
    }
}

fn takes_place(event: &Event, session: &Session) -> bool {
    event.is_published() && session.definition.status == SessionStatus::Scheduled
}

/// The rooms of an event, and the place of sessions without one. A program tells rooms apart by their names, so a name that is
/// taken gets the key appended.
fn rooms<'a>(event: &'a Event, language: &Language, sessions: &[&Session]) -> Vec<Room<'a>> {
    let guid = |name: &str| Uuid::new_v5(&event.id.0, name.as_bytes());
    let mut rooms: Vec<Room<'a>> = Vec::new();
    for room in &event.definition.rooms {
        let mut name = room.name.get(language, &event.definition.language).to_owned();
        while rooms.iter().any(|other| other.name == name) {
            name = format!("{name} ({})", room.key);
        }
        rooms.push(Room { key: Some(&room.key), name, guid: guid(room.key.as_str()) });
    }
    let place = place::name(event, language);
    let is_needed = sessions.iter().any(|session| event.room_of(&session.definition).is_none());
    if is_needed && rooms.iter().all(|room| room.name != place) {
        // The empty text is no room's key.
        rooms.push(Room { key: None, name: place.to_owned(), guid: guid("") });
    }
    rooms
}

/// The index of a session's room. A session without a room is in the room that has the name of the place, which is the last one
/// unless a room of the definition has that name.
fn room_index(event: &Event, rooms: &[Room<'_>], session: &Session) -> usize {
    let found = match event.room_of(&session.definition) {
        Some(room) => rooms.iter().position(|other| other.key == Some(&room.key)),
        None => rooms.iter().position(|other| other.key.is_none()),
    };
    found.unwrap_or_default()
}

/// The days of sessions that are ordered by their starts.
fn days<'a>(event: &Event, rooms: &[Room<'a>], sessions: &[&'a Session]) -> Vec<Day<'a>> {
    let mut days: Vec<Day<'a>> = Vec::new();
    for session in sessions {
        let entry = (room_index(event, rooms, session), *session);
        match days.last_mut().filter(|day| continues(day, session.local_start, session.starts_at)) {
            Some(day) => {
                day.ends_at = day.ends_at.max(session.ends_at);
                day.sessions.push(entry);
            }
            None => days.push(Day {
                date: session.local_start.date(),
                starts_at: session.starts_at,
                ends_at: session.ends_at,
                sessions: vec![entry],
            }),
        }
    }
    if days.is_empty() {
        let date = local_of(event.starts_at, event.definition.time_zone).date();
        days.push(Day { date, starts_at: event.starts_at, ends_at: event.ends_at, sessions: Vec::new() });
    }
    days
}

/// Whether a session that begins then belongs to this day: it begins on its date, or in the night after it and soon after the
/// sessions before it.
fn continues(day: &Day<'_>, local_start: NaiveDateTime, starts_at: Instant) -> bool {
    local_start.date() <= day.date
        || Some(local_start.date()) == day.date.checked_add_days(Days::new(1))
            && local_start.hour() < DAY_BEGINS_AT
            && starts_at - day.ends_at <= LONGEST_NIGHT_BREAK
}

/// A positive number of 31 bits for each id: its last bits. Where those of two ids are equal, the later id gets the next number
/// that is free, so that the number of an id does not change when others are added.
fn numbers(ids: impl Iterator<Item = Uuid>) -> HashMap<Uuid, u32> {
    const MAX: u32 = 0x7fff_ffff;
    let mut ids: Vec<Uuid> = ids.collect();
    ids.sort_unstable();
    let mut taken = HashSet::new();
    let numbers = ids.into_iter().map(|id| {
        let [.., a, b, c, d] = *id.as_bytes();
        let mut number = u32::from_be_bytes([a, b, c, d]) & MAX;
        while number == 0 || !taken.insert(number) {
            number = number % MAX + 1;
        }
        (id, number)
    });
    numbers.collect()
}

const fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
