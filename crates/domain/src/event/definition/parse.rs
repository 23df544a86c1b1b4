//! Parses a definition: reads every field and collects all validation errors.

use chrono::NaiveDateTime;
use serde_json::Value;

use crate::event::attributes::{AttendanceMode, EventStatus};
use crate::event::definition::model::{Definition, Join, RegistrationRules};
use crate::event::definition::node::{ErrorList, Node, Object};
use crate::event::definition::people;
use crate::event::definition::people::{MAX_LINE, MAX_PARAGRAPHS, SpeakerKeys};
use crate::event::definition::year::EventTiming;
use crate::event::definition::{order, sessions};
use crate::event::programme::Schedule;
use crate::validation::{FieldError, Form, InvalidValue, OutOfRange};
use crate::values::language::Language;
use crate::values::slug::Slug;
use crate::values::time::Instant;
use crate::values::time_zone::TimeZone;
use crate::values::wall_clock;
use crate::values::wall_clock::WallClock;

/// The greatest number of seats.
const MAX_CAPACITY: u32 = 10_000_000;
/// The greatest duration of an event in minutes: one week.
const MAX_MINUTES: u32 = 7 * 1440;

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
        let mut errors = errors.into_inner();
        match definition {
            Some(definition) if errors.is_empty() => Ok(definition),
            _ => {
                order::sort(document, &mut errors);
                Err(errors)
            }
        }
    }
}

fn parse(node: &Node<'_>, errors: &ErrorList, now: Instant, published: Option<&Definition>) -> Option<Definition> {
    let mut object = node.object()?;
    // Parsing of texts needs the language. If it is invalid, the rest is parsed with another one to find all errors.
    let language = object.required("language").and_then(|n| n.parse(Language::parse_registered));
    let text_language = language.clone().or_else(|| Language::parse("en").ok())?;
    let slug = object.required("slug").and_then(|n| n.parse(Slug::parse));
    let series = object.optional_text("series").and_then(|n| n.parse(Slug::parse));
    let status = object.optional("status").map_or(Some(EventStatus::Draft), |n| n.parse(EventStatus::parse));
    let owner = object.optional_text("owner").and_then(|n| n.parse(Slug::parse));
    let co_organisers = object.keyed_list("co_organisers", 50, |n| n.parse(Slug::parse), Slug::as_str);
    let organisers = object.keyed_list("organisers", 50, people::organiser, |o| o.key.as_str());
    let title = object.required("title").and_then(|n| n.text(&text_language, MAX_LINE));
    let summary = object.text("summary", &text_language, 1000);
    let description = object.paragraphs("description", &text_language, MAX_PARAGRAPHS);
    let topics = object.list("topics", 50, |n| n.text(&text_language, MAX_LINE));
    let audiences = object.keyed_list("audiences", 50, |n| people::audience(n, &text_language), |a| a.key.as_str());
    let publications = object.list("publications", 50, |n| people::publication(n, &text_language));
    let starts = object.required("starts").and_then(|n| n.parse(WallClock::parse));
    let duration = object.optional("duration_minutes");
    let duration_minutes = duration.as_ref().and_then(|n| n.integer(1, MAX_MINUTES));
    let time_zone = object.required("time_zone").and_then(|n| n.parse(TimeZone::parse));
    let attendance =
        object.optional("attendance").map_or(Some(AttendanceMode::Online), |n| n.parse(AttendanceMode::parse));
    let place = object.text("place", &text_language, MAX_LINE);
    let is_free = object.boolean("is_free", true);
    let (registration, window) = registration(&mut object, &text_language);
    let join = object.optional("join").and_then(|n| join(&n));
    let speakers_node = object.optional("speakers");
    let speakers = speakers_node
        .as_ref()
        .map(|n| n.keyed(500, |n| people::speaker(n, &text_language), |s| s.key.as_str()))
        .unwrap_or_default();
    let speaker_keys = SpeakerKeys::of(speakers_node.as_ref());
    let draft = sessions::programme(&mut object, &text_language, &speaker_keys);
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
        language: language?,
        title: title?,
        summary,
        description,
        topics,
        audiences,
        publications,
        starts,
        duration_minutes,
        time_zone: zone,
        attendance: attendance?,
        place,
        is_free,
        registration,
        join,
        speakers,
        programme,
    })
}

