//! A webhook endpoint as callers see it.

use actix_web::http::header::HeaderValue;
use chrono::{DateTime, Utc};
use plenaria_persistence::webhooks::Endpoint;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::conditional;
use crate::page::Page;
use crate::v1::changes::dto::ChangeTypeDto;

/// Where an organisation wants to be told of changes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
pub(crate) struct EndpointDto {
    /// Names it for good.
    #[schema(example = "019a0000-0000-7000-8000-000000000006")]
    id: Uuid,
    /// Where messages are sent, by POST.
    #[schema(max_length = 2000, format = "uri", example = "https://hooks.example.org/plenaria")]
    url: String,
    /// What people call it.
    #[schema(max_length = 200, example = "The CRM")]
    description: Option<String>,
    /// What it is told of; empty: of everything.
    #[schema(max_items = 12, value_type = Vec<ChangeTypeDto>, example = json!(["registration.created", "registration.cancelled"]))]
    types: Vec<&'static str>,
    /// Whether anything is sent to it.
    #[schema(value_type = EndpointStatusDto, example = "active")]
    status: &'static str,
    /// Since when it is disabled.
    #[schema(example = json!(null))]
    disabled_at: Option<DateTime<Utc>>,
    /// Why it is disabled: `requested` by a client, `gone` (it answered 410), `failing` (whatever was sent to it failed, for
    /// three days).
    #[schema(value_type = Option<DisabledReasonDto>, example = json!(null))]
    disabled_reason: Option<&'static str>,
    /// Until when messages are signed with the secret before the newest one too.
    #[schema(example = json!(null))]
    previous_secret_until: Option<DateTime<Utc>>,
    /// When it was made.
    #[schema(example = "2026-11-23T09:00:00Z")]
    created_at: DateTime<Utc>,
    /// When it last changed.
    #[schema(example = "2026-11-23T09:00:00Z")]
    updated_at: DateTime<Utc>,
    /// Counts its changes.
    #[schema(minimum = 1, example = 1)]
    revision: i64,
    /// Where to go on.
    links: EndpointLinks,
}

/// A webhook endpoint with the secret that its messages are signed with. Nobody can show it again: keep it.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEndpointWithSecret)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct EndpointWithSecret {
    /// The endpoint.
    #[serde(flatten)]
    endpoint: EndpointDto,
    /// The secret: `whsec_` and 32 bytes in base64.
    #[schema(
        max_length = 100,
        pattern = "^whsec_[A-Za-z0-9+/]{43}=$",
        example = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    )]
    secret: String,
}

/// Where to go on from an endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookEndpointLinks)]
pub(crate) struct EndpointLinks {
    /// The endpoint.
    #[serde(rename = "self")]
    #[schema(
        rename = "self",
        max_length = 2000,
        format = "uri",
        example = "https://api.plenaria.example.org/v1/webhook-endpoints/019a0000-0000-7000-8000-000000000006"
    )]
    this: String,
    /// What was sent to it, or will be.
    #[schema(
        max_length = 2000,
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
    /// Where this page stands.
    pub(super) page: Page,
}

/// Whether anything is sent to an endpoint.
#[derive(ToSchema)]
#[schema(as = WebhookEndpointStatus, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum EndpointStatusDto {
    /// It is.
    Active,
    /// Nothing is sent; what waits goes on waiting.
    Disabled,
}

/// Why an endpoint is disabled.
#[derive(ToSchema)]
#[schema(as = WebhookDisabledReason, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum DisabledReasonDto {
    /// A client wanted it so.
    Requested,
    /// It answered 410.
    Gone,
    /// Whatever was sent to it failed.
    Failing,
}

/// The tag of an endpoint's representation.
pub(super) fn etag(endpoint: &Endpoint) -> HeaderValue {
    conditional::etag(&endpoint.revision.to_string())
}

impl EndpointDto {
    /// `base` is where the API is found.
    pub(super) fn new(endpoint: Endpoint, base: &str) -> Self {
        let this = format!("{base}{}", path(&endpoint));
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

/// Where an endpoint is read.
pub(super) fn path(endpoint: &Endpoint) -> String {
    format!("/v1/webhook-endpoints/{}", endpoint.id)
}
