//! Writes one entry of a calendar (VEVENT), made from an event or a session.

use std::fmt::Write as _;

use icalendar::{Component as _, Event as Vevent, EventLike as _, Property};
use plenaria_domain::event::session::{Session, SessionStatus};
use plenaria_domain::event::speaker::Speaker;
use plenaria_domain::event::{Contact, Event, EventStatus};
use plenaria_domain::values::language::Language;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::text::Translated;
use plenaria_domain::values::time::Instant;
use plenaria_domain::values::time_zone::TimeZone;
use plenaria_domain::values::wall_clock::local_of;
use uuid::Uuid;

use crate::icalendar::time_zone;

/// The status of an entry (RFC 5545, section 3.8.1.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryStatus {
    Tentative,
    Confirmed,
    Cancelled,
}

impl EntryStatus {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Tentative => "TENTATIVE",
            Self::Confirmed => "CONFIRMED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// The content of an entry.
pub(crate) struct Entry<'a> {
    pub(crate) id: Uuid,
    pub(crate) status: EntryStatus,
    /// The sequence number, which grows whenever the time or the status changes.
    pub(crate) sequence: i64,
    pub(crate) changed_at: Instant,
    pub(crate) starts_at: Instant,
    pub(crate) ends_at: Instant,
    pub(crate) zone: TimeZone,
    pub(crate) title: String,
    pub(crate) description: String,
    /// The session's room at the venue.
    pub(crate) room: Option<String>,
    /// The venue.
    pub(crate) place: Option<String>,
    /// The event's topics, or the session's track.
    pub(crate) categories: Vec<&'a str>,
    /// The address of the event's page.
    pub(crate) url: String,
    /// How to reach the organisers: name, e-mail address and page.
    pub(crate) contact: Option<String>,
}

impl<'a> Entry<'a> {
    pub(crate) fn of_event(event: &'a Event, language: &Language, public_url: &PublicUrl) -> Self {
        let definition = &event.definition;
        let text = |t: &'a Translated| t.get(language, &definition.language);
        let description = definition.summary.as_ref().or(definition.description.as_ref());
        Self {
            id: event.id.0,
            status: status(event),
            sequence: event.revision - 1,
            changed_at: event.updated_at,
            starts_at: event.starts_at,
            ends_at: event.ends_at,
            zone: definition.time_zone,
            title: text(&definition.title).to_owned(),
            description: description.map(text).unwrap_or_default().to_owned(),
            room: None,
            place: definition.place.as_ref().map(|place| text(place).to_owned()),
            categories: definition.topics.iter().map(text).collect(),
            url: event.url_for_people(public_url),
            contact: definition.contact.as_ref().map(|contact| contact_line(contact, language, &definition.language)),
        }
    }

    /// The entry of a session. Its description begins with its track, because sessions of different tracks run at the
    /// same time.
    pub(crate) fn of_session(
        event: &'a Event,
        session: &'a Session,
        language: &Language,
        public_url: &PublicUrl,
    ) -> Self {
        let event_entry = Self::of_event(event, language, public_url);
        let event_language = &event.definition.language;
        let track = session.definition.track.as_ref().map(|track| track.get(language, event_language));
        let speakers: Vec<&Speaker> =
            session.speakers.iter().filter_map(|(_, id)| event.programme.speaker(*id)).map(AsRef::as_ref).collect();
        let summary = session.definition.r#abstract.as_ref().map(|text| text.get(language, event_language).to_owned());
        let people: Vec<String> = speakers.iter().map(|speaker| speaker_line(speaker, language)).collect();
        let people = (!people.is_empty()).then(|| people.join("\n"));
        let room = event.room_of(&session.definition).map(|room| room.name.get(language, event_language).to_owned());
        let status = match session.definition.status {
            SessionStatus::Cancelled => EntryStatus::Cancelled,
            SessionStatus::Scheduled => event_entry.status,
        };
        let paragraphs: Vec<String> = track.map(str::to_owned).into_iter().chain(summary).chain(people).collect();
        Self {
            id: session.id.0,
            status,
            room,
            // A speaker's card may have changed with another event's definition.
            changed_at: speakers.iter().map(|s| s.updated_at).fold(event_entry.changed_at, Instant::max),
            starts_at: session.starts_at,
            ends_at: session.ends_at,
            title: session.definition.title.get(language, event_language).to_owned(),
            description: paragraphs.join("\n\n"),
            categories: track.into_iter().collect(),
            ..event_entry
        }
    }

    pub(crate) fn write(&self) -> Vevent {
        let mut entry = Vevent::new();
        entry
            .uid(&self.id.to_string())
            .timestamp(self.changed_at)
            .last_modified(self.changed_at)
            .summary(&self.title)
            .add_property("SEQUENCE", self.sequence.to_string())
            .add_property("STATUS", self.status.as_str())
            .append_property(self.time("DTSTART", self.starts_at))
            .append_property(self.time("DTEND", self.ends_at));
        if !self.description.is_empty() {
            entry.description(&self.description);
        }
        let location: Vec<&str> = self.room.iter().chain(&self.place).map(String::as_str).collect();
        if !location.is_empty() {
            entry.location(&location.join(", "));
        }
        if !self.categories.is_empty() {
            entry.categories(&self.categories);
        }
        entry.url(&self.url);
        if let Some(contact) = &self.contact {
            entry.add_property("CONTACT", contact);
        }
        entry
    }

    /// A time in the event's zone; in UTC if the zone's local time occurs twice, because not all calendar programs know
    /// that it means the first occurrence.
    fn time(&self, name: &str, at: Instant) -> Property {
        let local = local_of(at, self.zone);
        if time_zone::is_utc(self.zone) || self.zone.repeats(local) {
            return Property::new(name, at.format("%Y%m%dT%H%M%SZ").to_string());
        }
        let mut property = Property::new(name, local.format("%Y%m%dT%H%M%S").to_string());
        property.add_parameter("TZID", self.zone.name());
        property
    }
}

fn status(event: &Event) -> EntryStatus {
    if event.definition.status == EventStatus::Cancelled { EntryStatus::Cancelled } else { EntryStatus::Confirmed }
}

/// A line with a speaker's name, position and organisation.
fn speaker_line(speaker: &Speaker, language: &Language) -> String {
    let card = &speaker.card;
    let text = |t: &Option<Translated>| t.as_ref().map(|t| t.get(language, &speaker.language).to_owned());
    let parts = [Some(card.name.clone()), text(&card.position), text(&card.organisation)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A line with a contact's name, e-mail address and page.
fn contact_line(contact: &Contact, language: &Language, event_language: &Language) -> String {
    let name = contact.name.as_ref().map(|name| name.get(language, event_language));
    let parts = [name, contact.email.as_deref(), contact.url.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Encodes a parameter's value, in which quotes are not allowed (RFC 6868).
pub(crate) fn parameter(value: &str) -> String {
    value.replace('^', "^^").replace('"', "^'")
}

/// An e-mail address as a `mailto` URI (RFC 6068).
pub(crate) fn mailto(address: &str) -> String {
    let mut uri = "mailto:".to_owned();
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"!$'*+-._~@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
