//! Describes an event in the vocabulary of schema.org, as JSON-LD, which search engines read.

use plenaria_domain::event::session::{Session, SessionStatus};
use plenaria_domain::event::speaker::Speaker;
use plenaria_domain::event::{AttendanceMode, Event, EventStatus};
use plenaria_domain::values::language::Language;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::text::Translated;
use plenaria_domain::values::time::Instant;
use serde_json::{Value, json};

use crate::place;

/// The media type of JSON-LD.
pub const MEDIA_TYPE: &str = "application/ld+json";

/// Whether seats are on offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OfferAvailability {
    /// Registration opens later.
    PreOrder,
    /// Seats are left.
    InStock,
    /// The event is full.
    SoldOut,
}

impl OfferAvailability {
    const fn name(self) -> &'static str {
        match self {
            Self::PreOrder => "https://schema.org/PreOrder",
            Self::InStock => "https://schema.org/InStock",
            Self::SoldOut => "https://schema.org/SoldOut",
        }
    }
}

/// The text of a description. It may be put into a `script` element of a page as it is: `<` is written as an escape, which
/// means the same in JSON, so that no text can end the element.
pub fn to_text(description: &Value) -> String {
    // Outside of strings JSON has no such character.
    description.to_string().replace('<', "\\u003c")
}

/// The event with its sessions. `public_url` is the address of the API; `offer` is whether seats
/// are on offer, `None` once registering is no longer possible.
pub fn event(event: &Event, language: &Language, public_url: &PublicUrl, offer: Option<OfferAvailability>) -> Value {
    let definition = &event.definition;
    let text = |text: &Translated| text.get(language, &definition.language).to_owned();
    let url = event.url_for_people(public_url);
    let speakers = event.programme.speakers.iter().filter(|speaker| speaks(event, speaker));
    let organisers = definition
        .organisers
        .iter()
        .map(|organiser| without_nulls(json!({"@type": "Organization", "name": organiser.name, "url": organiser.url})));
    let publications = definition.publications.iter().map(|publication| {
        without_nulls(json!({"@type": "CreativeWork", "name": text(&publication.title), "url": publication.url}))
    });
    let audiences = definition.audiences.iter().map(
        |audience| json!({"@type": "Audience", "name": text(&audience.label), "audienceType": text(&audience.label)}),
    );
    without_nulls(json!({
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": format!("{public_url}/v1/events/{}", event.id),
        "identifier": event.id.0,
        "url": url,
        "name": text(&definition.title),
        "description": definition.summary.as_ref().or(definition.description.as_ref()).map(text),
        "startDate": local_time(event, event.starts_at),
        "endDate": local_time(event, event.ends_at),
        "eventStatus": status(definition.status == EventStatus::Cancelled),
        "eventAttendanceMode": attendance_mode(definition.attendance),
        "location": locations(event, language, &url),
        "inLanguage": definition.language.as_str(),
        "isAccessibleForFree": definition.is_free,
        "image": definition.image_url.as_ref().map(|url| [url]),
        "keywords": list(definition.topics.iter().map(|topic| json!(text(topic)))),
        "maximumAttendeeCapacity": definition.registration.capacity,
        "organizer": list(organisers),
        "performer": list(speakers.map(|speaker| person(speaker, language, public_url))),
        "audience": list(audiences),
        "workFeatured": list(publications),
        "offers": offer.map(|offer| self::offer(event, &url, offer)),
        "subEvent": list(event.programme.sessions.iter().map(|s| session(event, s, language, public_url))),
    }))
}

fn session(event: &Event, session: &Session, language: &Language, public_url: &PublicUrl) -> Value {
    let definition = &session.definition;
    let text = |text: &Translated| text.get(language, &event.definition.language).to_owned();
    let url = event.url_for_people(public_url);
    let is_cancelled =
        event.definition.status == EventStatus::Cancelled || definition.status == SessionStatus::Cancelled;
    let room = event.room_of(definition).map(|room| {
        let room = json!({"@type": "Place", "name": text(&room.name)});
        match &event.definition.place {
            Some(place) => {
                with(room, "containedInPlace", json!({"@type": "Place", "name": text(place), "address": text(place)}))
            }
            None => room,
        }
    });
    let speakers = session.speakers.iter().filter_map(|(_, id)| event.programme.speaker(*id));
    without_nulls(json!({
        "@type": "Event",
        "@id": format!("{public_url}/v1/events/{}/sessions/{}", event.id, session.id),
        "url": format!("{url}#session-{}", definition.key),
        "name": text(&definition.title),
        "description": definition.r#abstract.as_ref().map(text),
        "startDate": local_time(event, session.starts_at),
        "endDate": local_time(event, session.ends_at),
        "eventStatus": status(is_cancelled),
        "eventAttendanceMode": attendance_mode(event.definition.attendance),
        "location": room.map_or_else(|| locations(event, language, &url), |room| json!([room])),
        "inLanguage": definition.language.as_ref().unwrap_or(&event.definition.language).as_str(),
        "performer": list(speakers.map(|speaker| reference(speaker, public_url))),
    }))
}

