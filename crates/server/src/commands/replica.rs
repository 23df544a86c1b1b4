//! Opens the replica from which `serve` reads published events, and checks it for `doctor`.

use anyhow::{Context as _, bail};
use plenaria_domain::doctor::{Finding, Kind};
use plenaria_persistence::Store;
use plenaria_persistence::database::replica::monitor::ReplicaComparison;

use crate::settings::ServerConfig;

/// The store with its replica, if the settings name one. A replica that is down or behind does not prevent the start: it is
/// monitored, and its state is logged.
///
/// # Errors
/// The replica is a copy of another database.
pub(crate) async fn open(store: Store, config: &ServerConfig) -> anyhow::Result<Store> {
    let store = attach(store, config).await?;
    match compare(&store).await? {
        Some(ReplicaComparison::DifferentDatabase) => {
            bail!(
                "PLENARIA_DATABASE_READ_URL leads to a copy of another database: its events are not those of DATABASE_URL."
            )
        }
        _ => Ok(store),
    }
}

/// Compares the replica with the database.
pub(crate) async fn examine(store: Store, config: &ServerConfig) -> anyhow::Result<Vec<Finding>> {
    let store = attach(store, config).await?;
    let comparison = compare(&store).await;
    store.close().await;
    Ok(comparison?.as_ref().and_then(finding).into_iter().collect())
}

async fn attach(store: Store, config: &ServerConfig) -> anyhow::Result<Store> {
    let Some(url) = &config.database_read_url else { return Ok(store) };
    store.with_replica(url).await.context("cannot use PLENARIA_DATABASE_READ_URL")
}

async fn compare(store: &Store) -> anyhow::Result<Option<ReplicaComparison>> {
    store.compare_replica().await.context("cannot compare the replica with the database")
}

fn finding(comparison: &ReplicaComparison) -> Option<Finding> {
    match comparison {
        ReplicaComparison::InSync => None,
        ReplicaComparison::OtherVersion { replica, primary } if replica < primary => {
            let what = format!("the replica shows version {replica} of the catalogue, the database {primary}");
            Some(Finding::new(Kind::ReplicaBehind, what))
        }
        ReplicaComparison::OtherVersion { replica, primary } => {
            let what =
                format!("the replica shows version {replica} of the catalogue, beyond the database's, {primary}");
            Some(Finding::new(Kind::Replica, what))
        }
        ReplicaComparison::SchemaBehind => {
            Some(Finding::new(Kind::ReplicaBehind, "the replica's schema is behind this program"))
        }
        ReplicaComparison::DifferentDatabase => {
            let what = "the replica has other events than the database, at the same version of the catalogue";
            Some(Finding::new(Kind::Replica, what))
        }
        ReplicaComparison::Unavailable(error) => {
            Some(Finding::new(Kind::ReplicaBehind, format!("the replica does not respond: {error}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenaria_persistence::StoreError;

    #[test]
    fn only_a_copy_of_another_database_is_a_fault() {
        let other = |replica, primary| finding(&ReplicaComparison::OtherVersion { replica, primary }).map(|f| f.kind);
        assert_eq!(finding(&ReplicaComparison::InSync), None);
        assert_eq!((other(1, 2), other(3, 2)), (Some(Kind::ReplicaBehind), Some(Kind::Replica)));
        assert!(finding(&ReplicaComparison::DifferentDatabase).is_some_and(|finding| finding.is_fault()));
        for comparison in [ReplicaComparison::Unavailable(StoreError::timed_out()), ReplicaComparison::SchemaBehind] {
            assert!(finding(&comparison).is_some_and(|finding| !finding.is_fault()));
        }
    }
}
