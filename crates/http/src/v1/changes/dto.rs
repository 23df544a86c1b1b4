//! A change as callers see it: what happened to what, and no personal data (`docs/decisions/0013-the-feed.md`).

use chrono::{DateTime, Utc};
use plenaria_domain::change::{Change, ShownChange};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::registrations::dto::RegistrationStatusDto;
use crate::v1::speakers::dto::EventReference;

/// A part of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangePage {
    /// The changes in their order; a registration's always in that of its `sequence`.
    #[schema(max_items = 100)]
    pub(super) data: Vec<ChangeDto>,
    /// Where it stands.
    pub(super) page: FeedPlace,
}

/// Where a part of the feed stands in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedPlace {
    /// The most changes of this part.
    #[schema(minimum = 1, maximum = 100, example = 20)]
    pub(super) limit: usize,
    /// The cursor to go on with. It is always there, and moves on even when there is nothing to tell: keep the newest. It
    /// is another text each time, also where nothing has happened.
    #[schema(
        max_length = 1000,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "8QdT0nqZ5pVw3yJcKk1mR7uX2bHsLfE9aGi4NoPtYvCxWjBzD6lSgUeMhIrAOqF8T5pVw3yJcKk1mR7uX2bHsLfE9aGi4NoP"
    )]
    pub(super) next_cursor: String,
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Change)]
pub(crate) struct ChangeDto {
    /// Names it for good.
    #[schema(example = "019a0000-0000-7000-8000-000000000005")]
    id: Uuid,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(rename = "type", value_type = ChangeTypeDto, example = "registration.created")]
    kind: &'static str,
    /// When it happened.
    #[schema(example = "2026-11-23T09:00:00Z")]
    occurred_at: DateTime<Utc>,
    /// The revision of the registration, or of the event, that it made. A registration's grows by one with each change;
    /// an event's may skip those of its drafts.
    #[schema(minimum = 1, example = 1)]
    sequence: i64,
    /// What it happened to.
    #[schema(value_type = ChangeData)]
    data: ShownChange,
}

// This and those below it say what `ShownChange` looks like, which webhooks send too.

/// What a change happened to: a registration (`registration.*`) or an event (`event.*`).
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum ChangeData {
    /// A registration.
    Registration(RegistrationChange),
    /// An event.
    Event(EventChange),
}

/// A change of a registration. Who needs the person's data reads the registration, if it is still there.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct RegistrationChange {
    /// Its event.
    event: EventReference,
    /// The registration.
    registration: ChangedRegistration,
}

/// A registration as a change left it.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct ChangedRegistration {
    /// Its id.
    #[schema(example = "019a0000-0000-7000-8000-000000000004")]
    id: Uuid,
    /// Where it stood after this change; it may have moved on since.
    #[schema(value_type = RegistrationStatusDto)]
    status: &'static str,
    /// `public`, or the key of the organisation whose client made it; null if that is no longer known.
    #[schema(max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "public")]
    source: Option<String>,
    /// The client's own name for it; null once the registration was erased.
    #[schema(max_length = 100, example = json!(null))]
    external_reference: Option<String>,
    /// Its revision after this change.
    #[schema(minimum = 1, example = 1)]
    revision: i64,
    /// Where to go on.
    links: ChangeLinks,
}

/// Where to go on from a change.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct ChangeLinks {
    /// The registration as it is now; 404 once it was erased.
    #[serde(rename = "self")]
    #[schema(
        rename = "self",
        max_length = 2000,
        format = "uri",
        example = "https://api.plenaria.example.org/v1/registrations/019a0000-0000-7000-8000-000000000004"
    )]
    this: String,
}

/// A change of an event.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct EventChange {
    /// The event.
    event: ChangedEvent,
    /// The parts of its definition that changed since it was last public, whatever its drafts said in between; empty if it is
    /// public for the first time.
    #[schema(max_items = 100)]
    changed: Vec<String>,
}

/// An event as a change left it.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct ChangedEvent {
    /// Its id.
    #[schema(example = "019a0000-0000-7000-8000-000000000001")]
    id: Uuid,
    /// Its slug.
    #[schema(max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "some-event")]
    slug: String,
    /// Its revision after this change.
    #[schema(minimum = 1, example = 1)]
    revision: i64,
}

/// What happened.
#[derive(ToSchema)]
#[schema(as = ChangeType)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum ChangeTypeDto {
    /// A registration was made.
    #[schema(rename = "registration.created")]
    RegistrationCreated,
    /// An address was confirmed and a seat taken.
    #[schema(rename = "registration.confirmed")]
    RegistrationConfirmed,
    /// An address was confirmed and a place in the queue taken.
    #[schema(rename = "registration.waitlisted")]
    RegistrationWaitlisted,
    /// The head of the queue got a seat.
    #[schema(rename = "registration.promoted")]
    RegistrationPromoted,
    /// The person's data changed.
    #[schema(rename = "registration.updated")]
    RegistrationUpdated,
    /// A registration was given back.
    #[schema(rename = "registration.cancelled")]
    RegistrationCancelled,
    /// The person's data were erased.
    #[schema(rename = "registration.erased")]
    RegistrationErased,
    /// The person was there.
    #[schema(rename = "registration.attended")]
    RegistrationAttended,
    /// An event became public.
    #[schema(rename = "event.published")]
    EventPublished,
    /// A public event's definition changed.
    #[schema(rename = "event.updated")]
    EventUpdated,
    /// An event was called off.
    #[schema(rename = "event.cancelled")]
    EventCancelled,
    /// A cancelled event takes place after all.
    #[schema(rename = "event.reinstated")]
    EventReinstated,
}

impl ChangeDto {
    /// `base` is where the API is found.
    pub(super) fn new(change: Change, base: &str) -> Self {
        let (id, kind) = (change.id.0, change.kind.as_str());
        let (occurred_at, sequence) = (change.occurred_at, change.sequence);
        Self { id, kind, occurred_at, sequence, data: ShownChange::new(change, base) }
    }
}
