//! The attributes of an event: its status, phase and attendance mode, and the organisers, audiences and publications
//! that its definition names.

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
    pub url: Option<String>,
}
