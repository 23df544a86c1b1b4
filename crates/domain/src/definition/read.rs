//! Reading a definition: every field, every error.

use chrono::NaiveDateTime;
use serde_json::Value;

use super::node::{ErrorList, Node, Object};
use super::people::{self, LINE, PARAGRAPHS, SpeakerKeys};
use super::year::Extent;
use super::{Definition, Join, RegistrationRules, order, sessions};
use crate::event::{Attendance, EventStatus};
use crate::language::Language;
use crate::programme::Schedule;
use crate::refusal::{FieldError, Form, OutOfRange, InvalidValue};
use crate::slug::Slug;
use crate::time::{self, Instant, WallClock};
use crate::time_zone::TimeZone;

/// The most seats that an event can have.
const MAX_CAPACITY: u32 = 10_000_000;
/// The longest that an event can last: a week, in minutes.
const MAX_MINUTES: u32 = 7 * 1440;

impl Definition {
    /// Reads the definition of a new event. A start without a year becomes the next such date: the first whose event is
    /// not over at `now`.
    ///
    /// # Errors
    /// All errors, each with its JSON Pointer, in the order of the document.
    pub fn read(document: &Value, now: Instant) -> Result<Self, Vec<FieldError>> {
        Self::read_again(document, now, None)
    }

    /// Reads the definition of an event that may be stored already, as `published`, which counts if it has the same slug:
    /// until that event has ended, a start without a year keeps its year.
    ///
    /// # Errors
    /// Those of [`Definition::parse`].
    pub fn read_again(document: &Value, now: Instant, published: Option<&Self>) -> Result<Self, Vec<FieldError>> {
        let errors = ErrorList::default();
        let definition = read(&Node::root(document, &errors), &errors, now, published);
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

fn read(node: &Node<'_>, errors: &ErrorList, now: Instant, published: Option<&Definition>) -> Option<Definition> {
    let mut object = node.object()?;
    // Texts need the language and dates the zone; without them the rest is read all the same, for its errors.
    let language = object.required("language").and_then(|n| n.parse(Language::parse_registered));
    let spoken = language.clone().or_else(|| Language::parse("en").ok())?;
    let slug = object.required("slug").and_then(|n| n.parse(Slug::parse));
    let series = object.optional_text("series").and_then(|n| n.parse(Slug::parse));
    let status = object.optional("status").map_or(Some(EventStatus::Draft), |n| n.parse(EventStatus::parse));
    let owner = object.optional_text("owner").and_then(|n| n.parse(Slug::parse));
    let co_organisers = object
        .optional("co_organisers")
        .map(|n| n.keyed(50, |n| n.parse(Slug::parse), Slug::as_str))
        .unwrap_or_default();
    let organisers =
        object.optional("organisers").map(|n| n.keyed(50, people::organiser, |o| o.key.as_str())).unwrap_or_default();
    let title = object.required("title").and_then(|n| n.text(&spoken, LINE));
    let summary = object.text("summary", &spoken, 1000);
    let description = object.paragraphs("description", &spoken, PARAGRAPHS);
    let topics = object.list("topics", 50, |n| n.text(&spoken, LINE));
    let audiences = object
        .optional("audiences")
        .map(|n| n.keyed(50, |n| people::audience(n, &spoken), |a| a.key.as_str()))
        .unwrap_or_default();
    let publications = object.list("publications", 50, |n| people::publication(n, &spoken));
    let starts = object.required("starts").and_then(|n| n.parse(WallClock::parse));
    let duration = object.optional("duration_minutes");
    let duration_minutes = duration.as_ref().and_then(|n| n.integer(1, MAX_MINUTES));
    let time_zone = object.required("time_zone").and_then(|n| n.parse(TimeZone::parse));
    let attendance = object.optional("attendance").map_or(Some(Attendance::Online), |n| n.parse(Attendance::parse));
    let place = object.text("place", &spoken, LINE);
    let is_free = object.boolean("is_free", true);
    let (registration, window) = registration(&mut object, &spoken);
    let join = object.optional("join").and_then(|n| join(&n));
    let speakers_node = object.optional("speakers");
    let speakers = speakers_node
        .as_ref()
        .map(|n| n.keyed(500, |n| people::speaker(n, &spoken), |s| s.key.as_str()))
        .unwrap_or_default();
    let speaker_keys = SpeakerKeys::of(speakers_node.as_ref());
    let draft = sessions::programme(&mut object, &spoken, &speaker_keys);
    object.finish();

    if !draft.has_sessions && duration.is_none() {
        errors.add("/duration_minutes", InvalidValue::Required);
    }
    let (zone, starts) = (time_zone?, starts?);
    let extent = Extent { zone, duration_minutes, sessions: &draft.sessions };
    let published = published.filter(|p| slug.as_ref() == Some(&p.slug));
    let Some(starts) = extent.resolve(starts, now, published) else {
        errors.add("/starts", InvalidValue::Format { expected: Form::WallClock });
        return None;
    };
    let schedule = extent.schedule(starts);
    if let Err((index, refusal)) = &schedule {
        let session = index.and_then(|index| draft.sessions.get(index));
        let pointer = session.map_or_else(|| "/starts".to_owned(), |session| format!("{}/starts", session.pointer));
        errors.add(pointer, refusal.clone());
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

/// The window as it is written, which may lack its years.
#[derive(Default)]
struct WindowDraft {
    opens: Option<WallClock>,
    closes: Option<WallClock>,
    /// Whether `closes` is there and cannot be read.
    closes_unread: bool,
}

impl WindowDraft {
    /// The rules with the window's times, which are checked. Times without a year are the last such before the event ends,
    /// since registration may close on its second day. Without a schedule only the times themselves are looked at.
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
            Some(instant.map_err(|refusal| errors.add(format!("/registration/{name}"), refusal)))
        };
        let (opens_at, closes_at) = (instant("opens", opens), instant("closes", closes));
        let known_closes = match (closes_at, schedule) {
            (Some(closes_at), _) => closes_at.ok(),
            (None, Some(schedule)) if !self.closes_unread => Some(schedule.starts_at),
            (None, _) => None,
        };
        if let (Some(Ok(opens_at)), Some(closes_at)) = (opens_at, known_closes)
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
        window.closes_unread = closes.is_some() && window.closes.is_none();
        rules.email_confirmation = object.boolean("email_confirmation", false);
        rules.audience_required = object.boolean("audience_required", false);
        if let Some(list) = object.optional("questions") {
            rules.questions = list.keyed(50, |n| people::question(n, language), |q| q.key.as_str());
        }
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
