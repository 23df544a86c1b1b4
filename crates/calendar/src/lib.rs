//! Calendars (iCalendar, RFC 5545): an event, its programme, and a person's own entry, to be fetched or to go by mail.
//!
//! What is the same makes the same bytes: nothing in them says when they were asked for.

mod entry;
mod zone;

use std::collections::HashMap;

use icalendar::{Calendar, Component as _, Property};
use plenaria_domain::event::{Event, EventStatus};
use plenaria_domain::language::Language;
use plenaria_domain::registration::{Registration, RegistrationStatus};

use crate::entry::Entry;

/// The type of a calendar, without parameters.
pub const MEDIA_TYPE: &str = "text/calendar";

/// What somebody who gets a calendar is to do with it (RFC 5546).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// To know of it.
    Publish,
    /// To put it into their calendar, or to change it there.
    Request,
    /// To take it out of their calendar.
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

/// Where a person's entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Tentative,
    Confirmed,
    Cancelled,
}

/// Who sends an invitation.
#[derive(Clone, Copy, Debug)]
pub struct Organiser<'a> {
    /// The name.
    pub name: &'a str,
    /// The address that the mail comes from.
    pub address: &'a str,
}

/// An event as one entry. Here and below, `public_url` is where callers find the API, without a slash at the end.
pub fn of_event(event: &Event, language: &Language, public_url: &str) -> String {
    written(Method::Publish, event, None, vec![Entry::of_event(event, language, public_url).write()])
}

/// An event's programme, each session as one entry. Sessions of the same title in different tracks have their track in
/// the title: many readers show nothing else.
pub fn of_programme(event: &Event, language: &Language, public_url: &str) -> String {
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
    written(Method::Publish, event, Some(title), entries.iter().map(Entry::write).collect())
}

/// A person's own entry, to be fetched. It holds nothing that opens the registration, since calendars are shared.
pub fn of_registration(event: &Event, registration: &Registration, language: &Language, public_url: &str) -> String {
    written(Method::Publish, event, None, vec![personal(event, registration, language, public_url).write()])
}

/// A person's own entry, to go by mail.
pub fn invitation(
    method: Method,
    event: &Event,
    registration: &Registration,
    organiser: Organiser<'_>,
    language: &Language,
    public_url: &str,
) -> String {
    let mut entry = personal(event, registration, language, public_url);
    if method == Method::Cancel {
        entry.status = Status::Cancelled;
    }
    let mut entry = entry.write();
    let mut from = Property::new("ORGANIZER", entry::mailto(organiser.address));
    from.add_parameter("CN", &entry::parameter(organiser.name));
    let attendee = &registration.attendee;
    let mut to = Property::new("ATTENDEE", entry::mailto(attendee.email.as_given()));
    // Whoever registered has said yes, and answers go nowhere.
    to.add_parameter("CN", &entry::parameter(&attendee.name))
        .add_parameter("ROLE", "REQ-PARTICIPANT")
        .add_parameter("PARTSTAT", "ACCEPTED")
        .add_parameter("RSVP", "FALSE");
    entry.append_property(from).append_multi_property(to);
    written(method, event, None, vec![entry])
}

/// The event's entry with what is this person's: the id, where it stands, and a number that grows with either's changes.
fn personal<'a>(event: &'a Event, registration: &Registration, language: &Language, public_url: &str) -> Entry<'a> {
    let entry = Entry::of_event(event, language, public_url);
    let status = match registration.status {
        RegistrationStatus::Cancelled => Status::Cancelled,
        _ if event.definition.status == EventStatus::Cancelled => Status::Cancelled,
        RegistrationStatus::Confirmed => Status::Confirmed,
        RegistrationStatus::Waitlisted | RegistrationStatus::Pending => Status::Tentative,
    };
    Entry {
        id: registration.id.0,
        status,
        sequence: entry.sequence + registration.revision - 1,
        changed_at: entry.changed_at.max(registration.updated_at),
        ..entry
    }
}

/// The whole text. The crate that writes it knows no zones, so their definition is put before the first entry.
fn written(method: Method, event: &Event, name: Option<&str>, entries: Vec<icalendar::Event>) -> String {
    let mut calendar = Calendar::empty();
    for (key, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//Plenaria//Plenaria//EN"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", method.as_str()),
    ] {
        calendar.append_property(Property::new(key, value));
    }
    if let Some(name) = name {
        calendar.name(name);
    }
    calendar.extend(entries);
    let text = folded(&calendar.to_string());
    match zone::definition(event.definition.time_zone, event.starts_at, event.ends_at) {
        Some(zone) => text.replacen("\r\nBEGIN:VEVENT\r\n", &format!("\r\n{zone}BEGIN:VEVENT\r\n"), 1),
        None => text,
    }
}

/// Folds lines anew, at 75 octets and between characters: the crate's last pieces may have 76.
fn folded(text: &str) -> String {
    const LONGEST: usize = 75;
    let mut folded = String::with_capacity(text.len() + text.len() / 16);
    for line in text.replace("\r\n ", "").split_terminator("\r\n") {
        let mut length = 0;
        for character in line.chars() {
            if length + character.len_utf8() > LONGEST {
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
