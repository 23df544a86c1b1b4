//! Writes the programme of an event as a schedule in the frab format, which apps for conferences read (Giggity, `EventFahrplan`,
//! the tools of the C3VOC), as JSON and as XML.
//!
//! `schedule.rs` arranges the sessions by days and rooms, `json.rs` and `xml.rs` write them. The format has no mark for a
//! session that was cancelled, so cancelled sessions are left out; apps report sessions that disappear as cancelled. An event
//! that was cancelled has no sessions at all.

mod json;
mod schedule;
mod xml;

use plenaria_domain::event::Event;
use plenaria_domain::values::language::Language;
use plenaria_domain::values::public_url::PublicUrl;
use serde_json::Value;

use crate::frab::schedule::Schedule;

/// The event's schedule as JSON. Here and below, `public_url` is the address of the API.
pub fn to_json(event: &Event, language: &Language, public_url: &PublicUrl) -> Value {
    json::write(&Schedule::new(event, language, public_url))
}

/// The event's schedule as XML.
///
/// # Errors
/// The document could not be written.
pub fn to_xml(event: &Event, language: &Language, public_url: &PublicUrl) -> std::io::Result<String> {
    xml::write(&Schedule::new(event, language, public_url))
}

#[cfg(test)]
mod tests;
