//! Reads published data: from the replica where that gives the same result, otherwise from the primary.

use sea_orm::DatabaseExecutor;

use crate::database::catalogue_version;
use crate::database::error::StoreError;
use crate::database::replica::Replica;
use crate::database::replica::state::ReadSource;
use crate::database::store::Store;
use crate::database::transaction::{TransactionFuture, begin_snapshot, roll_back};
use crate::metrics::replica::ReplicaRead;

impl Store {
    /// The same store, which reads published data from this replica where that gives the same result. The replica need
    /// not be reachable yet: [`Store::watch_replica`] finds it.
    pub async fn with_replica(mut self, url: &str) -> Result<Self, StoreError> {
        self.replica = Some(Replica::open(url).await?.into());
        Ok(self)
    }

    /// Reads published data from the replica if it shows what the primary shows, otherwise from the primary. The work may
    /// run twice. A result that is `missing` in the replica is read from the primary, since it may have been published
    /// this instant.
    pub(crate) async fn read_published<T, F>(&self, missing: impl Fn(&T) -> bool, work: F) -> Result<T, StoreError>
    where
        F: for<'t> Fn(DatabaseExecutor<'t>) -> TransactionFuture<'t, T>,
    {
        if self.replica.is_none() {
            return work(self.reads().into()).await;
        }
        Ok(self.read_published_snapshot(missing, work).await?.1)
    }

    /// As [`Store::read_published`], in one snapshot; with the catalogue version of the snapshot.
    pub(crate) async fn read_published_snapshot<T, F>(
        &self,
        missing: impl Fn(&T) -> bool,
        work: F,
    ) -> Result<(i64, T), StoreError>
    where
        F: for<'t> Fn(DatabaseExecutor<'t>) -> TransactionFuture<'t, T>,
    {
        let Some(replica) = &self.replica else { return self.read_primary_snapshot(&work).await };
        let source = match replica.read(&work).await {
            Ok((_, result)) if missing(&result) => ReadSource::Missing,
            Ok(result) => {
                self.count_read(ReadSource::Replica);
                return Ok(result);
            }
            Err(source) => source,
        };
        self.count_read(source);
        self.read_primary_snapshot(&work).await
    }

    /// Reads a snapshot of the primary, with its catalogue version.
    async fn read_primary_snapshot<T, F>(&self, work: &F) -> Result<(i64, T), StoreError>
    where
        F: for<'t> Fn(DatabaseExecutor<'t>) -> TransactionFuture<'t, T>,
    {
        let transaction = begin_snapshot(self.reads()).await?;
        let read = async {
            let version = catalogue_version::read(&transaction).await?;
            Ok((version, work((&transaction).into()).await?))
        };
        let result = read.await;
        roll_back(transaction).await;
        if let (Some(replica), Ok((version, _))) = (&self.replica, &result) {
            replica.observe_version(*version);
        }
        result
    }

    fn count_read(&self, source: ReadSource) {
        if let Some(metrics) = self.metrics() {
            metrics.replica.count(source.into());
        }
    }
}

impl From<ReadSource> for ReplicaRead {
    fn from(source: ReadSource) -> Self {
        match source {
            ReadSource::Replica => Self::Answered,
            ReadSource::Behind => Self::Behind,
            ReadSource::Away => Self::Away,
            ReadSource::Missing => Self::Missing,
        }
    }
}
