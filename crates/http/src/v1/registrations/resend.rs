//! Asking for the link to manage one's registration once more.

use actix_web::{HttpRequest, HttpResponse, post, web};
use plenaria_domain::email::EmailAddress;
use plenaria_persistence::desk::Refused;
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::ToSchema;
use validator::Validate;

use super::pending::{self, PendingDto};
use super::request::rule_email;
use crate::auth::Caller;
use crate::problem::{ApiError, Code};
use crate::query::{NoQuery, Query};
use crate::state::AppState;
use crate::{body, idempotency, reference};

/// Whose link is asked for.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ResendLink {
    /// The address that was given when registering, in whatever spelling.
    #[validate(custom(function = rule_email))]
    #[schema(required = true, format = "idn-email", max_length = 254, example = "ana@example.org")]
    email: String,
}

/// Ask for the link again
///
/// Mails the link to manage the registration to its address, if there is one; where the address waits to be confirmed, the
/// mail that asks for it. The answer is the same whether there is one or not. At most once in five minutes, and within the budget that each mailbox has
/// for messages that callers without a token ask for: 3 an hour and 10 a day.
#[utoipa::path(
    tag = "registrations",
    request_body = ResendLink,
    responses((status = 202, description = "If there is something to tell, a mail is on its way", body = PendingDto)),
    security(("bearerAuth" = []), ()),
)]
#[post("/events/{event}/registrations/resend")]
pub(crate) async fn resend_link(
    request: HttpRequest,
    state: web::Data<AppState>,
    event: web::Path<String>,
    query: Query<NoQuery>,
    payload: web::Payload,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let now = state.clock.now();
    let entry = state.catalogue.public(&reference::event(&event)?).await?;
    let bytes = body::receive(&request, payload).await?;
    query.read()?;
    let body: ResendLink = body::parse(&bytes, |_| Vec::new())?;
    let email = EmailAddress::parse(&body.email).map_err(|refusal| ApiError::new(Code::Internal).cause(&refusal))?;
    let key = idempotency::key(&request, &caller, &bytes)?;
    let _serving = state.in_progress.begin(key)?;
    let begun = Instant::now();
    let refused = |refusal: &Refused| ApiError::from(refusal.clone());
    let asked =
        state.store.resend(entry.event.id, &email, caller.requester(), now, pending::once(key, refused)).await?;
    let settled = pending::settle(asked, ApiError::from)?;
    pending::rest(begun).await;
    Ok(pending::respond(settled))
}
