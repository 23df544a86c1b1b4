//! Reading a definition: every field, every fault.

use chrono::{Datelike, NaiveDateTime, TimeDelta};
use serde_json::Value;

use super::node::{Faults, Node, Object};
use super::people::{self, LINE, PARAGRAPHS};
use super::sessions::{self, SessionDraft};
use super::{Definition, Join, RegistrationRules};
use crate::event::{Attendance, EventStatus};
use crate::language::Language;
use crate::programme::Schedule;
use crate::refusal::{Fault, OutOfRange, Refusal};
use crate::slug::Slug;
use crate::time::{self, Instant, WallClock};
use crate::time_zone::TimeZone;

/// The most seats that an event can have.
const MAX_CAPACITY: u32 = 10_000_000;
/// The longest that an event can last: a week, in minutes.
const MAX_MINUTES: u32 = 7 * 1440;

impl Definition {
    /// Reads a definition. A start without a year becomes the next such date: the first whose event is not over at
    /// `now`.
    ///
    /// # Errors
    /// All faults, each with its JSON Pointer.
    pub fn read(document: &Value, now: Instant) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let definition = read(&Node::root(document, &faults), &faults, now);
        let faults = faults.into_inner();
        match definition {
            Some(definition) if faults.is_empty() => Ok(definition),
            _ => Err(faults),
        }
    }
}

fn read(node: &Node<'_>, faults: &Faults, now: Instant) -> Option<Definition> {
    let mut object = node.object()?;
    // Texts need the language and dates the zone; without them the rest is read all the same, for its faults.
    let language = object.required("language").and_then(|n| n.parse(Language::parse));
    let spoken = language.clone().or_else(|| Language::parse("en").ok())?;
    let slug = object.required("slug").and_then(|n| n.parse(Slug::parse));
    let series = object.optional("series").and_then(|n| n.parse(Slug::parse));
    let status = object.optional("status").map_or(Some(EventStatus::Draft), |n| n.parse(EventStatus::parse));
    let owner = object.optional("owner").and_then(|n| n.parse(Slug::parse));
    let co_organisers = object
        .optional("co_organisers")
        .map(|n| n.keyed(50, |n| n.parse(Slug::parse), Slug::as_str))
        .unwrap_or_default();
    let organisers =
        object.optional("organisers").map(|n| n.keyed(50, people::organiser, |o| o.key.as_str())).unwrap_or_default();
    let title = object.required("title").and_then(|n| n.text(&spoken, LINE));
    let summary = object.text("summary", &spoken, 1000);
    let description = object.text("description", &spoken, PARAGRAPHS);
    let topics = object.list("topics", 50, |n| n.text(&spoken, LINE));
    let audiences = object
        .optional("audiences")
        .map(|n| n.keyed(50, |n| people::audience(n, &spoken), |a| a.key.as_str()))
        .unwrap_or_default();
    let publications = object.list("publications", 50, |n| people::publication(n, &spoken));
    let starts = object.required("starts").and_then(|n| n.parse(WallClock::parse));
    let duration_minutes = object.optional("duration_minutes").and_then(|n| n.integer(1, MAX_MINUTES));
    let time_zone = object.required("time_zone").and_then(|n| n.parse(time::parse_time_zone));
    let attendance = object.optional("attendance").map_or(Some(Attendance::Online), |n| n.parse(Attendance::parse));
    let place = object.text("place", &spoken, LINE);
    let is_free = object.boolean("is_free", true);
    let (registration, window) = registration(&mut object, &spoken);
    let join = object.optional("join").and_then(|n| join(&n));
    let speakers = object
        .optional("speakers")
        .map(|n| n.keyed(500, |n| people::speaker(n, &spoken), |s| s.key.as_str()))
        .unwrap_or_default();
    let (mut programme, drafts) = sessions::programme(&mut object, &spoken, &speakers);
    object.finish();

    let length = length(duration_minutes, &drafts);
    if drafts.is_empty() && duration_minutes.is_none() {
        faults.add("/duration_minutes", Refusal::Required);
    }
    let (zone, starts) = (time_zone?, starts?);
    let starts = resolve_start(starts, zone, length, now)?;
    programme.sessions = drafts.into_iter().map(|s| s.resolve(starts)).collect();
    let registration = window.resolve(registration, starts);
    let definition = Definition {
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
    };
    check_times(&definition, faults);
    Some(definition)
}

/// The sessions' sum, or the length given if that is longer.
fn length(duration_minutes: Option<u32>, sessions: &[SessionDraft]) -> TimeDelta {
    let sum: u32 = sessions.iter().map(SessionDraft::minutes).sum();
    time::minutes(sum.max(duration_minutes.unwrap_or(0)))
}

fn resolve_start(starts: WallClock, zone: TimeZone, length: TimeDelta, now: Instant) -> Option<NaiveDateTime> {
    let year = time::local_of(now, zone).year() - 1;
    starts.first_from(year, |local| time::instant_of(local, zone).is_ok_and(|at| at + length > now))
}

fn check_times(definition: &Definition, faults: &Faults) {
    let sessions = &definition.programme.sessions;
    let schedule = Schedule::lay(definition.starts, definition.time_zone, definition.duration_minutes, sessions);
    let schedule = match schedule {
        Ok(schedule) => schedule,
        Err((None, refusal)) => return faults.add("/starts", refusal),
        Err((Some(index), refusal)) => {
            return faults.add(format!("/programme/sessions/{index}/starts"), refusal);
        }
    };
    for (name, local) in [("opens", definition.registration.opens), ("closes", definition.registration.closes)] {
        if let Some(Err(refusal)) = local.map(|l| time::instant_of(l, definition.time_zone)) {
            faults.add(format!("/registration/{name}"), refusal);
        }
    }
    if let Ok(window) = definition.window(schedule.starts_at, schedule.ends_at)
        && window.opens_at.is_some_and(|opens_at| opens_at >= window.closes_at)
    {
        faults.add("/registration/opens", Refusal::Range(OutOfRange::OpensTooLate));
    }
}

/// The window as it is written, which may lack its years.
#[derive(Default)]
struct WindowDraft {
    opens: Option<WallClock>,
    closes: Option<WallClock>,
}

impl WindowDraft {
    /// Times without a year are the last such before the event starts.
    fn resolve(self, rules: RegistrationRules, starts: NaiveDateTime) -> RegistrationRules {
        let local = |spec: Option<WallClock>| spec.and_then(|s| s.last_until(starts));
        RegistrationRules { opens: local(self.opens), closes: local(self.closes), ..rules }
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
        window.opens = object.optional("opens").and_then(|n| n.parse(WallClock::parse));
        window.closes = object.optional("closes").and_then(|n| n.parse(WallClock::parse));
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
