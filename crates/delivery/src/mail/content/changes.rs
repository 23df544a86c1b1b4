//! Lists what changed of an event, with the values before and now: its time, its place, and the sessions of its programme.
//!
//! Texts are compared as the recipient reads them. If the whole event moves, sessions that move with it are not listed.

use chrono::TimeDelta;
use plenaria_domain::event::AttendanceMode;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::session::{SessionDefinition, SessionStatus};
use plenaria_domain::values::language::{Language, MessageLanguage};
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use plenaria_locale::dates;
use plenaria_locale::words::mail::model::Labels;

use crate::mail::content::message::MailContent;

/// The most sessions that are listed.
const MAX_SESSIONS: usize = 12;

/// What changed of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The thing: a label, or a session's title.
    pub(crate) label: String,
    /// What is said about it, each with a value, which may be empty.
    pub(crate) lines: Vec<(&'static str, String)>,
}

/// What changed of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) list: Vec<Change>,
    /// Whether there are more changed sessions than those in the list.
    pub(crate) incomplete: bool,
}

/// What the message's event changed in the definition before it; nothing if that is not known.
pub(crate) fn changes(content: MailContent<'_>) -> Changes {
    let Some(before) = content.before else { return Changes::default() };
    let (language, labels) = (content.language(), &content.words().labels);
    let texts = content.text_language();
    let (Some(old), Some(new)) =
        (Version::new(before, language, &texts), Version::new(&content.event.definition, language, &texts))
    else {
        return Changes::default();
    };
    let difference = |label: &str, before: String, now: String| {
        let lines = vec![(labels.before, before), (labels.now, now)];
        (lines[0].1 != lines[1].1).then(|| Change { label: label.to_owned(), lines })
    };
    let mut list: Vec<Change> = Vec::new();
    list.extend(difference(labels.when, old.period(), new.period()));
    let with_mode = before.attendance != content.event.definition.attendance;
    list.extend(difference(labels.place, old.place(with_mode, labels), new.place(with_mode, labels)));
    let sessions = session_changes(&old, &new, labels);
    let incomplete = sessions.len() > MAX_SESSIONS;
    list.extend(sessions.into_iter().take(MAX_SESSIONS));
    Changes { list, incomplete }
}

fn session_changes(old: &Version<'_>, new: &Version<'_>, labels: &'static Labels) -> Vec<Change> {
    let find = |version: &Version<'_>, key: &SessionSlot<'_>| {
        version.sessions.iter().position(|slot| slot.session.key == key.session.key)
    };
    let of_new = new.sessions.iter().filter_map(|now| {
        let lines = match find(old, now).map(|index| &old.sessions[index]) {
            None => vec![(labels.session_added, new.details(now, None).join(", "))],
            Some(before) => changed_lines((old, before), (new, now), labels)?,
        };
        Some(Change { label: new.title(now).to_owned(), lines })
    });
    let removed = old.sessions.iter().filter(|before| find(new, before).is_none());
    let removed = removed.map(|before| Change {
        label: old.title(before).to_owned(),
        lines: vec![(labels.session_removed, String::new())],
    });
    of_new.chain(removed).collect()
}

/// What is said about a session that both versions have; `None` if people see no difference.
fn changed_lines(
    (old, before): (&Version<'_>, &SessionSlot<'_>),
    (new, now): (&Version<'_>, &SessionSlot<'_>),
    labels: &'static Labels,
) -> Option<Vec<(&'static str, String)>> {
    match (before.session.status, now.session.status) {
        (SessionStatus::Scheduled, SessionStatus::Cancelled) => {
            return Some(vec![(labels.session_cancelled, String::new())]);
        }
        (SessionStatus::Cancelled, SessionStatus::Scheduled) => {
            return Some(vec![(labels.session_reinstated, new.details(now, None).join(", "))]);
        }
        _ => {}
    }
    let was = old.details(before, Some((new, now)));
    let is = new.details(now, Some((old, before)));
    if was.is_empty() && is.is_empty() {
        return None;
    }
    let text = |details: Vec<String>| if details.is_empty() { "–".to_owned() } else { details.join(", ") };
    Some(vec![(labels.before, text(was)), (labels.now, text(is))])
}

/// A definition with its times, as a recipient reads it.
struct Version<'a> {
    definition: &'a Definition,
    starts_at: Instant,
    ends_at: Instant,
    sessions: Vec<SessionSlot<'a>>,
    language: MessageLanguage,
    /// The preferred language of texts.
    texts: &'a Language,
}

