//! Writes iCalendar objects (RFC 5545): an event, its programme, many events to subscribe to, and a person's entry, to be
//! downloaded or sent by mail.
//!
//! Equal input gives equal bytes: no property depends on the time of the request.

mod entry;
pub(crate) mod time_zone;

use std::collections::{BTreeMap, HashMap};

use icalendar::{Calendar, Component as _, Property};
use plenaria_domain::event::{Event, EventStatus};
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::values::language::Language;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::time::Instant;
use plenaria_domain::values::time_zone::TimeZone;

use crate::icalendar::entry::{Entry, EntryStatus};

/// The media type of iCalendar, without parameters.
pub const MEDIA_TYPE: &str = "text/calendar";

/// How often programs are asked to read a calendar that they subscribe to: every hour.
const REFRESH_INTERVAL: &str = "PT1H";
/// The longest description of an event in a calendar of many events, in characters.
const MAX_FEED_DESCRIPTION: usize = 1_000;

/// The method of a calendar: what the recipient is asked to do with it (RFC 5546).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The calendar is for information.
    Publish,
    /// The recipient is to add the entry to a calendar, or to update it there.
    Request,
    /// The recipient is to remove the entry.
    Cancel,
}

impl Method {
    /// The method's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// The sender of an invitation.
#[derive(Clone, Copy, Debug)]
pub struct Organiser<'a> {
    /// The name.
    pub name: &'a str,
    /// The address that the mail is sent from.
    pub address: &'a str,
}

/// A calendar with the event as one entry. Here and below, `public_url` is the address of the API.
pub fn event_calendar(event: &Event, language: &Language, public_url: &PublicUrl) -> String {
    write_calendar(Method::Publish, event, None, vec![Entry::of_event(event, language, public_url).write()])
}

/// A calendar with one entry for each session of the event's programme. If several sessions have the same title, their
/// tracks are added to their titles, because many calendar programs display only titles.
pub fn programme_calendar(event: &Event, language: &Language, public_url: &PublicUrl) -> String {
    let entry = |session| Entry::of_session(event, session, language, public_url);
    let mut entries: Vec<Entry<'_>> = event.programme.sessions.iter().map(entry).collect();
    let mut titles: HashMap<String, usize> = HashMap::new();
    for entry in &entries {
        *titles.entry(entry.title.clone()).or_default() += 1;
    }
    for entry in &mut entries {
        if let Some(track) = entry.categories.first()
            && titles.get(&entry.title).is_some_and(|count| *count > 1)
        {
            entry.title = format!("{} ({track})", entry.title);
        }
    }
    let title = event.definition.title.get(language, &event.definition.language);
    write_calendar(Method::Publish, event, Some(title), entries.iter().map(Entry::write).collect())
}

/// A calendar of many events, each in its language, to subscribe to. `source` is the calendar's own address. Long descriptions
/// are shortened, because the calendar is read again and again.
pub fn events_calendar<'a>(
    events: impl IntoIterator<Item = (&'a Event, &'a Language)>,
    name: &str,
    source: &str,
    public_url: &PublicUrl,
) -> String {
    let mut zones = Zones::new();
    let mut entries = Vec::new();
    for (event, language) in events {
        add_zone(&mut zones, event);
        let mut entry = Entry::of_event(event, language, public_url);
        if let Some((end, _)) = entry.description.char_indices().nth(MAX_FEED_DESCRIPTION) {
            entry.description.truncate(end);
            entry.description.push('…');
        }
        entries.push(entry.write());
    }
    let mut calendar = new_calendar(Method::Publish);
    let mut typed = |name: &str, kind: &str, value: &str| {
        let mut property = Property::new(name, value);
        property.add_parameter("VALUE", kind);
        calendar.append_property(property);
    };
    // The library escapes the values of names that it does not know only if their type says so.
    typed("NAME", "TEXT", name);
    typed("SOURCE", "URI", source);
    typed("REFRESH-INTERVAL", "DURATION", REFRESH_INTERVAL);
    // The names of the same properties before RFC 7986.
    calendar.append_property(Property::new("X-WR-CALNAME", name));
    calendar.append_property(Property::new("X-PUBLISHED-TTL", REFRESH_INTERVAL));
    write(calendar, entries, &zones)
}

/// A calendar with a person's entry, to be downloaded. It contains nothing that gives access to the registration,
/// because people share their calendars.
pub fn registration_calendar(
    event: &Event,
    registration: &Registration,
    language: &Language,
    public_url: &PublicUrl,
) -> String {
    let entry = registration_entry(event, registration, language, public_url);
    write_calendar(Method::Publish, event, None, vec![entry.write()])
}

