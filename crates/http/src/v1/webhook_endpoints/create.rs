//! Making a webhook endpoint.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, post, web};
use plenaria_domain::ids::EndpointId;
use plenaria_domain::scope::Scope;
use plenaria_domain::webhook::{self, EndpointUrl, MAX_ENDPOINTS};
use plenaria_persistence::idempotency::Once;
use plenaria_persistence::webhooks::{CreateEndpoint, Created};

use super::dto::EndpointWithSecret;
use super::request::CreateWebhookEndpoint;
use super::secrets;
use crate::auth::Caller;
use crate::problem::{ApiError, Code, Detail};
use crate::query::{NoQuery, Query};
use crate::state::AppState;
use crate::{body, idempotency};

/// Make a webhook endpoint
///
/// From now on, whatever happens to what the organisation may see is sent there too, as the feed of changes has it: signed by
/// Standard Webhooks 1.0, at least once, a registration's changes in their order, and again for three days if it is not taken.
/// The answer carries `secret`, this once. An organisation has at most 20 endpoints.
#[utoipa::path(
    tag = "webhooks",
    request_body = CreateWebhookEndpoint,
    responses(
        (status = 201, description = "The endpoint, with its secret", body = EndpointWithSecret, headers(
            ("Location" = String, description = "The endpoint's path"),
            ("ETag" = String, description = "The endpoint's tag"),
        )),
        (status = 409, description = "`conflict`: the organisation has as many endpoints as it may have"),
    ),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[post("/webhook-endpoints")]
pub(crate) async fn create_webhook_endpoint(
    request: HttpRequest,
    state: web::Data<AppState>,
    query: Query<NoQuery>,
    payload: web::Payload,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let client = caller.clone().client(Scope::WebhooksManage)?;
    let bytes = body::receive(&request, payload).await?;
    query.read()?;
    let reach = state.webhook_reach;
    let body: CreateWebhookEndpoint = body::parse(&bytes, |body: &CreateWebhookEndpoint| body.faults(reach))?;
    let key = idempotency::key(&request, &caller, &bytes)?;
    let checked = |refusal| ApiError::new(Code::Internal).cause(&refusal);
    let now = state.clock.now();
    let id = EndpointId::new(now);
    let secret = secrets::new(&state, id);
    let create = CreateEndpoint {
        access: client.access(),
        id,
        client: client.id,
        url: EndpointUrl::parse(&body.url, reach).map_err(checked)?,
        description: body.description.map(|text| webhook::description(&text)).transpose().map_err(checked)?,
        types: webhook::types(&body.types.unwrap_or_default()).map_err(checked)?,
        secret: secret.clone(),
        now,
        once: key.map(|key| {
            let (base, secret) = (state.public_url.clone(), secret.clone());
            let record = move |created: &Created| match created {
                Created::Done(endpoint) => secrets::record(endpoint, &secret, &base, 201),
                Created::TooMany => idempotency::record_error(&too_many()),
                _ => None,
            };
            Once { key, record: Arc::new(record) }
        }),
    };
    let _serving = state.in_progress.begin(key)?;
    match state.store.create_endpoint(create).await? {
        Created::Done(endpoint) => {
            let answer = secrets::record(&endpoint, &secret, &state.public_url, 201);
            secrets::respond(&state, &answer.ok_or_else(|| ApiError::new(Code::Internal))?, false)
        }
        Created::TooMany => Err(too_many()),
        Created::Replayed(recorded) => secrets::respond(&state, &recorded, true),
        Created::KeyOfAnother => Err(ApiError::new(Code::IdempotencyMismatch)),
    }
}

fn too_many() -> ApiError {
    ApiError::new(Code::Conflict).detail(Detail::TooManyEndpoints { most: MAX_ENDPOINTS })
}
