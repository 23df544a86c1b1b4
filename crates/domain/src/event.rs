//! Events: one webinar or conference day.

use serde::{Deserialize, Serialize};

use crate::definition::Definition;
use crate::ids::EventId;
use crate::language::Language;
use crate::programme::Programme;
use crate::slug::Slug;
use crate::text::Translated;
use crate::time::Instant;

/// A closed list of names, each with its spelling on the wire.
#[macro_export]
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every value, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The spelling on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Parses the spelling on the wire.
            pub fn parse(text: &str) -> Result<Self, $crate::refusal::Refusal> {
                Self::ALL.iter().copied().find(|v| v.as_str() == text).ok_or_else(|| {
                    $crate::refusal::Refusal::Choice {
                        choices: Self::ALL.iter().map(|v| v.as_str().to_owned()).collect(),
                    }
                })
            }
        }
    };
}

choice!(
    /// Whether an event is shown.
    EventStatus {
        /// Invisible to the public.
        Draft = "draft",
        /// Shown, and open for registration as its window says.
        Published = "published",
        /// Shown as cancelled; takes no registrations.
        Cancelled = "cancelled",
    }
);

choice!(
    /// Where an event stands in time.
    Phase {
        /// It has not started.
        Upcoming = "upcoming",
        /// It is running.
        Live = "live",
        /// It is over.
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

choice!(
    /// How one attends.
    Attendance {
        /// On line only.
        Online = "online",
        /// At the place only.
        InPerson = "in_person",
        /// Either way.
        Hybrid = "hybrid",
    }
);

/// An organisation that is named as organiser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organiser {
    /// Its key.
    pub key: Slug,
    /// Its name, the same in every language.
    pub name: String,
    /// Its site.
    pub url: Option<String>,
}

/// A group of people that an event is for, to be chosen in the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// Its key.
    pub key: Slug,
    /// Its label.
    pub label: Translated,
}

/// A text that the event builds on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Its title.
    pub title: Translated,
    /// Where it is found.
    pub url: Option<String>,
}

/// An event as it is read: its definition, and what is derived from it.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Counts the changes of its definition, from 1.
    pub revision: i64,
    /// When the definition last changed.
    pub updated_at: Instant,
    /// The definition.
    pub definition: Definition,
    /// When it starts.
    pub starts_at: Instant,
    /// When it ends: the last session's end, or later if the definition says so.
    pub ends_at: Instant,
    /// The sessions with their times and the speakers' cards.
    pub programme: Programme,
}

impl Event {
    /// Where people find the event, if the API is at `public_url`: the event in the API, as there are no pages for people
    /// yet.
    pub fn page_url(&self, public_url: &str) -> String {
        format!("{public_url}/v1/events/{}", self.definition.slug)
    }

    /// Whether the public sees it.
    pub fn is_public(&self) -> bool {
        self.definition.status != EventStatus::Draft
    }

    /// Whether it is neither a draft nor called off.
    pub fn takes_place(&self) -> bool {
        self.definition.status == EventStatus::Published
    }

    /// The phase at `now`.
    pub fn phase(&self, now: Instant) -> Phase {
        Phase::at(now, self.starts_at, self.ends_at)
    }

    /// When a phase ends; the last one does not.
    pub const fn phase_ends_at(&self, phase: Phase) -> Option<Instant> {
        match phase {
            Phase::Upcoming => Some(self.starts_at),
            Phase::Live => Some(self.ends_at),
            Phase::Ended => None,
        }
    }

    /// When the event, in this phase, last changed: by its definition, or by time.
    pub fn last_change(&self, phase: Phase) -> Instant {
        match phase {
            Phase::Upcoming => self.updated_at,
            Phase::Live => self.updated_at.max(self.starts_at),
            Phase::Ended => self.updated_at.max(self.ends_at),
        }
    }

    /// The languages that the event's texts exist in, its own first.
    pub fn languages(&self) -> Vec<Language> {
        let definition = &self.definition;
        let mut languages = vec![definition.language.clone()];
        let texts = std::iter::once(&definition.title).chain(&definition.summary).chain(&definition.description);
        for language in texts.flat_map(Translated::languages) {
            if !languages.contains(language) {
                languages.push(language.clone());
            }
        }
        languages
    }
}
