//! Writes a schedule as XML.

use std::io;

use plenaria_domain::event::session::Session;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::frab::schedule::{Day, LinkPlace, Room, Schedule, feedback_url, hours_and_minutes};

type Output = Writer<Vec<u8>>;

pub(super) fn write(schedule: &Schedule<'_>) -> io::Result<String> {
    let mut output = Writer::new_with_indent(Vec::new(), b' ', 1);
    output.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    output
        .create_element("schedule")
        .with_attribute(("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"))
        .with_attribute(("xsi:noNamespaceSchemaLocation", "https://c3voc.de/schedule/schema.xsd"))
        .write_inner_content(|output| content(output, schedule))?;
    String::from_utf8(output.into_inner()).map_err(io::Error::other)
}

fn content(output: &mut Output, schedule: &Schedule<'_>) -> io::Result<()> {
    output
        .create_element("generator")
        .with_attribute(("name", "Plenaria"))
        .with_attribute(("version", env!("CARGO_PKG_VERSION")))
        .write_empty()?;
    let slug = &schedule.event.definition.slug;
    text(output, "url", &format!("{}/v1/events/{slug}/schedule.xml", schedule.public_url))?;
    text(output, "version", &schedule.version())?;
    output.create_element("conference").write_inner_content(|output| conference(output, schedule))?;
    for (index, day) in schedule.days.iter().enumerate() {
        output
            .create_element("day")
            .with_attribute(("index", (index + 1).to_string().as_str()))
            .with_attribute(("date", day.date.to_string().as_str()))
            .with_attribute(("start", schedule.local_time(day.starts_at).as_str()))
            .with_attribute(("end", schedule.local_time(day.ends_at).as_str()))
            .write_inner_content(|output| rooms(output, schedule, day))?;
    }
    Ok(())
}

fn conference(output: &mut Output, schedule: &Schedule<'_>) -> io::Result<()> {
    let definition = &schedule.event.definition;
    text(output, "title", schedule.text(&definition.title))?;
    text(output, "acronym", &schedule.acronym())?;
    for (name, day) in [("start", schedule.days.first()), ("end", schedule.days.last())] {
        if let Some(day) = day {
            text(output, name, &day.date.to_string())?;
        }
    }
    text(output, "days", &schedule.days.len().to_string())?;
    text(output, "timeslot_duration", &hours_and_minutes(schedule.timeslot_minutes()))?;
    text(output, "base_url", &format!("{}/", schedule.public_url))?;
    optional(output, "logo", definition.image_url.as_deref())?;
    text(output, "url", &schedule.url())?;
    optional(output, "time_zone_name", schedule.zone_name())?;
    if let Some(colour) = definition.branding.as_ref().and_then(|branding| branding.colour.as_deref()) {
        output.create_element("color").with_attribute(("primary", colour)).write_empty()?;
    }
    for track in schedule.tracks() {
        output.create_element("track").with_attribute(("name", allowed(track).as_str())).write_empty()?;
    }
    Ok(())
}

fn rooms(output: &mut Output, schedule: &Schedule<'_>, day: &Day<'_>) -> io::Result<()> {
    for (room, sessions) in schedule.rooms_of(day) {
        output
            .create_element("room")
            .with_attribute(("name", allowed(&room.name).as_str()))
            .with_attribute(("guid", room.guid.to_string().as_str()))
            .write_inner_content(|output| {
                sessions.into_iter().try_for_each(|session| self::session(output, schedule, room, session))
            })?;
    }
    Ok(())
}

fn session(output: &mut Output, schedule: &Schedule<'_>, room: &Room<'_>, session: &Session) -> io::Result<()> {
    output
        .create_element("event")
        .with_attribute(("id", schedule.number(session.id.0).to_string().as_str()))
        .with_attribute(("guid", session.id.to_string().as_str()))
        .write_inner_content(|output| session_content(output, schedule, room, session))?;
    Ok(())
}

/// Elements that the format's schema requires are written even if they are empty.
fn session_content(output: &mut Output, schedule: &Schedule<'_>, room: &Room<'_>, session: &Session) -> io::Result<()> {
    let definition = &session.definition;
    let track = definition.track.as_ref().map(|track| schedule.text(track));
    let abstract_text = definition.r#abstract.as_ref().map(|text| schedule.text(text));
    text(output, "date", &schedule.local_time(session.starts_at))?;
    text(output, "start", &session.local_start.format("%H:%M").to_string())?;
    text(output, "duration", &hours_and_minutes(definition.minutes))?;
    text(output, "room", &room.name)?;
    text(output, "slug", &schedule.slug(session))?;
    text(output, "url", &schedule.session_url(session))?;
    text(output, "origin_url", &schedule.origin_url(session))?;
    optional(output, "feedback_url", feedback_url(session))?;
    text(output, "title", schedule.text(&definition.title))?;
    text(output, "subtitle", "")?;
    text(output, "track", track.unwrap_or_default())?;
    text(output, "type", definition.kind.as_str())?;
    text(output, "language", schedule.language_of(session))?;
    text(output, "abstract", abstract_text.unwrap_or_default())?;
    text(output, "description", "")?;
    output.create_element("persons").write_inner_content(|output| {
        for speaker in schedule.speakers(session) {
            output
                .create_element("person")
                .with_attribute(("id", schedule.number(speaker.id.0).to_string().as_str()))
                .with_attribute(("guid", speaker.id.to_string().as_str()))
                .write_text_content(BytesText::new(&allowed(&speaker.card.name)))?;
        }
        Ok(())
    })?;
    for (list, element, place) in
        [("links", "link", LinkPlace::Links), ("attachments", "attachment", LinkPlace::Attachments)]
    {
        output.create_element(list).write_inner_content(|output| {
            for (label, url, kind) in schedule.materials(session, place) {
                output
                    .create_element(element)
                    .with_attribute(("href", allowed(url).as_str()))
                    .with_attribute(("type", kind))
                    .write_text_content(BytesText::new(&allowed(label)))?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn optional(output: &mut Output, name: &'static str, value: Option<&str>) -> io::Result<()> {
    value.map_or(Ok(()), |value| text(output, name, value))
}

fn text(output: &mut Output, name: &'static str, value: &str) -> io::Result<()> {
    output.create_element(name).write_text_content(BytesText::new(&allowed(value)))?;
    Ok(())
}

/// A text without the two characters that the domain's texts may have and XML may not.
fn allowed(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "")
}
