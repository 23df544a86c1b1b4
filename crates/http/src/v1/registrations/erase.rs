//! Erasing one's registration.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, delete, web};
use plenaria_domain::scope::Scope;
use plenaria_persistence::erasure::{Erase, Erased};

use super::dto::etag;
use super::read::find;
use crate::auth::Caller;
use crate::conditional::IfMatch;
use crate::problem::{ApiError, Code};
use crate::query::{NoQuery, Query};
use crate::reference;
use crate::representation::Caching;
use crate::state::AppState;

/// Erase a registration
///
/// For good: the personal data go, also from what was kept for requests that may come again, and the registration is not
/// there any more, for anybody. One that is live is cancelled first. What counts stays: that there was one, of which
/// audience, country, language and source. For the registration's holder, and for clients of the organisation that owns the
/// event.
#[utoipa::path(
    tag = "registrations",
    params(("If-Match" = String, Header)),
    responses((status = 204, description = "It is gone")),
    security(("bearerAuth" = []), ("oauth2" = ["registrations:write"])),
)]
#[delete("/registrations/{registration}", guard = "reference::names_registration")]
pub(crate) async fn delete_registration(
    request: HttpRequest,
    state: web::Data<AppState>,
    registration: web::Path<String>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (registration, owner) = find(&state, caller, &registration, Scope::RegistrationsWrite).await?;
    if let Some(owner) = &owner
        && !state.store.owns(owner, registration.event_id).await?
    {
        return Err(ApiError::not_found());
    }
    query.read()?;
    let condition = IfMatch::read(&request)?;
    let erase = Erase {
        id: registration.id,
        owner,
        now: state.clock.now(),
        expected: Arc::new(move |current| condition.holds(&etag(current))),
    };
    match state.store.erase(erase).await? {
        Erased::NotFound => Err(ApiError::not_found()),
        Erased::Changed(current) => Err(ApiError::new(Code::PreconditionFailed).header(header::ETAG, etag(&current))),
        Erased::Done { freed } => {
            if let Some(event) = freed {
                state.catalogue.seats_changed(event).await;
            }
            let mut response = HttpResponse::NoContent();
            Ok(response.insert_header((header::CACHE_CONTROL, Caching::Private.header())).finish())
        }
    }
}