/// The venue, the address to attend online, or both. People get the address of the meeting itself only once they are
/// registered, so this is the event's page.
fn locations(event: &Event, language: &Language, url: &str) -> Value {
    let attendance = event.definition.attendance;
    let online = (attendance != AttendanceMode::InPerson).then(|| json!({"@type": "VirtualLocation", "url": url}));
    let venue = (attendance != AttendanceMode::Online).then(|| {
        let name = place::name(event, language);
        without_nulls(json!({"@type": "Place", "name": name, "address": event.definition.place.as_ref().map(|_| name)}))
    });
    json!(venue.into_iter().chain(online).collect::<Vec<_>>())
}

/// The offer of a seat. Seats of an event that is not free have no price here, because the definition has none.
fn offer(event: &Event, url: &str, availability: OfferAvailability) -> Value {
    let definition = &event.definition;
    let window = definition.registration_window(event.starts_at, event.ends_at).ok();
    let opens_at = window.and_then(|window| window.opens_at).map(|at| local_time(event, at));
    without_nulls(json!({
        "@type": "Offer",
        "url": url,
        "price": definition.is_free.then_some(0),
        // Nothing costs the same in every currency, but consumers of prices require one.
        "priceCurrency": definition.is_free.then_some("EUR"),
        "availability": availability.name(),
        "validFrom": opens_at,
        "validThrough": window.map(|window| local_time(event, window.closes_at)),
    }))
}

/// A speaker's card.
fn person(speaker: &Speaker, language: &Language, public_url: &PublicUrl) -> Value {
    let card = &speaker.card;
    let text = |text: &Option<Translated>| text.as_ref().map(|text| text.get(language, &speaker.language).to_owned());
    let organisation = text(&card.organisation).map(|name| json!({"@type": "Organization", "name": name}));
    let place = without_nulls(json!({
        "@type": "PostalAddress", "addressLocality": text(&card.city), "addressCountry": card.country,
    }));
    let has_place = card.city.is_some() || card.country.is_some();
    without_nulls(json!({
        "@type": "Person",
        "@id": person_id(speaker, public_url),
        "name": card.name,
        "honorificPrefix": text(&card.honorific),
        "jobTitle": text(&card.position),
        "affiliation": organisation,
        "workLocation": has_place.then(|| json!({"@type": "Place", "address": place})),
        "image": card.photo_url,
        "sameAs": list(card.links.iter().map(|link| json!(link.url))),
    }))
}

/// A speaker whose card is elsewhere in the document.
fn reference(speaker: &Speaker, public_url: &PublicUrl) -> Value {
    json!({"@type": "Person", "@id": person_id(speaker, public_url), "name": speaker.card.name})
}

fn person_id(speaker: &Speaker, public_url: &PublicUrl) -> String {
    format!("{public_url}/v1/speakers/{}", speaker.id)
}

/// Whether a speaker of the definition has a session or moderates the event.
fn speaks(event: &Event, speaker: &Speaker) -> bool {
    event.definition.programme.moderators.contains(&speaker.card.key)
        || event.programme.sessions.iter().any(|session| session.speakers.iter().any(|(_, id)| *id == speaker.id))
}

fn local_time(event: &Event, at: Instant) -> String {
    event.definition.time_zone.at(at).to_rfc3339()
}

const fn status(is_cancelled: bool) -> &'static str {
    if is_cancelled { "https://schema.org/EventCancelled" } else { "https://schema.org/EventScheduled" }
}

const fn attendance_mode(attendance: AttendanceMode) -> &'static str {
    match attendance {
        AttendanceMode::Online => "https://schema.org/OnlineEventAttendanceMode",
        AttendanceMode::InPerson => "https://schema.org/OfflineEventAttendanceMode",
        AttendanceMode::Hybrid => "https://schema.org/MixedEventAttendanceMode",
    }
}

/// The values as a list; null if there are none.
fn list(values: impl Iterator<Item = Value>) -> Value {
    let values: Vec<Value> = values.collect();
    if values.is_empty() { Value::Null } else { values.into() }
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

/// The object without its members that are null: schema.org has no null.
fn without_nulls(mut object: Value) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    object
}

#[cfg(test)]
mod tests;
