//! The parsed form of a definition.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::event::attributes::{
    AttendanceMode, Audience, Branding, Contact, EventStatus, Material, Organiser, Privacy, Publication, Room,
};
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Slug>,
    /// Whether the event is public.
    pub status: EventStatus,
    /// The organisation that administers the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Slug>,
    /// Organisations that may also see and manage the event's registrations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub co_organisers: Vec<Slug>,
    /// The organisations that are named as organisers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organisers: Vec<Organiser>,
    /// How people reach the organisers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// The address of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// The look of the event's pages and mails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branding: Option<Branding>,
    /// The privacy notice; `None`: that of the installation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<Privacy>,
    /// The spoken language, which is also the language of texts without one.
    pub language: Language,
    /// The title.
    pub title: Translated,
    /// A summary of one or two sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Translated>,
    /// The full description, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Translated>,
    /// The topics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Translated>,
    /// The groups of people that the event is meant for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<Audience>,
    /// The rooms in which sessions take place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<Room>,
    /// The event's materials.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<Material>,
    /// The publications that the event is based on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub publications: Vec<Publication>,
    /// The start, as local time of `time_zone`.
    pub starts: NaiveDateTime,
    /// The duration, for events without sessions or that last longer than their sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_minutes: Option<u32>,
    /// The IANA time zone of the definition's local times.
    pub time_zone: TimeZone,
    /// How people attend.
    pub attendance: AttendanceMode,
    /// The venue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Translated>,
    /// Whether attendance is free of charge.
    pub is_free: bool,
    /// The rules for registrations.
    pub registration: RegistrationRules,
    /// The online meeting for confirmed attendees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Join>,
    /// The message that attendees get after the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<FollowUp>,
    /// The speakers' cards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub speakers: Vec<SpeakerDefinition>,
    /// The programme.
    pub programme: ProgrammeDefinition,
}

/// The rules for an event's registrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationRules {
    /// The number of seats; `None`: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// Whether a full event has a waiting list.
    pub waitlist: bool,
    /// When registration opens, as local time of the event's zone; `None`: with publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<NaiveDateTime>,
    /// When registration closes, as local time of the event's zone; `None`: when the event starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes: Option<NaiveDateTime>,
    /// Whether people must confirm their address by mail before they get a seat.
    pub email_confirmation: bool,
    /// Whether people must choose an audience.
    pub audience_required: bool,
    /// The questions of the registration form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// The number of days after the event's end until personal data are anonymised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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

/// The message that attendees get once after the event, with the event's materials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// The number of hours after the event's end until the message is sent.
    pub hours_after: u32,
    /// The organisers' own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Translated>,
}

/// The programme as in the definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgrammeDefinition {
    /// Whether the programme is final.
    pub status: ProgrammeStatus,
    /// The keys of the speakers who moderate the whole event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moderators: Vec<Slug>,
    /// The sessions, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
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
}