/// A calendar with a person's entry, to be sent by mail.
pub fn invitation(
    method: Method,
    event: &Event,
    registration: &Registration,
    organiser: Organiser<'_>,
    language: &Language,
    public_url: &PublicUrl,
) -> String {
    let mut entry = registration_entry(event, registration, language, public_url);
    if method == Method::Cancel {
        entry.status = EntryStatus::Cancelled;
    }
    let mut component = entry.write();
    let mut from = Property::new("ORGANIZER", entry::mailto(organiser.address));
    from.add_parameter("CN", &entry::parameter(organiser.name));
    let attendee = &registration.attendee;
    let mut to = Property::new("ATTENDEE", entry::mailto(attendee.email.as_given()));
    // People who register have accepted already, and replies to the mail are not processed.
    to.add_parameter("CN", &entry::parameter(&attendee.name))
        .add_parameter("ROLE", "REQ-PARTICIPANT")
        .add_parameter("PARTSTAT", "ACCEPTED")
        .add_parameter("RSVP", "FALSE");
    component.append_property(from).append_multi_property(to);
    write_calendar(method, event, None, vec![component])
}

/// The event's entry with the registration's id and status, and a sequence number that grows with changes of either.
fn registration_entry<'a>(
    event: &'a Event,
    registration: &Registration,
    language: &Language,
    public_url: &PublicUrl,
) -> Entry<'a> {
    let entry = Entry::of_event(event, language, public_url);
    let status = match registration.status {
        RegistrationStatus::Cancelled => EntryStatus::Cancelled,
        _ if event.definition.status == EventStatus::Cancelled => EntryStatus::Cancelled,
        RegistrationStatus::Confirmed => EntryStatus::Confirmed,
        RegistrationStatus::Waitlisted | RegistrationStatus::Pending => EntryStatus::Tentative,
    };
    Entry {
        id: registration.id.0,
        status,
        sequence: entry.sequence + registration.revision - 1,
        changed_at: entry.changed_at.max(registration.updated_at),
        ..entry
    }
}

/// The time zones of a calendar, each with the time from the first to the last entry in it.
type Zones = BTreeMap<&'static str, (TimeZone, Instant, Instant)>;

fn add_zone(zones: &mut Zones, event: &Event) {
    let zone = event.definition.time_zone;
    let (_, from, until) = zones.entry(zone.name()).or_insert((zone, event.starts_at, event.ends_at));
    (*from, *until) = ((*from).min(event.starts_at), (*until).max(event.ends_at));
}

/// Writes a calendar with these entries of an event.
fn write_calendar(method: Method, event: &Event, name: Option<&str>, entries: Vec<icalendar::Event>) -> String {
    let mut calendar = new_calendar(method);
    if let Some(name) = name {
        calendar.name(name);
    }
    let mut zones = Zones::new();
    add_zone(&mut zones, event);
    write(calendar, entries, &zones)
}

fn new_calendar(method: Method) -> Calendar {
    let mut calendar = Calendar::empty();
    for (key, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//Plenaria//Plenaria//EN"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", method.as_str()),
    ] {
        calendar.append_property(Property::new(key, value));
    }
    calendar
}

/// Writes a calendar with these entries. The `icalendar` crate does not write time zones, so the definitions of the entries'
/// zones are inserted before the first entry.
fn write(mut calendar: Calendar, entries: Vec<icalendar::Event>, zones: &Zones) -> String {
    calendar.extend(entries);
    let text = fold_lines(&calendar.to_string());
    let zones = zones.values().filter_map(|(zone, from, until)| time_zone::definition(*zone, *from, *until));
    let zones: String = zones.collect();
    text.replacen("\r\nBEGIN:VEVENT\r\n", &format!("\r\n{zones}BEGIN:VEVENT\r\n"), 1)
}

/// Folds lines again, at 75 octets and between characters, because the `icalendar` crate's last parts may have 76
/// octets.
fn fold_lines(text: &str) -> String {
    const MAX_OCTETS: usize = 75;
    let mut folded = String::with_capacity(text.len() + text.len() / 16);
    for line in text.replace("\r\n ", "").split_terminator("\r\n") {
        let mut length = 0;
        for character in line.chars() {
            if length + character.len_utf8() > MAX_OCTETS {
                folded.push_str("\r\n ");
                length = 1;
            }
            folded.push(character);
            length += character.len_utf8();
        }
        folded.push_str("\r\n");
    }
    folded
}

#[cfg(test)]
mod tests;
