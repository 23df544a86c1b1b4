//! One entry: a VEVENT.

use std::fmt::Write as _;

use chrono::TimeZone as _;
use chrono_tz::Tz;
use icalendar::{Component as _, Event as Vevent, EventLike as _, Property};
use plenaria_domain::event::{Event, EventStatus};
use plenaria_domain::language::Language;
use plenaria_domain::session::Session;
use plenaria_domain::speaker::Speaker;
use plenaria_domain::text::Translated;
use plenaria_domain::time::Instant;
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
    pub(crate) zone: Tz,
    pub(crate) title: String,
    pub(crate) description: String,
    /// The room within the place. Sessions have none yet.
    pub(crate) room: Option<String>,
    pub(crate) place: Option<String>,
    /// An event's topics, a session's track.
    pub(crate) categories: Vec<&'a str>,
    /// The event's page.
    pub(crate) url: String,
}

impl<'a> Entry<'a> {
    pub(crate) fn of_event(event: &'a Event, language: &Language, public_url: &str) -> Self {
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
            url: event.page_url(public_url),
        }
    }

    /// A session's entry. Sessions of several tracks run at the same time, so its track begins the description.
    pub(crate) fn of_session(event: &'a Event, session: &'a Session, language: &Language, public_url: &str) -> Self {
        let whole = Self::of_event(event, language, public_url);
        let own = &event.definition.language;
        let track = session.definition.track.as_ref().map(|track| track.get(language, own));
        let speakers: Vec<&Speaker> =
            session.speakers.iter().filter_map(|(_, id)| event.programme.speaker(*id)).map(AsRef::as_ref).collect();
        let about = session.definition.r#abstract.as_ref().map(|text| text.get(language, own).to_owned());
        let people = speakers.iter().map(|speaker| introduce(speaker, language));
        let people: Vec<String> = people.collect();
        let people = (!people.is_empty()).then(|| people.join("\n"));
        let parts: Vec<String> = track.map(str::to_owned).into_iter().chain(about).chain(people).collect();
        Self {
            id: session.id.0,
            // A card may come with another event's definition.
            changed_at: speakers.iter().map(|s| s.updated_at).fold(whole.changed_at, Instant::max),
            starts_at: session.starts_at,
            ends_at: session.ends_at,
            title: session.definition.title.get(language, own).to_owned(),
            description: parts.join("\n\n"),
            categories: track.into_iter().collect(),
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
        let location: Vec<&str> = self.room.iter().chain(&self.place).map(String::as_str).collect();
        if !location.is_empty() {
            entry.location(&location.join(", "));
        }
        if !self.categories.is_empty() {
            entry.categories(&self.categories);
        }
        entry.url(&self.url);
        entry
    }

    /// A time on the clock of the event's zone, or in UTC where the zone's clocks show it twice: it would mean the first
    /// of them, and not every reader knows that.
    fn time(&self, name: &str, at: Instant) -> Property {
        let local = at.with_timezone(&self.zone).naive_local();
        if zone::is_utc(self.zone) || self.zone.from_local_datetime(&local).single().is_none() {
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
