//! One entry: a VEVENT.

use std::fmt::Write as _;

use icalendar::{Component as _, Event as Vevent, EventLike as _, Property};
use plenaria_domain::event::{Event, EventStatus};
use plenaria_domain::language::Language;
use plenaria_domain::session::Session;
use plenaria_domain::speaker::Speaker;
use plenaria_domain::text::Translated;
use plenaria_domain::time::{Instant, local_of};
use plenaria_domain::time_zone::TimeZone;
use uuid::Uuid;

use crate::{Status, zone};

/// What an entry says.
pub(crate) struct Entry<'a> {
    pub(crate) id: Uuid,
    pub(crate) status: Status,
    /// Grows whenever the time or the status changes.
    pub(crate) sequence: i64,
    pub(crate) changed_at: Instant,
    pub(crate) starts_at: Instant,
    pub(crate) ends_at: Instant,
    pub(crate) zone: TimeZone,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) place: Option<String>,
    pub(crate) topics: Vec<&'a str>,
}

impl<'a> Entry<'a> {
    pub(crate) fn of_event(event: &'a Event, language: &Language) -> Self {
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
            place: definition.place.as_ref().map(|place| text(place).to_owned()),
            topics: definition.topics.iter().map(text).collect(),
        }
    }

    pub(crate) fn of_session(event: &'a Event, session: &'a Session, language: &Language) -> Self {
        let whole = Self::of_event(event, language);
        let own = &event.definition.language;
        let speakers: Vec<&Speaker> =
            session.speakers.iter().filter_map(|(_, id)| event.programme.speaker(*id)).map(AsRef::as_ref).collect();
        let about = session.definition.r#abstract.as_ref().map(|text| text.get(language, own).to_owned());
        let people = speakers.iter().map(|speaker| introduce(speaker, language));
        let people: Vec<String> = people.collect();
        let parts: Vec<String> = about.into_iter().chain((!people.is_empty()).then(|| people.join("\n"))).collect();
        Self {
            id: session.id.0,
            // A card may come with another event's definition.
            changed_at: speakers.iter().map(|s| s.updated_at).fold(whole.changed_at, Instant::max),
            starts_at: session.starts_at,
            ends_at: session.ends_at,
            title: session.definition.title.get(language, own).to_owned(),
            description: parts.join("\n\n"),
            topics: Vec::new(),
            ..whole
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
        if let Some(place) = &self.place {
            entry.location(place);
        }
        if !self.topics.is_empty() {
            entry.categories(&self.topics);
        }
        entry
    }

    /// A time on the clock of the event's zone, or in UTC where the zone's clocks show it twice: it would mean the first
    /// of them, and not every reader knows that.
    fn time(&self, name: &str, at: Instant) -> Property {
        let local = local_of(at, self.zone);
        if zone::is_utc(self.zone) || self.zone.repeats(local) {
            return Property::new(name, at.format("%Y%m%dT%H%M%SZ").to_string());
        }
        let mut property = Property::new(name, local.format("%Y%m%dT%H%M%S").to_string());
        property.add_parameter("TZID", self.zone.name());
        property
    }
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Tentative => "TENTATIVE",
            Self::Confirmed => "CONFIRMED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

fn status(event: &Event) -> Status {
    if event.definition.status == EventStatus::Cancelled { Status::Cancelled } else { Status::Confirmed }
}

/// A speaker in one line.
fn introduce(speaker: &Speaker, language: &Language) -> String {
    let card = &speaker.card;
    let text = |t: &Option<Translated>| t.as_ref().map(|t| t.get(language, &speaker.language).to_owned());
    let parts = [Some(card.name.clone()), text(&card.position), text(&card.organisation)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A parameter's value, in which quotes are not allowed as they are (RFC 6868).
pub(crate) fn parameter(value: &str) -> String {
    value.replace('^', "^^").replace('"', "^'")
}

/// An address as a URI (RFC 6068).
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