/// The registration window as it is written, with times that may lack their years.
#[derive(Default)]
struct WindowDraft {
    opens: Option<WallClock>,
    closes: Option<WallClock>,
    /// Whether `closes` is present but invalid.
    closes_is_invalid: bool,
}

impl WindowDraft {
    /// Adds the window's times to the rules and checks them. A time without a year is the last such time before the
    /// event ends, because registration may close on the event's second day. Without a schedule, the times are not
    /// compared with it.
    fn resolve(
        self,
        rules: RegistrationRules,
        zone: TimeZone,
        starts: NaiveDateTime,
        schedule: Option<&Schedule>,
        errors: &ErrorList,
    ) -> RegistrationRules {
        let until = schedule.map_or(starts, |s| wall_clock::local_of(s.ends_at, zone));
        let local = |written: Option<WallClock>| written.and_then(|w| w.last_until(until));
        let (opens, closes) = (local(self.opens), local(self.closes));
        let instant = |name: &str, local: Option<NaiveDateTime>| {
            let instant = wall_clock::instant_of(local?, zone);
            Some(instant.map_err(|reason| errors.add(format!("/registration/{name}"), reason)))
        };
        let (opens_at, closes_at) = (instant("opens", opens), instant("closes", closes));
        // `None` if the closing time cannot be determined because of another error.
        let closes_at = match (closes_at, schedule) {
            (Some(closes_at), _) => closes_at.ok(),
            (None, Some(schedule)) if !self.closes_is_invalid => Some(schedule.starts_at),
            (None, _) => None,
        };
        if let (Some(Ok(opens_at)), Some(closes_at)) = (opens_at, closes_at)
            && opens_at >= closes_at
        {
            errors.add("/registration/opens", InvalidValue::Range(OutOfRange::OpensTooLate));
        }
        RegistrationRules { opens, closes, ..rules }
    }
}

fn registration(object: &mut Object<'_>, language: &Language) -> (RegistrationRules, WindowDraft) {
    let mut rules = RegistrationRules {
        capacity: None,
        waitlist: false,
        opens: None,
        closes: None,
        email_confirmation: false,
        audience_required: false,
        questions: Vec::new(),
        retention_days: None,
    };
    let mut window = WindowDraft::default();
    if let Some(mut object) = object.optional("registration").and_then(|n| n.object()) {
        rules.capacity = object.optional("capacity").and_then(|n| n.integer(0, MAX_CAPACITY));
        rules.waitlist = object.boolean("waitlist", false);
        window.opens = object.optional_text("opens").and_then(|n| n.parse(WallClock::parse));
        let closes = object.optional_text("closes");
        window.closes = closes.as_ref().and_then(|n| n.parse(WallClock::parse));
        window.closes_is_invalid = closes.is_some() && window.closes.is_none();
        rules.email_confirmation = object.boolean("email_confirmation", false);
        rules.audience_required = object.boolean("audience_required", false);
        rules.questions = object.keyed_list("questions", 50, |n| people::question(n, language), |q| q.key.as_str());
        rules.retention_days = object.optional("retention_days").and_then(|n| n.integer(1, 36_500));
        object.finish();
    }
    (rules, window)
}

fn join(node: &Node<'_>) -> Option<Join> {
    let mut object = node.object()?;
    let url = object.required("url").and_then(|n| n.url());
    let minutes_before = object.optional("minutes_before").map_or(Some(15), |n| n.integer(0, 10_080));
    object.finish();
    Some(Join { url: url?, minutes_before: minutes_before? })
}
