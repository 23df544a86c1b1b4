//! Reading what is published from a replica, where that cannot be told from reading the primary.
//!
//! A replica lags, by how much nobody knows. So what it says is taken only if, in the very snapshot that it was read in,
//! the catalogue's version is the newest that this process knows of the primary. Publications take their version under
//! one lock, so a snapshot of a version holds every publication up to it and none behind: the replica then shows what the
//! primary showed. In every other case the primary is asked, and what it shows raises the version that is known; so nobody
//! who has seen a version is shown an older one by the same process. (`docs/decisions/0024-the-replica.md`)

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::{Database, DatabaseConnection, DatabaseExecutor};

use crate::connections::{self, Pool, pool};
use crate::doubt::Doubt;
use crate::replica_watch::Standing;
use crate::store::{Work, begin_to_look, end_of_looking};
use crate::{Store, StoreError, catalogue, query_tracking};

/// How long the replica may take to answer, before the primary is asked instead.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long one of its connections may be waited for.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(400);
/// How many connections there may be.
const CONNECTIONS: u32 = 8;

/// A database that follows the primary.
#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) connection: DatabaseConnection,
    doubt: Doubt,
    /// The newest version of the catalogue that this process knows of the primary.
    newest: AtomicI64,
    standing: Mutex<Standing>,
}

/// Where an answer about what is published came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The replica.
    Replica,
    /// The primary, since the replica shows another version.
    Behind,
    /// The primary, since the replica does not answer.
    Away,
    /// The primary, since the replica does not have what is asked for.
    Missing,
}

impl Replica {
    /// Nothing is connected yet: a replica that is away keeps nobody from starting.
    pub(crate) async fn open(url: &str) -> Result<Self, StoreError> {
        let doubt = Doubt::default();
        let mut options = connections::postgres(url, CONNECTIONS, ACQUIRE_TIMEOUT, &doubt);
        options.min_connections(0).connect_lazy(true);
        let connection = Database::connect(options).await?;
        Ok(Self { connection, doubt, newest: AtomicI64::new(0), standing: Mutex::default() })
    }

    pub(crate) fn pool(&self) -> Pool {
        pool("replica", &self.connection)
    }

    pub(crate) fn newest(&self) -> i64 {
        self.newest.load(Ordering::Acquire)
    }

    /// The primary has shown this version.
    pub(crate) fn learn(&self, version: i64) {
        self.newest.fetch_max(version, Ordering::AcqRel);
    }

    /// The primary has gone back to this version.
    pub(crate) fn go_back_to(&self, version: i64) {
        self.newest.store(version, Ordering::Release);
        // Whether this is still its replica is to be seen.
        self.standing().doubt();
    }

    pub(crate) fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the work finds in a snapshot of the newest version that is known, and that version.
    async fn read<T, F>(&self, work: &F) -> Result<(i64, T), Source>
    where
        F: for<'t> Fn(DatabaseExecutor<'t>) -> Work<'t, T>,
    {
        let why_not = self.standing().why_not();
        if let Some(source) = why_not {
            return Err(source);
        }
        match self.in_time(self.read_snapshot(work)).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(Source::Behind),
            Err(error) => {
                // A query that stood in the way of what the replica had to follow was ended; that is no reason to leave
                // it alone.
                if !error.is_retryable() {
                    self.standing().has_failed(&error, Instant::now());
                }
                Err(Source::Away)
            }
        }
    }

    /// `None`: the snapshot is of another version.
    async fn read_snapshot<T, F>(&self, work: &F) -> Result<Option<(i64, T)>, StoreError>
    where
        F: for<'t> Fn(DatabaseExecutor<'t>) -> Work<'t, T>,
    {
        query_tracking::note();
        let transaction = begin_to_look(&self.connection).await?;
        let found = async {
            let version = catalogue::version(&transaction).await?;
            if version != self.newest() {
                return Ok(None);
            }
            Ok(Some((version, work((&transaction).into()).await?)))
        };
        let found = found.await;
        end_of_looking(transaction).await;
        found
    }

    /// Waits for the replica's answer no longer than anybody would for the primary's.
    pub(crate) async fn in_time<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        self.doubt.in_time(PATIENCE, work).await
    }
}

impl Store {
    /// The same store, which reads what is published from this replica where that makes no difference. It need not be
    /// there; [`Store::watch_replica`] finds it.
    pub async fn with_replica(mut self, url: &str) -> Result<Self, StoreError> {
        self.replica = Some(Replica::open(url).await?.into());
        Ok(self)
    }

    /// Reads what is published: from the replica if there is one that shows what the primary shows, else from the primary.
    /// The work may be done twice. What is `missing` in the replica may have been published this instant: the primary
    /// knows.
    pub(crate) async fn published<T, F>(&self, missing: impl Fn(&T) -> bool, work: F) -> Result<T, StoreError>
    where
        F: for<'t> Fn(DatabaseExecutor<'t>) -> Work<'t, T>,
    {
        if self.replica.is_none() {
            return work(self.reads().into()).await;
        }
        Ok(self.published_snapshot(missing, work).await?.1)
    }

    /// The same in one snapshot, and the version of the catalogue that it is of.
    pub(crate) async fn published_snapshot<T, F>(
        &self,
        missing: impl Fn(&T) -> bool,
        work: F,
    ) -> Result<(i64, T), StoreError>
    where
        F: for<'t> Fn(DatabaseExecutor<'t>) -> Work<'t, T>,
    {
        let Some(replica) = &self.replica else { return self.snapshot_of_primary(&work).await };
        let source = match replica.read(&work).await {
            Ok((_, found)) if missing(&found) => Source::Missing,
            Ok(found) => {
                self.count_read(Source::Replica);
                return Ok(found);
            }
            Err(source) => source,
        };
        self.count_read(source);
        self.snapshot_of_primary(&work).await
    }

    /// What the work finds in the primary, and the version that it is of.
    async fn snapshot_of_primary<T, F>(&self, work: &F) -> Result<(i64, T), StoreError>
    where
        F: for<'t> Fn(DatabaseExecutor<'t>) -> Work<'t, T>,
    {
        let transaction = begin_to_look(self.reads()).await?;
        let found = async {
            let version = catalogue::version(&transaction).await?;
            Ok((version, work((&transaction).into()).await?))
        };
        let found = found.await;
        end_of_looking(transaction).await;
        if let (Some(replica), Ok((version, _))) = (&self.replica, &found) {
            replica.learn(*version);
        }
        found
    }

    fn count_read(&self, source: Source) {
        if let Some(figures) = self.figures() {
            figures.replica.count(source);
        }
    }
}
