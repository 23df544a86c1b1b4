//! The representation of a webhook endpoint.

use actix_web::http::header::HeaderValue;
use chrono::{DateTime, Utc};
use plenaria_persistence::webhooks::Endpoint;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::request::pagination::Page;
use crate::response::conditional;
use crate::schemas;
use crate::v1::changes::dto::ChangeTypeDto;

/// An address to which an organisation gets messages about changes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
pub(crate) struct EndpointDto {
    /// The endpoint's permanent id.
    #[schema(value_type = schemas::Id)]
    id: Uuid,
    /// The address to which messages are sent by POST.
    #[schema(format = "uri", example = "https://hooks.example.org/plenaria")]
    url: String,
    /// A description for people.
    #[schema(max_length = 200, example = "The CRM")]
    description: Option<String>,
    /// The types of changes that it gets messages about. Empty: all.
    #[schema(max_items = 13, value_type = Vec<ChangeTypeDto>, example = json!(["registration.created", "registration.cancelled"]))]
    types: Vec<&'static str>,
    /// Whether messages are sent to it.
    #[schema(value_type = EndpointStatusDto, example = "active")]
    status: &'static str,
    /// When the endpoint was disabled.
    #[schema(example = json!(null))]
    disabled_at: Option<DateTime<Utc>>,
    /// Why the endpoint is disabled: `requested` by a client, `gone` (it responded with 410), or `failing` (all messages failed
    /// for three days).
    #[schema(value_type = Option<DisabledReasonDto>, example = json!(null))]
    disabled_reason: Option<&'static str>,
    /// Until when messages are signed with the previous secret too.
    #[schema(example = json!(null))]
    previous_secret_until: Option<DateTime<Utc>>,
    /// When the endpoint was created.
    #[schema(example = "2026-11-23T09:00:00Z")]
    created_at: DateTime<Utc>,
    /// When the endpoint was last changed.
    #[schema(example = "2026-11-23T09:00:00Z")]
    updated_at: DateTime<Utc>,
    /// The endpoint's revision. It grows with every change.
    #[schema(minimum = 1, example = 1)]
    revision: i64,
    /// Links to related resources.
    links: EndpointLinks,
}

/// A webhook endpoint with the secret that signs its messages. The secret is not shown again, so store it.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEndpointWithSecret)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct EndpointWithSecret {
    /// The endpoint.
    #[serde(flatten)]
    endpoint: EndpointDto,
    /// The secret: `whsec_` followed by 32 bytes in base64.
    #[schema(
        max_length = 100,
        pattern = "^whsec_[A-Za-z0-9+/]{43}=$",
        example = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    )]
    secret: String,
}

/// Links from a webhook endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookEndpointLinks)]
pub(crate) struct EndpointLinks {
    /// The endpoint.
    #[serde(rename = "self")]
    #[schema(
        rename = "self",
        format = "uri",
        example = "https://api.plenaria.example.org/v1/webhook-endpoints/019a0000-0000-7000-8000-000000000006"
    )]
    this: String,
    /// The messages to the endpoint.
    #[schema(
        format = "uri",
        example = "https://api.plenaria.example.org/v1/webhook-endpoints/019a0000-0000-7000-8000-000000000006/deliveries"
    )]
    deliveries: String,
}

/// A page of endpoints.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookEndpointPage {
    /// The endpoints.
    #[schema(max_items = 100)]
    pub(super) data: Vec<EndpointDto>,
    /// The page size, and the cursor of the next page.
    pub(super) page: Page,
}

/// Whether messages are sent to an endpoint.
#[derive(ToSchema)]
#[schema(as = WebhookEndpointStatus, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum EndpointStatusDto {
    /// Messages are sent.
    Active,
    /// No messages are sent. Queued messages stay queued.
    Disabled,
}

/// Why an endpoint is disabled.
#[derive(ToSchema)]
#[schema(as = WebhookDisabledReason, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum DisabledReasonDto {
    /// A client disabled it.
    Requested,
    /// It responded with 410.
    Gone,
    /// All messages failed for three days.
    Failing,
}

/// The `ETag` of an endpoint's representation.
pub(super) fn etag(endpoint: &Endpoint) -> HeaderValue {
    conditional::etag(&endpoint.revision.to_string())
}

impl EndpointDto {
    /// `base_url` is the API's address without a slash at the end.
    pub(super) fn new(endpoint: Endpoint, base_url: &str) -> Self {
        let this = format!("{base_url}{}", path(&endpoint));
        Self {
            id: endpoint.id.0,
            url: endpoint.url,
            description: endpoint.description,
            types: endpoint.types.iter().map(|kind| kind.as_str()).collect(),
            status: if endpoint.disabled.is_some() { "disabled" } else { "active" },
            disabled_at: endpoint.disabled.map(|disabled| disabled.at),
            disabled_reason: endpoint.disabled.map(|disabled| disabled.reason.as_str()),
            previous_secret_until: endpoint.previous_secret_until,
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
            revision: endpoint.revision,
            links: EndpointLinks { deliveries: format!("{this}/deliveries"), this },
        }
    }
}

/// The path of an endpoint.
pub(super) fn path(endpoint: &Endpoint) -> String {
    format!("/v1/webhook-endpoints/{}", endpoint.id)
}
