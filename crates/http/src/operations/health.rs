//! Health checks: whether the process runs, and whether it can serve requests.

use std::sync::atomic::Ordering;

use actix_web::http::header;
use actix_web::{HttpResponse, get};
use plenaria_persistence::Store;
use serde::Serialize;
use utoipa::ToSchema;

use crate::operations::readiness::DatabaseStatus;
use crate::problem::{ApiError, Code, Detail};
use crate::request::query::{NoQuery, Query};
use crate::state::HealthState;
use crate::state_part::Part;

/// The program's health.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`; anything else is a problem document.
    #[schema(max_length = 2, pattern = "^ok$", example = "ok")]
    status: &'static str,
}

fn ok() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(Health { status: "ok" })
}

/// Check liveness
///
/// Responds 200 while the process runs. The database is not checked.
#[utoipa::path(
    tag = "health",
    operation_id = "health_live",
    responses((status = 200, description = "The process is alive", body = Health)),
    security(()),
)]
#[get("/health/live")]
pub(crate) async fn live(query: Query<NoQuery>) -> Result<HttpResponse, ApiError> {
    query.read()?;
    Ok(ok())
}

/// Check readiness
///
/// Responds 200 if the database responds, its schema has the version that this program needs, and the program is not
/// about to stop.
#[utoipa::path(
    tag = "health",
    operation_id = "health_ready",
    responses((status = 200, description = "The program is ready", body = Health)),
    security(()),
)]
#[get("/health/ready")]
pub(crate) async fn ready(
    health: Part<HealthState>,
    store: Part<Store>,
    query: Query<NoQuery>,
) -> Result<HttpResponse, ApiError> {
    query.read()?;
    if health.draining.load(Ordering::Relaxed) {
        return Err(ApiError::new(Code::Overloaded).detail(Detail::ShuttingDown));
    }
    match health.readiness.check(&store).await {
        DatabaseStatus::Ready => Ok(ok()),
        DatabaseStatus::SchemaBehind => Err(ApiError::new(Code::DatabaseUnavailable).detail(Detail::SchemaBehind)),
        DatabaseStatus::Failed(error) => Err(ApiError::from(&*error)),
    }
}
