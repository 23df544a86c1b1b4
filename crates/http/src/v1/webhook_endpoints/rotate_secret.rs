//! Handles `POST /webhook-endpoints/{endpoint}/rotate-secret`: replaces the secret of a webhook endpoint.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, post, web};
use chrono::TimeDelta;
use plenaria_domain::audit::AuditContext;
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::ids::EndpointId;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::webhook::SECRET_OVERLAP_HOURS;
use plenaria_persistence::Access;
use plenaria_persistence::idempotency::{IdempotencyGuard, Key};
use plenaria_persistence::webhooks::{RotateOutcome, RotateSecret};

use super::dto::EndpointWithSecret;
use super::parts::EndpointParts;
use super::read::find_endpoint;
use super::secrets;
use crate::auth::Caller;
use crate::problem::{ApiError, Code};
use crate::request::query::{NoQuery, Query};
use crate::request::{idempotency, negotiation};

/// Replace a webhook endpoint's secret
///
/// Generates a new secret. For 24 hours, messages are signed with the previous secret too, so that the receiver has time to
/// switch. The response contains `secret`, which is not shown again.
#[utoipa::path(
    tag = "webhooks",
    responses((status = 200, description = "The endpoint, with its new secret", body = EndpointWithSecret, headers(
        ("ETag" = String, description = "The endpoint's tag"),
    ))),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[post("/webhook-endpoints/{endpoint}/rotate-secret")]
pub(crate) async fn rotate_webhook_secret(
    request: HttpRequest,
    parts: EndpointParts,
    endpoint: web::Path<String>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.clone().require_client(Scope::WebhooksManage)?.access();
    let id = find_endpoint(&parts.store, &access, &endpoint).await?.id;
    negotiation::check_accept(&request, "application/json")?;
    query.read()?;
    let key = idempotency::read_key(&request, &caller, b"")?;
    let audit = caller.audit_context(&request);
    let rotate = rotate_command(&parts, (access, audit), id, key);
    let secret = rotate.secret.clone();
    let _guard = parts.in_progress.begin(key)?;
    match parts.store.rotate_endpoint_secret(rotate).await? {
        RotateOutcome::Rotated(endpoint) => secrets::respond_first(&parts, &endpoint, &secret, 200),
        RotateOutcome::NotFound => Err(ApiError::not_found()),
        RotateOutcome::Replayed(recorded) => secrets::respond(&parts.settings.keys, &recorded, true),
        RotateOutcome::IdempotencyKeyReused => Err(ApiError::new(Code::IdempotencyMismatch)),
    }
}

/// Generates a secret, and keeps the previous one valid for [`SECRET_OVERLAP_HOURS`].
fn rotate_command(
    parts: &EndpointParts,
    (access, audit): (Access, AuditContext),
    id: EndpointId,
    key: Option<Key>,
) -> RotateSecret {
    let (secret, now) = (secrets::generate(&parts.settings.keys, id), parts.clock.now());
    RotateSecret {
        access,
        id,
        secret: secret.clone(),
        until: now + TimeDelta::hours(SECRET_OVERLAP_HOURS),
        now,
        audit,
        once: key.map(|key| {
            let base_url = PublicUrl::clone(&parts.public_url);
            let record = move |rotated: &RotateOutcome| match rotated {
                RotateOutcome::Rotated(endpoint) => secrets::record(endpoint, &secret, &base_url, 200),
                _ => None,
            };
            IdempotencyGuard { key, record: Arc::new(record) }
        }),
    }
}