/// A session with its times.
struct SessionSlot<'a> {
    session: &'a SessionDefinition,
    starts_at: Instant,
    ends_at: Instant,
    /// How long after the event's start it starts.
    offset: TimeDelta,
}

impl<'a> Version<'a> {
    fn new(definition: &'a Definition, language: MessageLanguage, texts: &'a Language) -> Option<Self> {
        let schedule = definition.schedule().ok()?;
        let slots = definition.programme.sessions.iter().zip(&schedule.slots);
        let slot = |(session, slot): (&'a SessionDefinition, &plenaria_domain::event::programme::Slot)| SessionSlot {
            session,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            offset: slot.starts_at - schedule.starts_at,
        };
        let sessions = slots.map(slot).collect();
        let (starts_at, ends_at) = (schedule.starts_at, schedule.ends_at);
        Some(Self { definition, starts_at, ends_at, sessions, language, texts })
    }

    fn period(&self) -> String {
        dates::period(self.starts_at, self.ends_at, self.definition.time_zone, self.language)
    }

    /// The place, with the way of attending where that matters or there is nothing else to say.
    fn place(&self, with_mode: bool, labels: &Labels) -> String {
        let place = self.definition.place.as_ref().map(|place| place.get(self.texts, &self.definition.language));
        let mode = match self.definition.attendance {
            AttendanceMode::Online => labels.online,
            AttendanceMode::InPerson => labels.in_person,
            AttendanceMode::Hybrid => labels.hybrid,
        };
        match place {
            Some(place) if with_mode => format!("{place}, {mode}"),
            Some(place) => place.to_owned(),
            None => mode.to_owned(),
        }
    }

