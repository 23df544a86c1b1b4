//! Parses a definition: reads every field and collects all validation errors.

mod keys;
mod node;
mod object;
mod order;
mod parts;
mod people;
pub(crate) mod reason;
mod registration;
mod sessions;
mod year;

use serde_json::Value;

use crate::event::attributes::{AttendanceMode, EventStatus};
use crate::event::definition::limits;
use crate::event::definition::model::Definition;
use crate::event::definition::parse::keys::DeclaredKeys;
use crate::event::definition::parse::node::{ErrorList, Node};
use crate::event::definition::parse::object::Object;
use crate::event::definition::parse::sessions::SessionContext;
use crate::event::definition::parse::year::EventTiming;
use crate::validation::{FieldError, Form, InvalidValue, Referent};
use crate::values::language::Language;
use crate::values::slug::Slug;
use crate::values::time::Instant;
use crate::values::time_zone::TimeZone;
use crate::values::wall_clock::WallClock;

impl Definition {
    /// Parses the definition of a new event. A start without a year gets the first year in which the event is not over
    /// at `now`.
    ///
    /// # Errors
    /// All validation errors, in the order of the document.
    pub fn parse(document: &Value, now: Instant) -> Result<Self, Vec<FieldError>> {
        Self::parse_update(document, now, None)
    }

    /// Parses the definition of an event of which an earlier definition, `published`, may be stored. If both have the
    /// same slug and the stored event has not ended, a start without a year keeps the stored year.
    ///
    /// # Errors
    /// All validation errors, in the order of the document.
    pub fn parse_update(document: &Value, now: Instant, published: Option<&Self>) -> Result<Self, Vec<FieldError>> {
        let errors = ErrorList::default();
        let definition = parse(&Node::root(document, &errors), &errors, now, published);
        let errors = errors.into_inner();
        match definition {
            Some(definition) if errors.is_empty() => Ok(definition),
            _ => Err(order::sort(document, errors)),
        }
    }
}

fn parse(node: &Node<'_>, errors: &ErrorList, now: Instant, published: Option<&Definition>) -> Option<Definition> {
    let mut object = Object::of(node)?;
    // Parsing of texts needs the language. If it is invalid, the rest is parsed with another one to find all errors.
    let language = object.required_string("language", Language::parse_registered);
    let text_language = language.clone().or_else(|| Language::parse("en").ok())?;
    let slug = object.required_string("slug", Slug::parse);
    let series = object.string("series", Slug::parse);
    let status = object.choice("status", EventStatus::Draft, EventStatus::parse);
    let owner = object.string("owner", Slug::parse);
    let co_organisers =
        object.keyed_list("co_organisers", limits::CO_ORGANISERS, |n| n.parse(Slug::parse), Slug::as_str);
    let organisers = object.keyed_list("organisers", limits::ORGANISERS, people::organiser, |o| o.key.as_str());
    let contact = object.optional("contact").and_then(|n| people::contact(&n, &text_language));
    let image_url = object.url("image_url");
    let branding = object.optional("branding").and_then(|n| parts::branding(&n));
    let privacy = object.optional("privacy").and_then(|n| parts::privacy(&n));
    let title = object.required_text("title", &text_language);
    let summary = object.text("summary", &text_language, limits::SUMMARY);
    let description = object.paragraphs("description", &text_language, limits::PARAGRAPHS);
    let topics = object.list("topics", limits::TOPICS, |n| n.text(&text_language, limits::LINE));
    let audiences =
        object.keyed_list("audiences", limits::AUDIENCES, |n| parts::audience(n, &text_language), |a| a.key.as_str());
    let publications = object.list("publications", limits::PUBLICATIONS, |n| parts::publication(n, &text_language));
    let starts = object.required_string("starts", WallClock::parse);
    let duration = object.optional("duration_minutes");
    let duration_minutes = duration.as_ref().and_then(|n| n.integer(1, limits::EVENT_MINUTES));
    let time_zone = object.required_string("time_zone", TimeZone::parse);
    let attendance = object.choice("attendance", AttendanceMode::Online, AttendanceMode::parse);
    let place = object.text("place", &text_language, limits::LINE);
    let is_free = object.boolean("is_free", true);
    let (registration, window) = registration::registration(&mut object, &text_language);
    let join = object.optional("join").and_then(|n| registration::join(&n));
    let follow_up = object.optional("follow_up").and_then(|n| registration::follow_up(&n, &text_language));
    let speakers_node = object.optional("speakers");
    let speakers = speakers_node
        .as_ref()
        .map(|n| n.keyed(limits::SPEAKERS, |n| people::speaker(n, &text_language), |s| s.key.as_str()))
        .unwrap_or_default();
    let rooms_node = object.optional("rooms");
    let rooms = rooms_node
        .as_ref()
        .map(|n| n.keyed(limits::ROOMS, |n| parts::room(n, &text_language), |r| r.key.as_str()))
        .unwrap_or_default();
    let materials = parts::materials(&mut object, &text_language);
    let context = SessionContext {
        language: &text_language,
        speakers: DeclaredKeys::of(Referent::Speaker, speakers_node.as_ref()),
        rooms: DeclaredKeys::of(Referent::Room, rooms_node.as_ref()),
    };
    let draft = sessions::programme(&mut object, &context);
    object.finish();

    if !draft.has_sessions && duration.is_none() {
        errors.add("/duration_minutes", InvalidValue::Required);
    }
    let (zone, starts) = (time_zone?, starts?);
    let timing = EventTiming { zone, duration_minutes, sessions: &draft.sessions };
    let published = published.filter(|p| slug.as_ref() == Some(&p.slug));
    let Some(starts) = timing.resolve_start(starts, now, published) else {
        errors.add("/starts", InvalidValue::Format { expected: Form::WallClock });
        return None;
    };
    let schedule = timing.schedule(starts);
    if let Err((index, reason)) = &schedule {
        let session = index.and_then(|index| draft.sessions.get(index));
        let pointer = session.map_or_else(|| "/starts".to_owned(), |session| format!("{}/starts", session.pointer));
        errors.add(pointer, reason.clone());
    }
    let registration = window.resolve(registration, zone, starts, schedule.ok().as_ref(), errors);
    let mut programme = draft.programme;
    programme.sessions = draft.sessions.into_iter().map(|session| session.resolve(starts)).collect();
    Some(Definition {
        slug: slug?,
        series,
        status: status?,
        owner,
        co_organisers,
        organisers,
        contact,
        image_url,
        branding,
        privacy,
        language: language?,
        title: title?,
        summary,
        description,
        topics,
        audiences,
        rooms,
        materials,
        publications,
        starts,
        duration_minutes,
        time_zone: zone,
        attendance: attendance?,
        place,
        is_free,
        registration,
        join,
        follow_up,
        speakers,
        programme,
    })
}
