//! The attributes of an event: its status, phase and attendance mode, and the organisers, audiences, publications, rooms
//! and materials that its definition names.

use serde::{Deserialize, Serialize};

use crate::string_enum::string_enum;
use crate::values::slug::Slug;
use crate::values::text::translated::Translated;
use crate::values::time::Instant;

string_enum!(
    /// Whether an event is public.
    EventStatus {
        /// Not visible to the public.
        Draft = "draft",
        /// Visible, and open for registration during its registration window.
        Published = "published",
        /// Visible as cancelled; accepts no registrations.
        Cancelled = "cancelled",
    }
);

string_enum!(
    /// Whether an event is in the future, running, or over.
    Phase {
        /// The event has not started.
        Upcoming = "upcoming",
        /// The event is running.
        Live = "live",
        /// The event is over.
        Ended = "ended",
    }
);

impl Phase {
    /// The phase at `now` of an event from `starts_at` (inclusive) to `ends_at` (exclusive).
    pub fn at(now: Instant, starts_at: Instant, ends_at: Instant) -> Self {
        if now >= ends_at {
            Self::Ended
        } else if now >= starts_at {
            Self::Live
        } else {
            Self::Upcoming
        }
    }
}

string_enum!(
    /// Whether people attend online, in person, or either way.
    AttendanceMode {
        /// Online only.
        Online = "online",
        /// At the venue only.
        InPerson = "in_person",
        /// Online or at the venue.
        Hybrid = "hybrid",
    }
);

/// An organisation that is named as organiser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organiser {
    /// The organiser's key.
    pub key: Slug,
    /// The name, the same in every language.
    pub name: String,
    /// The organiser's website.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A group of people that an event is meant for; the registration form offers these as choices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// The audience's key.
    pub key: Slug,
    /// The audience's label.
    pub label: Translated,
}

/// A publication that the event is based on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The title.
    pub title: Translated,
    /// The address of the publication or of a page about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// How people reach the organisers of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The name of a person, a team or an office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Translated>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The address of a page, for example with a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The look of an event's pages and mails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branding {
    /// The main colour: `#` and six hexadecimal digits in lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// The address of a logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
}

/// The privacy notice that people accept when they register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privacy {
    /// The address of the notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_url: Option<String>,
    /// The version of the notice, which is stored with each registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A room or hall, real or virtual, in which sessions take place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The room's key.
    pub key: Slug,
    /// The room's name.
    pub name: Translated,
}

string_enum!(
    /// The kind of a material.
    MaterialKind {
        /// A recording of the event or of a session.
        Recording = "recording",
        /// Slides.
        Slides = "slides",
        /// A document.
        Document = "document",
        /// A survey.
        Survey = "survey",
        /// Any other kind.
        Other = "other",
    }
);

/// Something that an event or a session offers to read, watch or fill in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// The text of the link.
    pub label: Translated,
    /// The address.
    pub url: String,
    /// The kind.
    pub kind: MaterialKind,
}
