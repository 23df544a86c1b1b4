//! Monitors the replica: whether it responds, follows the primary, and is a copy of it at all.
//!
//! Every half second the monitor reads the replica's catalogue version. Until the replica was found to be a copy, and again
//! after each error, it compares the published events of both databases instead.

use std::time::{Duration, Instant};

use plenaria_migrations::{Migrator, MigratorTrait as _, recorded};
use sea_orm::{DatabaseConnection, EntityTrait as _, QueryOrder as _, QuerySelect as _};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::database::catalogue_version;
use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::database::transaction::{begin_snapshot, roll_back};
use crate::entity::event;

/// How often the replica is checked.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);
/// How long the primary may take in a comparison.
const PRIMARY_TIMEOUT: Duration = Duration::from_secs(3);

/// The result of comparing the replica with the primary.
#[derive(Debug)]
pub enum ReplicaComparison {
    /// It shows what the primary shows.
    InSync,
    /// It shows another version of the catalogue.
    OtherVersion {
        /// The replica's version.
        replica: i64,
        /// The primary's version, which was read afterwards.
        primary: i64,
    },
    /// It lacks migrations.
    SchemaBehind,
    /// It shows other events at the same version, so it is a copy of another database.
    DifferentDatabase,
    /// It does not respond.
    Unavailable(StoreError),
}

impl Store {
    /// Monitors the replica until the process ends. Without a replica it returns at once.
    pub async fn watch_replica(&self) {
        let Some(replica) = &self.replica else { return };
        let mut ticks = tokio::time::interval(CHECK_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let is_copy = replica.state().is_copy();
            let comparison = if is_copy { self.compare_versions().await } else { self.compare_replica().await };
            let now = Instant::now();
            let mut state = replica.state();
            match comparison {
                Ok(Some(ReplicaComparison::InSync)) => state.on_in_sync(now),
                Ok(Some(ReplicaComparison::OtherVersion { replica, primary })) => {
                    state.on_other_version(Some(replica), primary, now);
                }
                Ok(Some(ReplicaComparison::SchemaBehind)) => {
                    state.on_other_version(None, replica.newest_version(), now);
                }
                Ok(Some(ReplicaComparison::DifferentDatabase)) => state.on_different_database(now),
                Ok(Some(ReplicaComparison::Unavailable(error))) => state.on_error(&error, now),
                // Other tasks report an unavailable primary.
                Ok(None) | Err(_) => {}
            }
        }
    }

    /// Compares the replica's catalogue version with the newest one seen on the primary.
    async fn compare_versions(&self) -> Result<Option<ReplicaComparison>, StoreError> {
        let Some(replica) = &self.replica else { return Ok(None) };
        Ok(Some(match replica.with_timeout(catalogue_version::read(&replica.connection)).await {
            Ok(version) if version == replica.newest_version() => ReplicaComparison::InSync,
            Ok(version) => ReplicaComparison::OtherVersion { replica: version, primary: replica.newest_version() },
            Err(error) => ReplicaComparison::Unavailable(error),
        }))
    }

    /// Compares the published events of the replica with those of the primary. `None`: there is no replica, or the schema
    /// of the primary is not that of this program.
    ///
    /// # Errors
    /// Those of the primary.
    pub async fn compare_replica(&self) -> Result<Option<ReplicaComparison>, StoreError> {
        let Some(replica) = &self.replica else { return Ok(None) };
        let copied = match replica.with_timeout(fingerprint(&replica.connection)).await {
            Ok(Some(fingerprint)) => fingerprint,
            Ok(None) => return Ok(Some(ReplicaComparison::SchemaBehind)),
            Err(error) => return Ok(Some(ReplicaComparison::Unavailable(error))),
        };
        let monitor = self.with_monitor_pool();
        let Some(primary) = self.with_timeout(PRIMARY_TIMEOUT, fingerprint(monitor.reads())).await? else {
            return Ok(None);
        };
        replica.observe_version(primary.version);
        Ok(Some(if copied.version != primary.version {
            ReplicaComparison::OtherVersion { replica: copied.version, primary: primary.version }
        } else if copied.events == primary.events {
            ReplicaComparison::InSync
        } else {
            ReplicaComparison::DifferentDatabase
        }))
    }
}

/// The part of a database's content that is compared with that of another.
struct Fingerprint {
    version: i64,
    /// The id of each event, and the version that it changed in.
    events: Vec<(Uuid, i64)>,
}

/// Reads the fingerprint of a database; `None`: its schema lacks migrations.
async fn fingerprint(connection: &DatabaseConnection) -> Result<Option<Fingerprint>, StoreError> {
    let transaction = begin_snapshot(connection).await?;
    let read = async {
        let applied = recorded(&transaction).await?;
        if !Migrator::migrations().iter().all(|migration| applied.iter().any(|name| name == migration.name())) {
            return Ok(None);
        }
        let events = event::Entity::find()
            .select_only()
            .columns([event::Column::Id, event::Column::CatalogueVersion])
            .order_by_asc(event::Column::Id)
            .into_tuple()
            .all(&transaction)
            .await?;
        Ok(Some(Fingerprint { version: catalogue_version::read(&transaction).await?, events }))
    };
    let fingerprint = read.await;
    roll_back(transaction).await;
    fingerprint
}
