//! Definitions: an event, its speakers and its programme as one document (`CONTRACT.md`, section 5).
//!
//! [`Definition::parse`] takes the document as JSON values, whatever file it came from, and tells all of its errors.
//! What it gives back is resolved: full dates, every text by language, every role spelt out. Serialised, it reads back
//! as the same definition, and two definitions that say the same are equal.

mod node;
mod order;
mod people;
mod read;
mod sessions;
#[cfg(test)]
mod tests;
mod year;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::answers::Question;
use crate::event::{Attendance, Audience, EventStatus, Organiser, Publication};
use crate::language::Language;
use crate::programme::{ProgrammeStatus, Schedule};
use crate::session::SessionDefinition;
use crate::slug::Slug;
use crate::speaker::SpeakerDefinition;
use crate::text::Translated;
use crate::time::Instant;
use crate::time_zone::TimeZone;
use crate::window::RegistrationWindow;

/// A resolved definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Names the event for people.
    pub slug: Slug,
    /// Joins editions of one event.
    pub series: Option<Slug>,
    /// Whether it is shown.
    pub status: EventStatus,
    /// The organisation that administers the event.
    pub owner: Option<Slug>,
    /// Organisations that see and manage its registrations too.
    pub co_organisers: Vec<Slug>,
    /// Who is named as organiser.
    pub organisers: Vec<Organiser>,
    /// The spoken language, and that of plain texts.
    pub language: Language,
    /// The title.
    pub title: Translated,
    /// One or two sentences.
    pub summary: Option<Translated>,
    /// The whole story, in Markdown.
    pub description: Option<Translated>,
    /// What it is about.
    pub topics: Vec<Translated>,
    /// Whom it is for.
    pub audiences: Vec<Audience>,
    /// What it builds on.
    pub publications: Vec<Publication>,
    /// The start on the clock of `time_zone`.
    pub starts: NaiveDateTime,
    /// The length, where there are no sessions or it is longer than theirs.
    pub duration_minutes: Option<u32>,
    /// The IANA zone that `starts` is in.
    pub time_zone: TimeZone,
    /// How one attends.
    pub attendance: Attendance,
    /// Where.
    pub place: Option<Translated>,
    /// Whether it costs nothing.
    pub is_free: bool,
    /// How registrations are taken.
    pub registration: RegistrationRules,
    /// Where those who are confirmed join.
    pub join: Option<Join>,
    /// The speakers' cards.
    pub speakers: Vec<SpeakerDefinition>,
    /// The programme.
    pub programme: ProgrammeDefinition,
}

/// How an event takes registrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationRules {
    /// How many seats; `None`: no limit.
    pub capacity: Option<u32>,
    /// Whether a full event queues people.
    pub waitlist: bool,
    /// When registration opens, on the clock of the event's zone; `None`: with publication.
    pub opens: Option<NaiveDateTime>,
    /// When it closes; `None`: when the event starts.
    pub closes: Option<NaiveDateTime>,
    /// Whether an address must be confirmed by mail first.
    pub email_confirmation: bool,
    /// Whether the form's audience must be chosen.
    pub audience_required: bool,
    /// The questions of the form.
    pub questions: Vec<Question>,
    /// After how many days from its end personal data are made anonymous.
    pub retention_days: Option<u32>,
}

/// Where those who are confirmed join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// The address of the room.
    pub url: String,
    /// From how many minutes before the start it is told.
    pub minutes_before: u32,
}

/// The programme of a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgrammeDefinition {
    /// Whether it may still change.
    pub status: ProgrammeStatus,
    /// Who leads through the event: keys of speakers.
    pub moderators: Vec<Slug>,
    /// The sessions, in order.
    pub sessions: Vec<SessionDefinition>,
}

impl Definition {
    /// The times of the event and its sessions. A definition that was read has them, by whatever rules of its zone: a
    /// time that newer rules skip is read with the offset from before the gap. The error is for one that was tampered
    /// with.
    pub fn schedule(&self) -> Result<Schedule, crate::refusal::InvalidValue> {
        let sessions = self.programme.sessions.iter().map(|session| (session.starts, session.minutes));
        Schedule::plan_compatible(self.starts, self.time_zone, self.duration_minutes, sessions)
    }

    /// When registrations are taken, for an event with this definition and these times; skipped times are read as
    /// [`Definition::schedule`] reads them.
    pub fn window(&self, starts_at: Instant, ends_at: Instant) -> Result<RegistrationWindow, crate::refusal::InvalidValue> {
        let instant = |local: Option<NaiveDateTime>| local.map(|l| self.time_zone.compatible_instant_of(l)).transpose();
        Ok(RegistrationWindow {
            status: self.status,
            opens_at: instant(self.registration.opens)?,
            closes_at: instant(self.registration.closes)?.unwrap_or(starts_at),
            ends_at,
        })
    }

    /// The names of the top-level parts in which two definitions differ, in the document's order.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let parts = |d: &Self| serde_json::to_value(d).ok().and_then(|v| v.as_object().cloned()).unwrap_or_default();
        let (mine, theirs) = (parts(self), parts(other));
        mine.iter().filter(|(name, value)| theirs.get(*name) != Some(value)).map(|(name, _)| name.clone()).collect()
    }
}
