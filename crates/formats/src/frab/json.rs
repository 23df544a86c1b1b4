//! Writes a schedule as JSON.
//!
//! A person's biography, links and avatar are in the first session that names the person, as the sessions are written, and in
//! no other, so that a document is not much longer than the definition, however many sessions name the same people.

use std::collections::HashSet;

use plenaria_domain::event::session::Session;
use plenaria_domain::event::speaker::Speaker;
use plenaria_domain::event::{AttendanceMode, Event};
use plenaria_domain::values::text::Translated;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::frab::schedule::{Day, LinkPlace, Room, Schedule, feedback_url, hours_and_minutes};

/// The address of the format's JSON Schema.
const SCHEMA: &str = "https://c3voc.de/schedule/schema.json";

pub(super) fn write(schedule: &Schedule<'_>) -> Value {
    json!({
        "$schema": SCHEMA,
        "generator": {"name": "Plenaria", "version": env!("CARGO_PKG_VERSION")},
        "schedule": {
            "version": schedule.version(),
            "base_url": format!("{}/", schedule.public_url),
            "conference": conference(schedule),
        },
    })
}

fn conference(schedule: &Schedule<'_>) -> Value {
    let event = schedule.event;
    let definition = &event.definition;
    let date = |day: Option<&Day<'_>>| day.map(|day| day.date);
    let mut described = HashSet::new();
    let days = schedule.days.iter().enumerate();
    let days: Vec<Value> = days.map(|(index, day)| self::day(schedule, index + 1, day, &mut described)).collect();
    let mut conference = json!({
        "acronym": schedule.acronym(),
        "title": schedule.text(&definition.title),
        "start": date(schedule.days.first()),
        "end": date(schedule.days.last()),
        "daysCount": schedule.days.len(),
        "timeslot_duration": hours_and_minutes(schedule.timeslot_minutes()),
        "url": schedule.url(),
        "keywords": definition.topics.iter().map(|topic| schedule.text(topic)).collect::<Vec<_>>(),
        "tracks": schedule.tracks().into_iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
        "rooms": schedule.rooms.iter().map(|room| self::room(event, room)).collect::<Vec<_>>(),
        "days": days,
    });
    let colour = definition.branding.as_ref().and_then(|branding| branding.colour.as_ref());
    for (name, value) in [
        ("description", definition.summary.as_ref().map(|summary| json!(schedule.text(summary)))),
        ("time_zone_name", schedule.zone_name().map(Value::from)),
        ("logo", definition.image_url.as_ref().map(|url| json!(url))),
        ("colors", colour.map(|colour| json!({"primary": colour}))),
    ] {
        insert(&mut conference, name, value);
    }
    conference
}

fn room(event: &Event, room: &Room<'_>) -> Value {
    let mut value = json!({"name": room.name, "guid": room.guid});
    // The format requires slugs of two characters.
    insert(&mut value, "slug", room.key.filter(|key| key.as_str().len() > 1).map(|key| json!(key.as_str())));
    let is_online = room.key.is_none() && event.definition.attendance == AttendanceMode::Online;
    insert(&mut value, "type", is_online.then(|| json!("online")));
    value
}

fn day(schedule: &Schedule<'_>, index: usize, day: &Day<'_>, described: &mut HashSet<Uuid>) -> Value {
    let rooms = schedule.rooms_of(day).map(|(room, sessions)| {
        let sessions = sessions.into_iter().map(|session| self::session(schedule, room, session, described));
        (room.name.clone(), sessions.collect())
    });
    json!({
        "index": index,
        "date": day.date,
        "day_start": schedule.local_time(day.starts_at),
        "day_end": schedule.local_time(day.ends_at),
        "rooms": rooms.collect::<Map<_, _>>(),
    })
}

fn session(schedule: &Schedule<'_>, room: &Room<'_>, session: &Session, described: &mut HashSet<Uuid>) -> Value {
    let definition = &session.definition;
    let persons = schedule.speakers(session);
    let persons: Vec<Value> =
        persons.map(|speaker| person(schedule, speaker, described.insert(speaker.id.0))).collect();
    let references = |place| {
        let materials = schedule.materials(session, place);
        materials.map(|(title, url, kind)| json!({"title": title, "url": url, "type": kind})).collect::<Vec<_>>()
    };
    let mut value = json!({
        "guid": session.id.0,
        "id": schedule.number(session.id.0),
        "date": schedule.local_time(session.starts_at),
        "start": session.local_start.format("%H:%M").to_string(),
        "end": schedule.local_time(session.ends_at),
        "duration": hours_and_minutes(definition.minutes),
        "room": room.name,
        "slug": schedule.slug(session),
        "url": schedule.session_url(session),
        "title": schedule.text(&definition.title),
        "subtitle": null,
        "track": definition.track.as_ref().map(|track| schedule.text(track)),
        "type": definition.kind.as_str(),
        "language": schedule.language_of(session),
        "abstract": definition.r#abstract.as_ref().map(|text| schedule.text(text)),
        "description": null,
        "persons": persons,
        "links": references(LinkPlace::Links),
        "attachments": references(LinkPlace::Attachments),
        "origin_url": schedule.origin_url(session),
    });
    insert(&mut value, "feedback_url", feedback_url(session).map(Value::from));
    value
}

/// A person, with a description only where the person is named first. The format's schema allows the numeric id only where
/// `name` is missing, so the id is in the XML alone.
fn person(schedule: &Schedule<'_>, speaker: &Speaker, is_first: bool) -> Value {
    let card = &speaker.card;
    let mut person = json!({
        "guid": speaker.id.0,
        "name": card.name,
        "public_name": card.name,
        "url": format!("{}/v1/speakers/{}", schedule.public_url, speaker.slug),
    });
    if is_first {
        let text = |text: &Translated| text.get(schedule.language, &speaker.language).to_owned();
        let links = card.links.iter();
        let links = links.map(|link| json!({"title": text(&link.label), "url": link.url, "type": "web"}));
        person["avatar"] = json!(card.photo_url);
        person["biography"] = json!(card.biography.as_ref().map(text));
        person["links"] = links.collect();
    }
    person
}

/// Adds a member that the format does not allow to be null.
fn insert(object: &mut Value, name: &str, value: Option<Value>) {
    if let (Some(object), Some(value)) = (object.as_object_mut(), value) {
        object.insert(name.to_owned(), value);
    }
}
