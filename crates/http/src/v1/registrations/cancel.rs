//! Cancelling one's registration.

use actix_web::{HttpRequest, HttpResponse, post, web};
use plenaria_persistence::registrations::Cancelled;

use super::dto::RegistrationDto;
use super::read::respond;
use super::request::CancelRegistration;
use crate::problem::{ApiError, Code};
use crate::query::{NoQuery, Query};
use crate::state::AppState;
use crate::{body, holder};

/// Cancel a registration
///
/// Gives the seat back; it goes to the head of the queue at once. Cancelling again changes nothing and is answered the
/// same. The body may be left out.
#[utoipa::path(
    tag = "registrations",
    params(("registration" = String, Path, description = "A registration's id", format = Uuid, example = "019a0000-0000-7000-8000-000000000004")),
    request_body = Option<CancelRegistration>,
    responses(
        (status = 200, description = "The cancelled registration", body = RegistrationDto, headers(
            ("ETag" = String, description = "The registration's tag"),
        )),
        (status = 409, description = "`event-ended`: it is too late"),
    ),
    security(("bearerAuth" = [])),
)]
#[post("/registrations/{registration}/cancel")]
pub(crate) async fn cancel_registration(
    request: HttpRequest,
    state: web::Data<AppState>,
    registration: web::Path<String>,
    _: Query<NoQuery>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let id = holder::of_registration(&state, &request, &registration)?;
    if state.store.registration(id).await?.is_none() {
        return Err(ApiError::not_found());
    }
    let body: CancelRegistration = body::read_optional(&request, payload).await?;
    let reason = body.reason().map_err(|refusal| ApiError::new(Code::Internal).cause(&refusal))?;
    match state.store.cancel(id, reason, state.clock.now()).await? {
        Cancelled::NotFound => Err(ApiError::not_found()),
        Cancelled::TooLate => Err(ApiError::new(Code::EventEnded)),
        Cancelled::Done { registration, freed } => {
            if let Some(event) = freed {
                state.catalogue.seats_changed(event).await;
            }
            respond(&request, &state, *registration).await
        }
    }
}
