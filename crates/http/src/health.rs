//! Whether the program lives, and whether it can work.

use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{ApiError, Code, Detail};
use crate::query::{NoQuery, Query};
use crate::state::AppState;

/// How long the database may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// How it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`; anything else is a problem document.
    #[schema(max_length = 2, pattern = "^ok$", example = "ok")]
    status: &'static str,
}

fn ok() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(Health { status: "ok" })
}

/// Is it alive?
///
/// Answers as long as the process runs; it does not look at the database.
#[utoipa::path(
    tag = "health",
    operation_id = "health_live",
    responses((status = 200, description = "It is alive", body = Health)),
    security(()),
)]
#[get("/health/live")]
pub(crate) async fn live(query: Query<NoQuery>) -> Result<HttpResponse, ApiError> {
    query.read()?;
    Ok(ok())
}

/// Is it ready?
///
/// The database answers, its schema is the one that this program was made for, and the program is not about to stop.
#[utoipa::path(
    tag = "health",
    operation_id = "health_ready",
    responses((status = 200, description = "It is ready", body = Health)),
    security(()),
)]
#[get("/health/ready")]
pub(crate) async fn ready(state: web::Data<AppState>, query: Query<NoQuery>) -> Result<HttpResponse, ApiError> {
    query.read()?;
    if state.draining.load(Ordering::Relaxed) {
        return Err(ApiError::new(Code::Overloaded).detail(Detail::Stopping));
    }
    let pending = async {
        state.store.ping().await?;
        state.store.pending_migrations().await
    };
    if state.store.in_time(PATIENCE, pending).await?.is_empty() {
        return Ok(ok());
    }
    Err(ApiError::new(Code::DatabaseUnavailable).detail(Detail::SchemaBehind))
}
