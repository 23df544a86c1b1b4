//! Removing a webhook endpoint.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, delete, web};
use plenaria_domain::scope::Scope;
use plenaria_persistence::webhooks::{Changed, Remove};

use super::dto::etag;
use super::read::find;
use crate::auth::Caller;
use crate::conditional::IfMatch;
use crate::problem::{ApiError, Code};
use crate::query::{NoQuery, Query};
use crate::representation::Caching;
use crate::state::AppState;

/// Remove a webhook endpoint
///
/// With all that waits for it, and with the log of what was sent.
#[utoipa::path(
    tag = "webhooks",
    params(("endpoint" = String, Path, description = "An endpoint's id", format = Uuid, example = "019a0000-0000-7000-8000-000000000006")),
    responses((status = 204, description = "It is gone")),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[delete("/webhook-endpoints/{endpoint}")]
pub(crate) async fn delete_webhook_endpoint(
    request: HttpRequest,
    state: web::Data<AppState>,
    endpoint: web::Path<String>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.client(Scope::WebhooksManage)?.access();
    let id = find(&state, &access, &endpoint).await?.id;
    query.read()?;
    let condition = IfMatch::read(&request)?;
    let expected = Arc::new(move |current: &_| condition.holds(&etag(current)));
    match state.store.remove_endpoint(Remove { access, id, expected }).await? {
        Changed::Done(_) => {
            let caching = (header::CACHE_CONTROL, Caching::Private.header());
            Ok(HttpResponse::NoContent().insert_header(caching).finish())
        }
        Changed::NotFound => Err(ApiError::not_found()),
        Changed::Changed(current) => Err(ApiError::new(Code::PreconditionFailed).header(header::ETAG, etag(&current))),
    }
}
