//! Sessions: the talks, panels, breaks and other parts of a programme.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::event::attributes::Material;
use crate::string_enum::string_enum;
use crate::values::ids::{SessionId, SpeakerId};
use crate::values::language::Language;
use crate::values::slug::Slug;
use crate::values::text::translated::Translated;
use crate::values::time::Instant;

string_enum!(
    /// The kind of a session.
    SessionKind {
        /// A welcome.
        Welcome = "welcome",
        /// An introduction to the subject.
        Introduction = "introduction",
        /// A talk by one or more people.
        Talk = "talk",
        /// A panel discussion.
        Panel = "panel",
        /// A workshop in which the attendees take part.
        Workshop = "workshop",
        /// Questions and answers.
        QAndA = "q_and_a",
        /// A break.
        Break = "break",
        /// The conclusions.
        Conclusions = "conclusions",
        /// The closing of the event.
        Closing = "closing",
        /// Any other kind.
        Other = "other",
    }
);

string_enum!(
    /// The role of a speaker in a session.
    SpeakerRole {
        /// Gives the session.
        Speaker = "speaker",
        /// Moderates the session.
        Moderator = "moderator",
        /// Hosts the session.
        Host = "host",
        /// Takes part in the panel.
        Panelist = "panelist",
    }
);

string_enum!(
    /// Whether a session takes place.
    SessionStatus {
        /// The session takes place.
        Scheduled = "scheduled",
        /// The session was cancelled; it keeps its time in the programme.
        Cancelled = "cancelled",
    }
);

/// A speaker of a session, as in the definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSpeaker {
    /// The speaker's key.
    pub key: Slug,
    /// The speaker's roles in the session, at least one.
    pub roles: Vec<SpeakerRole>,
}

/// A session as in the definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionDefinition {
    /// The session's key, unique within its event.
    pub key: Slug,
    /// The kind.
    pub kind: SessionKind,
    /// The title.
    pub title: Translated,
    /// The abstract, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#abstract: Option<Translated>,
    /// The track, for events with parallel sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<Translated>,
    /// The key of the session's room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<Slug>,
    /// The spoken language; `None`: the event's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Whether the session takes place.
    pub status: SessionStatus,
    /// The length in minutes.
    pub minutes: u32,
    /// The start in local time; `None`: when the previous session ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<NaiveDateTime>,
    /// The speakers, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub speakers: Vec<SessionSpeaker>,
    /// The session's materials.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<Material>,
}

/// A session with its id and its computed times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session's id; it stays the same as long as the key does.
    pub id: SessionId,
    /// The session as in the definition.
    pub definition: SessionDefinition,
    /// When the session starts.
    pub starts_at: Instant,
    /// When the session ends.
    pub ends_at: Instant,
    /// The start as local time of the event's zone.
    pub local_start: NaiveDateTime,
    /// The roles and ids of the speakers, in the order of the definition.
    pub speakers: Vec<(Vec<SpeakerRole>, SpeakerId)>,
}
