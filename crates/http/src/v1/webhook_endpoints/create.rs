//! Handles `POST /webhook-endpoints`: creates a webhook endpoint.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, post, web};
use plenaria_domain::audit::AuditContext;
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::ids::EndpointId;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::webhook::{self, EndpointUrl, MAX_ENDPOINTS};
use plenaria_persistence::idempotency::{IdempotencyGuard, Key};
use plenaria_persistence::webhooks::{CreateEndpoint, CreateOutcome};

use super::dto::EndpointWithSecret;
use super::parts::EndpointParts;
use super::request::CreateWebhookEndpoint;
use super::secrets;
use crate::auth::{Caller, ClientCaller};
use crate::problem::{ApiError, Code, Detail};
use crate::request::query::{NoQuery, Query};
use crate::request::{body, idempotency};

/// Create a webhook endpoint
///
/// From now on, every change that the organisation may see is sent to the endpoint, with the same content as in the feed of
/// changes. Messages are signed by Standard Webhooks 1.0 and delivered at least once; the changes of a registration come in
/// order. Failed deliveries are retried for three days. The response contains `secret`, which is not shown again. An
/// organisation can have at most 20 endpoints.
#[utoipa::path(
    tag = "webhooks",
    request_body = CreateWebhookEndpoint,
    responses(
        (status = 201, description = "The endpoint, with its secret", body = EndpointWithSecret, headers(
            ("Location" = String, description = "The endpoint's path"),
            ("ETag" = String, description = "The endpoint's tag"),
        )),
        (status = 409, description = "`conflict`: the organisation has the maximum number of endpoints"),
    ),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[post("/webhook-endpoints")]
pub(crate) async fn create_webhook_endpoint(
    request: HttpRequest,
    parts: EndpointParts,
    query: Query<NoQuery>,
    payload: web::Payload,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let client = caller.clone().require_client(Scope::WebhooksManage)?;
    let bytes = body::receive(&request, payload).await?;
    query.read()?;
    let policy = parts.settings.address_policy;
    let body: CreateWebhookEndpoint = body::parse(&bytes, |body: &CreateWebhookEndpoint| body.url_errors(policy))?;
    let key = idempotency::read_key(&request, &caller, &bytes)?;
    let audit = caller.audit_context(&request);
    let create = create_command(&parts, (&client, audit), body, key)?;
    let secret = create.secret.clone();
    let _guard = parts.in_progress.begin(key)?;
    match parts.store.create_endpoint(create).await? {
        CreateOutcome::Created(endpoint) => secrets::respond_first(&parts, &endpoint, &secret, 201),
        CreateOutcome::TooMany => Err(too_many()),
        CreateOutcome::Replayed(recorded) => secrets::respond(&parts.settings.keys, &recorded, true),
        CreateOutcome::IdempotencyKeyReused => Err(ApiError::new(Code::IdempotencyMismatch)),
    }
}

/// Converts a body that has passed validation, and generates the endpoint's id and secret.
fn create_command(
    parts: &EndpointParts,
    (client, audit): (&ClientCaller, AuditContext),
    body: CreateWebhookEndpoint,
    key: Option<Key>,
) -> Result<CreateEndpoint, ApiError> {
    let internal = |error| ApiError::new(Code::Internal).cause(&error);
    let now = parts.clock.now();
    let id = EndpointId::new(now);
    let secret = secrets::generate(&parts.settings.keys, id);
    Ok(CreateEndpoint {
        access: client.access(),
        id,
        client: client.id,
        url: EndpointUrl::parse(&body.url, parts.settings.address_policy).map_err(internal)?,
        description: body.description.map(|text| webhook::clean_description(&text)).transpose().map_err(internal)?,
        types: webhook::parse_change_types(&body.types.unwrap_or_default()).map_err(internal)?,
        secret: secret.clone(),
        now,
        audit,
        once: key.map(|key| {
            let base_url = PublicUrl::clone(&parts.public_url);
            let record = move |created: &CreateOutcome| match created {
                CreateOutcome::Created(endpoint) => secrets::record(endpoint, &secret, &base_url, 201),
                CreateOutcome::TooMany => idempotency::to_stored_error(&too_many()),
                _ => None,
            };
            IdempotencyGuard { key, record: Arc::new(record) }
        }),
    })
}

fn too_many() -> ApiError {
    ApiError::new(Code::Conflict).detail(Detail::TooManyEndpoints { max: MAX_ENDPOINTS })
}