    fn title(&self, slot: &SessionSlot<'a>) -> &'a str {
        slot.session.title.get(self.texts, &self.definition.language)
    }

    fn room(&self, slot: &SessionSlot<'a>) -> Option<&'a str> {
        let key = slot.session.room.as_ref()?;
        let room = self.definition.rooms.iter().find(|room| room.key == *key)?;
        Some(room.name.get(self.texts, &self.definition.language))
    }

    fn speakers(&self, slot: &SessionSlot<'a>) -> String {
        let cards = &self.definition.speakers;
        let card = |key: &Slug| cards.iter().find(|card| card.key == *key);
        let names = slot.session.speakers.iter().filter_map(|speaker| card(&speaker.key));
        names.map(|speaker| speaker.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The time of a session, with the date unless it is the day on which the event starts.
    fn time(&self, slot: &SessionSlot<'a>) -> String {
        let zone = self.definition.time_zone;
        let (from, until) = (zone.at(slot.starts_at), zone.at(slot.ends_at));
        let end = dates::time(until, self.language);
        if from.date_naive() == zone.at(self.starts_at).date_naive() {
            format!("{}–{end}", dates::time(from, self.language))
        } else {
            format!("{}–{end}", dates::date_time(slot.starts_at, zone, self.language))
        }
    }

    /// Time, title, room and speakers of a session, as far as they differ from another version of it; without one, its
    /// time and its room.
    fn details(&self, slot: &SessionSlot<'a>, other: Option<(&Version<'_>, &SessionSlot<'_>)>) -> Vec<String> {
        let mut details = Vec::new();
        let Some((version, other)) = other else {
            details.push(self.time(slot));
            details.extend(self.room(slot).map(str::to_owned));
            return details;
        };
        if (slot.offset, slot.session.minutes) != (other.offset, other.session.minutes) {
            details.push(self.time(slot));
        }
        if self.title(slot) != version.title(other) {
            details.push(self.title(slot).to_owned());
        }
        if self.room(slot) != version.room(other) {
            details.extend(self.room(slot).map(str::to_owned));
        }
        let speakers = self.speakers(slot);
        if speakers != version.speakers(other) && !speakers.is_empty() {
            details.push(speakers);
        }
        details
    }
}

#[cfg(test)]
mod tests {
    use plenaria_domain::registration::message::MessageKind;
    use serde_json::{Value, json};

    use super::*;
    use crate::mail::content::preview::Sample;

    fn definition(change: impl Fn(&mut Value)) -> Definition {
        let session = |key: &str, speaker: &str| {
            json!({"key": key, "kind": "talk", "minutes": 20, "title": {"en": key, "es": format!("{key} es")},
                   "room": "blue", "speakers": [speaker]})
        };
        let mut document = json!({
            "slug": "one-event", "status": "published", "language": "en", "title": "Forum", "place": "Room 1",
            "starts": "2027-07-22T15:00", "time_zone": "Europe/Madrid", "attendance": "hybrid",
            "rooms": [{"key": "blue", "name": "Blue"}, {"key": "red", "name": {"en": "Red", "es": "Roja"}}],
            "speakers": [{"key": "ana", "name": "Ana"}, {"key": "bilal", "name": "بلال"}],
            "programme": {"sessions": [session("a", "ana"), session("b", "ana"), session("c", "bilal")]},
        });
        change(&mut document);
        Definition::parse(&document, "2026-11-23T09:00:00Z".parse().unwrap()).unwrap()
    }

    /// What changed, as lines, in this language.
    fn lines(language: MessageLanguage, change: impl Fn(&mut Value)) -> Vec<String> {
        let (before, after) = (definition(|_| ()), definition(change));
        let mut sample = Sample::new(after, "Ana", "ana@example.org", Instant::default()).unwrap();
        let mut content = sample.content(MessageKind::EventChanged, language, &[]);
        content.before = Some(&before);
        let line = |change: Change| {
            let lines = change.lines.iter().map(|(word, value)| format!("{word} {value}"));
            format!("{}: {}", change.label, lines.collect::<Vec<_>>().join("; "))
        };
        changes(content).list.into_iter().map(line).collect()
    }

    #[test]
    fn times_and_places_have_their_old_and_new_value() {
        assert!(lines(MessageLanguage::En, |_| ()).is_empty());
        // The sessions move with the event.
        let moved = lines(MessageLanguage::En, |d| d["starts"] = json!("2027-07-23T16:00"));
        let expected = "When: Before Thursday, 22 July 2027, 15:00–16:00 (Europe/Madrid, UTC+2); \
                        Now Friday, 23 July 2027, 16:00–17:00 (Europe/Madrid, UTC+2)";
        assert_eq!(moved, [expected]);
        let place = lines(MessageLanguage::En, |d| d["place"] = json!("Room 2"));
        assert_eq!(place, ["Where: Before Room 1; Now Room 2"]);
        let mode = lines(MessageLanguage::Es, |d| d["attendance"] = json!("in_person"));
        assert_eq!(
            mode,
            ["Dónde: Before Room 1, En línea o presencial; Now Room 1, Presencial"]
                .map(|line| { line.replace("Before", "Antes").replace("Now", "Ahora") })
        );
    }

    #[test]
    fn sessions_are_compared_as_people_read_them() {
        let changed = lines(MessageLanguage::En, |d| {
            let sessions = d["programme"]["sessions"].as_array_mut().unwrap();
            sessions[0]["status"] = json!("cancelled");
            sessions[1]["room"] = json!("red");
            sessions[1]["title"]["es"] = json!("otra");
            sessions[1]["speakers"] = json!(["bilal"]);
            sessions[2]["minutes"] = json!(25);
        });
        assert_eq!(
            changed,
            [
                "When: Before Thursday, 22 July 2027, 15:00–16:00 (Europe/Madrid, UTC+2); \
                 Now Thursday, 22 July 2027, 15:00–16:05 (Europe/Madrid, UTC+2)",
                "a: Cancelled ",
                "b: Before Blue, Ana; Now Red, بلال",
                "c: Before 15:40–16:00; Now 15:40–16:05",
            ]
        );
        // A translation that the recipient does not read.
        let translated = |d: &mut Value| d["programme"]["sessions"][0]["title"]["es"] = json!("otra");
        assert!(lines(MessageLanguage::En, translated).is_empty());
        assert_eq!(lines(MessageLanguage::Es, translated), ["otra: Antes a es; Ahora otra"]);
        let replaced = lines(MessageLanguage::En, |d| d["programme"]["sessions"][2]["key"] = json!("d"));
        assert_eq!(replaced, ["c: New 15:40–16:00, Blue", "c: No longer in the programme "]);
    }

    #[test]
    fn long_lists_are_cut() {
        let (before, after) = (
            definition(|d| {
                d["programme"]["sessions"] = json!([]);
                d["duration_minutes"] = json!(10);
            }),
            definition(|d| {
                let session = |n: usize| json!({"key": format!("s{n}"), "kind": "talk", "minutes": 5, "title": "S"});
                d["programme"]["sessions"] = (0..MAX_SESSIONS + 1).map(session).collect();
            }),
        );
        let mut sample = Sample::new(after, "Ana", "ana@example.org", Instant::default()).unwrap();
        let mut content = sample.content(MessageKind::EventChanged, MessageLanguage::En, &[]);
        content.before = Some(&before);
        let Changes { list, incomplete } = changes(content);
        assert_eq!((list.len(), incomplete), (MAX_SESSIONS + 1, true), "the time, and the first sessions");
    }
}
