//! Parses what concerns attendees: the rules for registrations, the online meeting and the follow-up message.

use chrono::NaiveDateTime;

use crate::event::definition::limits;
use crate::event::definition::model::{FollowUp, Join, RegistrationRules};
use crate::event::definition::parse::node::{ErrorList, Node};
use crate::event::definition::parse::object::Object;
use crate::event::definition::parse::parts;
use crate::event::programme::Schedule;
use crate::registration::answers::{Choice, Question, QuestionKind};
use crate::validation::{InvalidValue, OutOfRange};
use crate::values::language::Language;
use crate::values::time_zone::TimeZone;
use crate::values::wall_clock;
use crate::values::wall_clock::WallClock;

/// The registration window as it is written, with times that may lack their years.
#[derive(Default)]
pub(crate) struct WindowDraft {
    opens: Option<WallClock>,
    closes: Option<WallClock>,
    /// Whether `closes` is present but invalid.
    closes_is_invalid: bool,
}

impl WindowDraft {
    /// Adds the window's times to the rules and checks them. A time without a year is the last such time before the
    /// event ends, because registration may close on the event's second day. Without a schedule, the times are not
    /// compared with it.
    pub(crate) fn resolve(
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

/// The rules for registrations, and the registration window.
pub(crate) fn registration(object: &mut Object<'_>, language: &Language) -> (RegistrationRules, WindowDraft) {
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
    if let Some(mut object) = object.object("registration") {
        rules.capacity = object.optional("capacity").and_then(|n| n.integer(0, limits::CAPACITY));
        rules.waitlist = object.boolean("waitlist", false);
        window.opens = object.string("opens", WallClock::parse);
        let closes = object.optional_string("closes");
        window.closes = closes.as_ref().and_then(|n| n.parse(WallClock::parse));
        window.closes_is_invalid = closes.is_some() && window.closes.is_none();
        rules.email_confirmation = object.boolean("email_confirmation", false);
        rules.audience_required = object.boolean("audience_required", false);
        rules.questions =
            object.keyed_list("questions", limits::QUESTIONS, |n| question(n, language), |q| q.key.as_str());
        rules.retention_days = object.optional("retention_days").and_then(|n| n.integer(1, limits::RETENTION_DAYS));
        object.finish();
    }
    (rules, window)
}

fn question(node: &Node<'_>, language: &Language) -> Option<Question> {
    let mut object = Object::of(node)?;
    let key = object.key();
    let label = object.required_text("label", language);
    let kind = object.required_string("kind", QuestionKind::parse);
    let required = object.boolean("required", false);
    let kind_with_choices = matches!(kind, Some(QuestionKind::Choice | QuestionKind::Choices));
    let choices = if kind_with_choices { object.required("choices") } else { object.optional("choices") };
    let choice = |n: &Node<'_>| parts::key_and_text(n, "label", language).map(|(key, label)| Choice { key, label });
    if kind_with_choices && let Some(node) = choices.as_ref().filter(|n| n.value.as_array().is_some_and(Vec::is_empty))
    {
        node.error(InvalidValue::Required);
    }
    let choices = choices.map(|n| n.keyed(limits::CHOICES, choice, |c| c.key.as_str())).unwrap_or_default();
    object.finish();
    Some(Question { key: key?, label: label?, kind: kind?, required, choices })
}

/// The online meeting.
pub(crate) fn join(node: &Node<'_>) -> Option<Join> {
    let mut object = Object::of(node)?;
    let url = object.required("url").and_then(|n| n.url());
    let minutes_before = object
        .optional("minutes_before")
        .map_or(Some(limits::DEFAULT_JOIN_MINUTES), |n| n.integer(0, limits::JOIN_MINUTES));
    object.finish();
    Some(Join { url: url?, minutes_before: minutes_before? })
}

/// The message after the event.
pub(crate) fn follow_up(node: &Node<'_>, language: &Language) -> Option<FollowUp> {
    let mut object = Object::of(node)?;
    let hours_after = object
        .optional("hours_after")
        .map_or(Some(limits::DEFAULT_FOLLOW_UP_HOURS), |n| n.integer(0, limits::FOLLOW_UP_HOURS));
    let text = object.paragraphs("text", language, limits::PARAGRAPHS);
    object.finish();
    Some(FollowUp { hours_after: hours_after?, text })
}
