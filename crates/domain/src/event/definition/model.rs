//! The parsed form of a definition.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::event::attributes::{AttendanceMode, Audience, EventStatus, Organiser, Publication};
use crate::event::programme::{ProgrammeStatus, Schedule};
use crate::event::registration_window::RegistrationWindow;
use crate::event::session::SessionDefinition;
use crate::event::speaker::SpeakerDefinition;
use crate::registration::answers::Question;
use crate::validation::InvalidValue;
use crate::values::language::Language;
use crate::values::slug::Slug;
use crate::values::text::translated::Translated;
use crate::values::time::Instant;
use crate::values::time_zone::TimeZone;

/// An event's definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// The event's slug.
    pub slug: Slug,
    /// The slug of the series, shared by the editions of one event.
    pub series: Option<Slug>,
    /// Whether the event is public.
    pub status: EventStatus,
    /// The organisation that administers the event.
    pub owner: Option<Slug>,
    /// Organisations that may also see and manage the event's registrations.
    pub co_organisers: Vec<Slug>,
    /// The organisations that are named as organisers.
    pub organisers: Vec<Organiser>,
    /// The spoken language, which is also the language of texts without one.
    pub language: Language,
    /// The title.
    pub title: Translated,
    /// A summary of one or two sentences.
    pub summary: Option<Translated>,
    /// The full description, in Markdown.
    pub description: Option<Translated>,
    /// The topics.
    pub topics: Vec<Translated>,
    /// The groups of people that the event is meant for.
    pub audiences: Vec<Audience>,
    /// The publications that the event is based on.
    pub publications: Vec<Publication>,
    /// The start, as local time of `time_zone`.
    pub starts: NaiveDateTime,
    /// The duration, for events without sessions or that last longer than their sessions.
    pub duration_minutes: Option<u32>,
    /// The IANA time zone of the definition's local times.
    pub time_zone: TimeZone,
    /// How people attend.
    pub attendance: AttendanceMode,
    /// The venue.
    pub place: Option<Translated>,
    /// Whether attendance is free of charge.
    pub is_free: bool,
    /// The rules for registrations.
    pub registration: RegistrationRules,
    /// The online meeting for confirmed attendees.
    pub join: Option<Join>,
    /// The speakers' cards.
    pub speakers: Vec<SpeakerDefinition>,
    /// The programme.
    pub programme: ProgrammeDefinition,
}

/// The rules for an event's registrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationRules {
    /// The number of seats; `None`: no limit.
    pub capacity: Option<u32>,
    /// Whether a full event has a waiting list.
    pub waitlist: bool,
    /// When registration opens, as local time of the event's zone; `None`: with publication.
    pub opens: Option<NaiveDateTime>,
    /// When registration closes, as local time of the event's zone; `None`: when the event starts.
    pub closes: Option<NaiveDateTime>,
    /// Whether people must confirm their address by mail before they get a seat.
    pub email_confirmation: bool,
    /// Whether people must choose an audience.
    pub audience_required: bool,
    /// The questions of the registration form.
    pub questions: Vec<Question>,
    /// The number of days after the event's end until personal data are anonymised.
    pub retention_days: Option<u32>,
}

/// The online meeting for confirmed attendees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// The meeting's address.
    pub url: String,
    /// The number of minutes before the start from which attendees can see the address.
    pub minutes_before: u32,
}

/// The programme as in the definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgrammeDefinition {
    /// Whether the programme is final.
    pub status: ProgrammeStatus,
    /// The keys of the speakers who moderate the whole event.
    pub moderators: Vec<Slug>,
    /// The sessions, in order.
    pub sessions: Vec<SessionDefinition>,
}

impl Definition {
    /// The times of the event and its sessions, by the current rules of the zone. Rules may have changed since the
    /// definition was accepted: a time that they now skip is converted with the offset from before the gap.
    ///
    /// # Errors
    /// Only for a definition that was changed after parsing.
    pub fn schedule(&self) -> Result<Schedule, InvalidValue> {
        let sessions = self.programme.sessions.iter().map(|session| (session.starts, session.minutes));
        Schedule::plan_compatible(self.starts, self.time_zone, self.duration_minutes, sessions)
    }

    /// The registration window of an event with this definition and these times. Skipped times are converted as in
    /// [`Definition::schedule`].
    ///
    /// # Errors
    /// As for [`Definition::schedule`].
    pub fn registration_window(
        &self,
        starts_at: Instant,
        ends_at: Instant,
    ) -> Result<RegistrationWindow, InvalidValue> {
        let instant = |local: Option<NaiveDateTime>| local.map(|l| self.time_zone.compatible_instant_of(l)).transpose();
        Ok(RegistrationWindow {
            status: self.status,
            opens_at: instant(self.registration.opens)?,
            closes_at: instant(self.registration.closes)?.unwrap_or(starts_at),
            ends_at,
        })
    }

    /// The names of the top-level fields in which two definitions differ, in the order of the document.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let fields = |d: &Self| serde_json::to_value(d).ok().and_then(|v| v.as_object().cloned()).unwrap_or_default();
        let (own, others) = (fields(self), fields(other));
        own.iter().filter(|(name, value)| others.get(*name) != Some(value)).map(|(name, _)| name.clone()).collect()
    }
}
