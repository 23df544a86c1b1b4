//! The representation of a change in the feed. It has no personal data (`docs/decisions/0013-change-feed.md`).

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use plenaria_domain::change::{Change, ChangePayload, ChangeType};
use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::described_values;
use crate::schemas;
use crate::v1::event_reference::EventReference;

/// A page of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangePage {
    /// The changes in order. The changes of one registration are in the order of their `sequence`.
    #[schema(max_items = 100)]
    pub(super) data: Vec<ChangeDto>,
    /// The page size, and the cursor to continue with.
    pub(super) page: FeedPageInfo,
}

/// The page size, and the cursor to continue with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedPage)]
pub(crate) struct FeedPageInfo {
    /// The maximum number of changes on the page.
    #[schema(minimum = 1, maximum = 100, example = 20)]
    pub(super) limit: usize,
    /// The cursor to continue with. Every page has one, and it can advance without any changes: store the newest. Its text
    /// differs in every response, even if nothing has happened.
    #[schema(value_type = schemas::Cursor)]
    pub(super) next_cursor: String,
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Change)]
pub(crate) struct ChangeDto {
    /// The change's permanent id.
    #[schema(value_type = schemas::Id)]
    id: Uuid,
    /// The type of the change.
    #[serde(rename = "type")]
    #[schema(rename = "type", value_type = ChangeTypeDto)]
    kind: &'static str,
    /// When it happened.
    #[schema(example = "2026-11-23T09:00:00Z")]
    occurred_at: DateTime<Utc>,
    /// The revision of the registration or event after the change. A registration's grows by one with each change; an event's
    /// can skip the revisions of drafts.
    #[schema(minimum = 1, example = 1)]
    sequence: i64,
    /// The registration or event, as the change left it.
    #[schema(value_type = ChangeData)]
    data: ChangePayload,
}

// The types from here on only describe the JSON of `ChangePayload`, which webhooks send too.

/// The object of a change or a message: a registration (`registration.*`), an event (`event.*`) or a webhook endpoint
/// (`webhook.test`). In the document, `variants.rs` replaces it by the one of the type.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "of two variants only the schemas are used")]
pub(crate) enum ChangeData {
    /// A registration.
    Registration(RegistrationChange),
    /// An event.
    Event(EventChange),
    /// A test of a webhook endpoint.
    Test(WebhookTest),
}

/// A test of a webhook endpoint.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookTest {
    /// The endpoint.
    pub(crate) endpoint: TestedEndpoint,
}

/// The endpoint that a test message is sent to.
#[derive(Serialize, ToSchema)]
pub(crate) struct TestedEndpoint {
    /// The endpoint's id.
    #[schema(value_type = schemas::Id)]
    pub(crate) id: Uuid,
}

/// The body of a webhook message (Standard Webhooks 1.0).
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookPayload {
    /// The type of the change, or `webhook.test`.
    #[serde(rename = "type")]
    #[schema(rename = "type", value_type = String)]
    pub(crate) kind: &'static str,
    /// When the change happened, or when the test was asked for.
    #[schema(format = DateTime, example = "2026-11-23T09:00:00Z")]
    pub(crate) timestamp: String,
    /// What has changed, as in the feed of changes. It has no personal data.
    pub(crate) data: ChangeData,
}

/// A change of a registration. It has no personal data; read the registration for those.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct RegistrationChange {
    /// The registration's event.
    event: EventReference,
    /// The registration.
    registration: ChangedRegistration,
}

/// A registration as a change left it.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct ChangedRegistration {
    /// The id.
    #[schema(value_type = schemas::Id)]
    id: Uuid,
    /// The status after this change. It can have changed again since.
    #[schema(value_type = schemas::RegistrationStatus)]
    status: &'static str,
    /// `public`, or the key of the organisation whose client made the registration. Null if that is no longer known.
    #[schema(value_type = Option<schemas::Slug>)]
    source: Option<String>,
    /// The client's own reference. Null after the registration was erased.
    #[schema(max_length = 100, example = json!(null))]
    external_reference: Option<String>,
    /// The revision after this change.
    #[schema(minimum = 1, example = 1)]
    revision: i64,
    /// Links to related resources.
    links: ChangeLinks,
}

/// Links from a change.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct ChangeLinks {
    /// The registration as it is now. 404 after it was erased.
    #[serde(rename = "self")]
    #[schema(
        rename = "self",
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
    /// The parts of the definition that differ from the previous public revision. Drafts in between are ignored. Empty when the
    /// event is published for the first time. Each is the name of a property of `Definition`; new ones may be added.
    #[schema(max_items = 100, example = json!(["starts", "programme"]))]
    changed: Vec<String>,
}

/// An event as a change left it.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct ChangedEvent {
    /// The id.
    #[schema(value_type = schemas::Id)]
    id: Uuid,
    /// The slug.
    #[schema(value_type = schemas::Slug)]
    slug: String,
    /// The revision after this change.
    #[schema(minimum = 1, example = 1)]
    revision: i64,
}

/// The type of a change, as a value of its own: in filters and in the settings of webhook endpoints.
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct ChangeTypeDto;

impl PartialSchema for ChangeTypeDto {
    fn schema() -> RefOr<Schema> {
        let values: Vec<_> = ChangeType::ALL.iter().map(|kind| (kind.as_str(), kind.description())).collect();
        described_values::schema("The type of a change.", &values)
    }
}

impl ToSchema for ChangeTypeDto {
    fn name() -> Cow<'static, str> {
        "ChangeType".into()
    }
}

impl ChangeDto {
    /// `base_url` is the API's address without a slash at the end.
    pub(super) fn new(change: Change, base_url: &str) -> Self {
        let (id, kind) = (change.id.0, change.kind.as_str());
        let (occurred_at, sequence) = (change.occurred_at, change.sequence);
        Self { id, kind, occurred_at, sequence, data: ChangePayload::new(change, base_url) }
    }
}
