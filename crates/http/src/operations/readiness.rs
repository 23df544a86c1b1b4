//! Checks whether the database is ready, once for all health checks that arrive at about the same time.
//!
//! Health checks are not rate limited, so the database's load must not grow with their number.

use std::sync::Arc;
use std::time::Duration;

use plenaria_persistence::{Store, StoreError};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long the check may take.
const HEALTH_CHECK_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a result serves other health checks.
const RESULT_TTL: Duration = Duration::from_millis(10);

/// The latest check of the database.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<Option<(Instant, DatabaseStatus)>>);

/// The result of a check.
#[derive(Clone)]
pub(crate) enum DatabaseStatus {
    Ready,
    /// Migrations are missing.
    SchemaBehind,
    Failed(Arc<StoreError>),
}

impl Readiness {
    /// The database's status now or a moment ago. Only one request queries the database at a time; the others wait for it.
    pub(crate) async fn check(&self, store: &Store) -> DatabaseStatus {
        let requested_at = Instant::now();
        let mut last = self.0.lock().await;
        if let Some((checked_at, status)) = &*last
            && *checked_at + RESULT_TTL >= requested_at
        {
            return status.clone();
        }
        let status = query_status(store).await;
        *last = Some((Instant::now(), status.clone()));
        status
    }
}

async fn query_status(store: &Store) -> DatabaseStatus {
    let pending = async {
        store.ping().await?;
        store.pending_migrations().await
    };
    match store.with_timeout(HEALTH_CHECK_TIMEOUT, pending).await {
        Ok(pending) if pending.is_empty() => DatabaseStatus::Ready,
        Ok(_) => DatabaseStatus::SchemaBehind,
        Err(error) => DatabaseStatus::Failed(Arc::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenaria_persistence::database::url::DatabaseUrl;

    #[tokio::test]
    async fn simultaneous_checks_share_one_query() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&DatabaseUrl::Sqlite(directory.path().join("test.db"))).await.unwrap();
        let readiness = Readiness::default();
        assert!(matches!(readiness.check(&store).await, DatabaseStatus::SchemaBehind));
        store.migrate().await.unwrap();
        tokio::time::sleep(2 * RESULT_TTL).await;
        let check = || plenaria_persistence::database::query_tracking::track(readiness.check(&store));
        let all = futures_util::future::join_all((0..1_000).map(|_| check())).await;
        assert!(all.iter().all(|(status, _)| matches!(status, DatabaseStatus::Ready)));
        let queries = all.iter().filter(|(_, queried)| *queried).count();
        assert_eq!(queries, 1, "of 1,000 requests");
        store.close().await;
    }
}
