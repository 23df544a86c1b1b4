//! Listing an organisation's webhook endpoints.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::ids::EndpointId;
use plenaria_domain::scope::Scope;
use serde::Deserialize;
use utoipa::IntoParams;

use super::dto::{EndpointDto, WebhookEndpointPage};
use crate::auth::Caller;
use crate::page::PageRequest;
use crate::problem::ApiError;
use crate::query::Query;
use crate::representation::{Caching, Representation};
use crate::state::AppState;

/// The page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EndpointQuery {
    /// How many endpoints a page has, from 1 to 100; 20 unless asked otherwise.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: Option<String>,
    /// The page behind this cursor, from `next_cursor` of the page before.
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
}

/// List webhook endpoints
///
/// Those of the client's organisation, the oldest first.
#[utoipa::path(
    tag = "webhooks",
    params(EndpointQuery),
    responses((status = 200, description = "A page of endpoints", body = WebhookEndpointPage)),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[get("/webhook-endpoints")]
pub(crate) async fn list_webhook_endpoints(
    request: HttpRequest,
    state: web::Data<AppState>,
    query: Query<EndpointQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.client(Scope::WebhooksManage)?.access();
    let query = query.read()?;
    let scope = format!("webhook-endpoints {}", access.organisation());
    let page: PageRequest<String> = PageRequest::read(&state, scope, query.limit.as_deref(), query.cursor.as_deref())?;
    let after = page.after.as_deref().and_then(EndpointId::parse);
    let found = state.store.endpoints(&access, after, page.limit as u64 + 1).await?;
    let (found, page) = page.finish(&state, found, |endpoint| endpoint.id.to_string());
    let data = found.into_iter().map(|endpoint| EndpointDto::new(endpoint, &state.public_url)).collect();
    let body = WebhookEndpointPage { data, page };
    let representation = Representation::json(&body, &[], Caching::Private)?;
    Ok(representation.respond_page(&request, &state.public_url, body.page.next_cursor.as_deref()))
}
