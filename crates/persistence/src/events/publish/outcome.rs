//! What a publication requires and what it results in.

use plenaria_domain::audit::AuditContext;
use plenaria_domain::event::definition::diff::DefinitionChange;
use plenaria_domain::partner::organisation::Organisation;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::slug::Slug;

use crate::access::Access;

/// Who publishes.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// The access rights of a client's organisation; `None` for an operator, who may do anything.
    pub access: Option<Access>,
    /// Who it is for the audit log and the history.
    pub audit: AuditContext,
}

impl Publisher {
    /// An operator, who may do anything.
    pub const fn operator() -> Self {
        Self { access: None, audit: AuditContext::operator() }
    }

    pub(crate) fn organisation(&self) -> Option<&Organisation> {
        self.access.as_ref().map(Access::organisation)
    }
}

/// The condition on the stored event under which a change is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// None.
    Any,
    /// The event must not exist (`If-None-Match: *`).
    MustNotExist,
    /// The event must exist (`If-Match: *`).
    MustExist,
    /// The event must have this revision (`If-Match` with an `ETag`).
    Revision(i64),
}

impl Precondition {
    /// Whether the condition holds for an event with this revision; `None`: there is no event.
    pub(crate) fn holds(self, revision: Option<i64>) -> bool {
        match self {
            Self::Any => true,
            Self::MustNotExist => revision.is_none(),
            Self::MustExist => revision.is_some(),
            Self::Revision(expected) => revision == Some(expected),
        }
    }
}

/// Whether publishing takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishMode {
    /// The definitions are published.
    Apply,
    /// The transaction is rolled back; the result is what would have happened.
    DryRun,
}

/// What publishing a definition did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishOutcome {
    /// The event is new.
    Created,
    /// The definition changed.
    Changed,
    /// The definition is the same as before.
    Unchanged,
}

impl PublishOutcome {
    /// The outcome as a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        }
    }
}

/// A published definition.
#[derive(Clone, Debug)]
pub struct Published {
    /// The event.
    pub id: EventId,
    /// Its slug now.
    pub slug: Slug,
    /// What publishing did.
    pub outcome: PublishOutcome,
    /// The event's revision now.
    pub revision: i64,
    /// What changed, value by value; empty for a new event.
    pub changes: Vec<DefinitionChange>,
    /// The top-level parts of the definition that changed; empty for a new event.
    pub changed_parts: Vec<String>,
    /// What this means for people.
    pub effects: Effects,
}

/// What a publication means for the people who are registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// The number of registrations that were promoted from the waiting list. Each of them gets a mail about that.
    pub promoted: u32,
    /// The number of registrations that get a mail about what changed of the event.
    pub attendees_to_notify: u64,
    /// The number of confirmed registrations beyond the capacity.
    pub over_capacity: u32,
}
