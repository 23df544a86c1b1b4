//! Sending a message again by hand.

use actix_web::{HttpRequest, HttpResponse, post, web};
use plenaria_domain::scope::Scope;
use plenaria_persistence::webhooks::What;

use super::delivery_dto::DeliveryDto;
use super::test::queue;
use crate::auth::Caller;
use crate::problem::ApiError;
use crate::query::{NoQuery, Query};
use crate::state::AppState;
use crate::{negotiation, reference};

/// Send a message again
///
/// Whatever has become of it: at once, with the same `webhook-id`, and with the whole schedule before it. Later messages about
/// the same registration that have not been taken wait for it.
#[utoipa::path(
    tag = "webhooks",
    params(
        ("endpoint" = String, Path, description = "An endpoint's id", format = Uuid, example = "019a0000-0000-7000-8000-000000000006"),
        ("delivery" = String, Path, description = "A message's id", format = Uuid, example = "019a0000-0000-7000-8000-000000000007"),
    ),
    responses(
        (status = 202, description = "The message, which is about to be sent", body = DeliveryDto),
        (status = 409, description = "`conflict`: the endpoint is disabled"),
    ),
    security(("oauth2" = ["webhooks:manage"])),
)]
#[post("/webhook-endpoints/{endpoint}/deliveries/{delivery}/redeliver")]
pub(crate) async fn redeliver_webhook(
    request: HttpRequest,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.clone().client(Scope::WebhooksManage)?.access();
    let (endpoint, delivery) = path.into_inner();
    let (endpoint, delivery) = (reference::endpoint(&endpoint)?, reference::delivery(&delivery)?);
    state.store.delivery(&access, endpoint, delivery).await?.ok_or_else(ApiError::not_found)?;
    negotiation::check_accept(&request, "application/json")?;
    query.read()?;
    queue(&request, &state, &caller, access, endpoint, What::Again(delivery)).await
}
