//! The representations of definitions, their revisions, and what publishing them does.

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::definition::diff::DefinitionChange;
use plenaria_persistence::events::publish::outcome::{Effects, PublishMode, PublishOutcome, Published};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::document;
use crate::problem::{language, texts};
use crate::request::pagination::Page;
use crate::schemas;
use crate::v1::event_reference::EventReference;
use crate::v1::events::dto::EventDto;
use crate::v1::events::programme_dto::ProgrammeDto;

/// An event that the caller's organisation organises.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DefinitionSummary)]
pub(super) struct SummaryDto {
    /// The event.
    pub(super) event: EventReference,
    /// The title, in the caller's language.
    #[schema(max_length = 300, example = "Internationalisation and metropolitan spaces")]
    pub(super) title: String,
    /// Whether the event is public.
    #[schema(value_type = schemas::DefinitionStatus)]
    pub(super) status: &'static str,
    /// When the event starts, in UTC.
    #[schema(example = "2027-07-22T13:00:00Z")]
    pub(super) starts_at: DateTime<Utc>,
    /// The organisation that owns the event.
    #[schema(value_type = Option<schemas::Slug>)]
    pub(super) owner: Option<String>,
    /// The part that the caller's organisation has in the event.
    #[schema(value_type = schemas::OrganiserRole)]
    pub(super) role: &'static str,
    /// The revision of the definition.
    #[schema(minimum = 1, example = 3)]
    pub(super) revision: i64,
    /// When the definition last changed.
    #[schema(example = "2026-11-23T09:00:00Z")]
    pub(super) updated_at: DateTime<Utc>,
}

/// A page of events that the caller's organisation organises.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DefinitionPage {
    /// The events.
    #[schema(max_items = 100)]
    pub(super) data: Vec<SummaryDto>,
    /// The page size, and the cursor of the next page.
    pub(super) page: Page,
}

/// What publishing a definition did, or would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublishedDefinition)]
pub(super) struct PublishedDto {
    /// The event.
    event: PublishedEvent,
    /// What happened to the event.
    #[schema(value_type = PublishOutcomeDto)]
    outcome: &'static str,
    /// The revision of the definition now.
    #[schema(minimum = 1, example = 4)]
    revision: i64,
    /// The entity tag of the definition now, for the `If-Match` of the next change. Null: nothing was stored.
    #[schema(max_length = 100, example = json!("\"4\""))]
    etag: Option<String>,
    /// What changed, value by value. Empty for a new event.
    #[schema(max_items = 1000)]
    changes: Vec<ChangeDto>,
    /// What the change means for people.
    effects: EffectsDto,
    /// Overlaps of the programme that are valid, but probably not meant.
    #[schema(max_items = 50)]
    advice: Vec<AdviceDto>,
}

/// The event that a definition describes.
#[derive(Debug, Serialize, ToSchema)]
struct PublishedEvent {
    /// The event's id. Null: the event would be new.
    #[schema(value_type = Option<schemas::Id>)]
    id: Option<Uuid>,
    /// The event's slug.
    #[schema(value_type = schemas::Slug)]
    slug: String,
}

/// What happened to an event.
#[derive(ToSchema)]
#[schema(as = PublishOutcome, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(super) enum PublishOutcomeDto {
    /// The event is new.
    Created,
    /// The definition changed.
    Changed,
    /// The definition was the same before.
    Unchanged,
}

/// A change of one value of a definition.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DefinitionChange)]
pub(super) struct ChangeDto {
    /// The value's position (JSON Pointer, RFC 6901): in the new document, or in the old one if the value was removed.
    #[schema(max_length = 1000, format = "json-pointer", example = "/registration/capacity")]
    pointer: String,
    /// What happened to the value.
    #[schema(value_type = schemas::ChangeOp)]
    op: &'static str,
    /// The value before. Null if it was added.
    #[schema(required = true, example = 500)]
    from: Option<Value>,
    /// The value now. Null if it was removed.
    #[schema(required = true, example = 600)]
    to: Option<Value>,
}

/// Advice on the time of a session that has no start of its own.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Advice)]
pub(super) struct AdviceDto {
    /// The session's position in the document (JSON Pointer, RFC 6901).
    #[schema(max_length = 1000, format = "json-pointer", example = "/programme/sessions/5")]
    pointer: String,
    /// The kind of advice, for programs.
    #[schema(value_type = schemas::AdviceCode)]
    code: &'static str,
    /// What may be wrong, in the caller's language.
    #[schema(max_length = 1000, example = "“maps” overlaps “volta” in the same room (“hall”).")]
    detail: String,
}

/// What a change of a definition means for people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicationEffects)]
pub(super) struct EffectsDto {
    /// The number of people on the waiting list who get a seat, and a mail about it.
    #[schema(minimum = 0, example = 12)]
    promoted: u32,
    /// The number of people who get a mail about what changed.
    #[schema(value_type = i64, minimum = 0, example = 130)]
    attendees_to_notify: u64,
    /// The number of confirmed registrations beyond the capacity. They keep their seats.
    #[schema(minimum = 0, example = 0)]
    over_capacity: u32,
}

/// An event and its programme as the public sees them, or will see them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Preview)]
pub(super) struct PreviewDto {
    /// The event. A draft has the status that it would have: `published`.
    pub(super) event: EventDto,
    /// The programme.
    pub(super) programme: ProgrammeDto,
}

impl PublishedDto {
    pub(super) fn new(published: &Published, mode: PublishMode, advice: Vec<AdviceDto>) -> Self {
        let is_stored = mode == PublishMode::Apply;
        let exists = is_stored || published.outcome != PublishOutcome::Created;
        let etag = document::etag(published.revision, false).to_str().map(str::to_owned);
        Self {
            event: PublishedEvent { id: exists.then_some(published.id.0), slug: published.slug.to_string() },
            outcome: published.outcome.as_str(),
            revision: published.revision,
            etag: etag.ok().filter(|_| is_stored),
            changes: published.changes.iter().map(ChangeDto::new).collect(),
            effects: EffectsDto::new(published.effects),
            advice,
        }
    }
}

impl ChangeDto {
    pub(super) fn new(change: &DefinitionChange) -> Self {
        let DefinitionChange { pointer, op, from, to } = change;
        Self { pointer: pointer.clone(), op: op.as_str(), from: from.clone(), to: to.clone() }
    }
}

impl AdviceDto {
    /// The advice on a definition, in the caller's language.
    pub(super) fn on(definition: &Definition, request: &HttpRequest) -> Vec<Self> {
        let words = texts::in_language(language::choose(request));
        let advice = definition.advice().into_iter();
        advice.map(|one| Self { code: one.kind.as_str(), detail: words.advice(&one), pointer: one.pointer }).collect()
    }
}

impl EffectsDto {
    const fn new(effects: Effects) -> Self {
        let Effects { promoted, attendees_to_notify, over_capacity } = effects;
        Self { promoted, attendees_to_notify, over_capacity }
    }
}
