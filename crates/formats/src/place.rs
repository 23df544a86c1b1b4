//! Names the place of an event in words, for formats that require one.

use plenaria_domain::event::{AttendanceMode, Event};
use plenaria_domain::values::language::{Language, MessageLanguage};

/// The event's venue; for an event without one, a word for attending online or at the venue.
pub(crate) fn name<'a>(event: &'a Event, language: &Language) -> &'a str {
    let definition = &event.definition;
    if let Some(place) = &definition.place {
        return place.get(language, &definition.language);
    }
    let wanted = MessageLanguage::first_supported([language]).unwrap_or(MessageLanguage::En);
    let is_online = definition.attendance != AttendanceMode::InPerson;
    match (is_online, wanted) {
        (true, MessageLanguage::En) => "Online",
        (true, MessageLanguage::Es) => "En línea",
        (true, MessageLanguage::Fr) => "En ligne",
        (true, MessageLanguage::Ca) => "En línia",
        (false, MessageLanguage::En) => "Venue",
        (false, MessageLanguage::Es) => "Sede",
        (false, MessageLanguage::Fr) => "Lieu",
        (false, MessageLanguage::Ca) => "Seu",
    }
}
