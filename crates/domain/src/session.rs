//! Sessions: the parts of a programme.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::string_enum::string_enum;
use crate::ids::{SessionId, SpeakerId};
use crate::slug::Slug;
use crate::text::Translated;
use crate::time::Instant;

string_enum!(
    /// What kind of session it is.
    SessionKind {
        /// Words of welcome.
        Welcome = "welcome",
        /// Leads into the subject.
        Introduction = "introduction",
        /// One or more people speak.
        Talk = "talk",
        /// People discuss before an audience.
        Panel = "panel",
        /// Everybody works.
        Workshop = "workshop",
        /// Questions and answers.
        QAndA = "q_and_a",
        /// A pause.
        Break = "break",
        /// What follows from it all.
        Conclusions = "conclusions",
        /// The end.
        Closing = "closing",
        /// Anything else.
        Other = "other",
    }
);

string_enum!(
    /// What a speaker does in a session.
    SpeakerRole {
        /// Gives it.
        Speaker = "speaker",
        /// Leads it.
        Moderator = "moderator",
        /// Receives the guests.
        Host = "host",
        /// Sits on the panel.
        Panelist = "panelist",
    }
);

/// A speaker's part in a session, as a definition says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The speaker's key.
    pub key: Slug,
    /// The role.
    pub role: SpeakerRole,
}

/// A session as a definition says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionDefinition {
    /// Names the session within its event.
    pub key: Slug,
    /// Its kind.
    pub kind: SessionKind,
    /// Its title.
    pub title: Translated,
    /// What it is about, in Markdown.
    pub r#abstract: Option<Translated>,
    /// The track, where sessions run side by side.
    pub track: Option<Translated>,
    /// Its length in minutes.
    pub minutes: u32,
    /// Its wall-clock start, only where it does not follow the session before it.
    pub starts: Option<NaiveDateTime>,
    /// Who takes part, in order.
    pub speakers: Vec<Part>,
}

/// A session with its id and times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id; it stays while the key does.
    pub id: SessionId,
    /// What the definition says of it.
    pub definition: SessionDefinition,
    /// When it starts.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// Its start on the clock of the event's zone.
    pub local_start: NaiveDateTime,
    /// Who takes part: the ids belonging to the definition's keys, in the same order.
    pub speakers: Vec<(SpeakerRole, SpeakerId)>,
}
