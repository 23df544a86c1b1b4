//! Whether the program lives, and whether it can work.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use plenaria_persistence::{Store, StoreError};
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::problem::{ApiError, Code, Detail};
use crate::query::{NoQuery, Query};
use crate::state::AppState;

/// How long the database may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long what it said is good for others who ask.
const FRESH: Duration = Duration::from_millis(10);

/// Whether the database is ready, as one request found out for all that ask at about the same time. Nobody's quota is
/// charged for asking, so asking must not cost the database more the more do it.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<Option<(Instant, Seen)>>);

/// What a look at the database showed.
#[derive(Clone)]
enum Seen {
    Ready,
    SchemaBehind,
    Failed(Arc<StoreError>),
}

impl Readiness {
    /// What the database says now, or said a moment ago. At most one request looks at a time; the others wait for it.
    async fn seen(&self, store: &Store) -> Seen {
        let asked = Instant::now();
        let mut last = self.0.lock().await;
        if let Some((at, seen)) = &*last
            && *at + FRESH >= asked
        {
            return seen.clone();
        }
        let seen = look(store).await;
        *last = Some((Instant::now(), seen.clone()));
        seen
    }
}

async fn look(store: &Store) -> Seen {
    let pending = async {
        store.ping().await?;
        store.pending_migrations().await
    };
    match store.in_time(PATIENCE, pending).await {
        Ok(pending) if pending.is_empty() => Seen::Ready,
        Ok(_) => Seen::SchemaBehind,
        Err(error) => Seen::Failed(Arc::new(error)),
    }
}

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
    match state.readiness.seen(&state.store).await {
        Seen::Ready => Ok(ok()),
        Seen::SchemaBehind => Err(ApiError::new(Code::DatabaseUnavailable).detail(Detail::SchemaBehind)),
        Seen::Failed(error) => Err(ApiError::from(&*error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenaria_persistence::store::DatabaseUrl;

    /// Very many ask at once, and the database is asked by few.
    #[tokio::test]
    async fn who_asks_at_once_shares_an_answer() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&DatabaseUrl::Sqlite(directory.path().join("test.db"))).await.unwrap();
        let readiness = Readiness::default();
        assert!(matches!(readiness.seen(&store).await, Seen::SchemaBehind));
        store.migrate().await.unwrap();
        tokio::time::sleep(2 * FRESH).await;
        let ask = || plenaria_persistence::query_tracking::track(readiness.seen(&store));
        let all = futures_util::future::join_all((0..1_000).map(|_| ask())).await;
        assert!(all.iter().all(|(seen, _)| matches!(seen, Seen::Ready)));
        let asked = all.iter().filter(|(_, asked)| *asked).count();
        assert_eq!(asked, 1, "of 1,000 requests");
        store.close().await;
    }
}
