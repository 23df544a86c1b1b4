//! The replica that `serve` reads what is published from, and what `doctor` says of it.

use plenaria_domain::doctor::{Finding, Kind};
use plenaria_persistence::replica_watch::Likeness;
use plenaria_persistence::{Store, StoreError};

use super::cannot;
use crate::Failure;
use crate::settings::Settings;

/// The store with its replica, if the settings name one. That it is away or behind is no reason not to start: it is
/// watched, and told of in the log.
pub(super) async fn open(store: Store, settings: &Settings) -> Result<Store, Failure> {
    let store = attach(store, settings).await?;
    match compare(&store).await? {
        Some(Likeness::Foreign) => {
            Err("PLENARIA_DATABASE_READ_URL leads to a copy of another database: its events are not \
                                        those of DATABASE_URL."
                .to_owned())
        }
        _ => Ok(store),
    }
}

/// Compares the replica with the database.
pub(super) async fn examine(store: Store, settings: &Settings) -> Result<Vec<Finding>, Failure> {
    let store = attach(store, settings).await?;
    let likeness = compare(&store).await;
    store.close().await;
    Ok(likeness?.as_ref().and_then(finding).into_iter().collect())
}

async fn attach(store: Store, settings: &Settings) -> Result<Store, Failure> {
    let Some(url) = &settings.database_read_url else { return Ok(store) };
    store.with_replica(url).await.map_err(|error| cannot("use PLENARIA_DATABASE_READ_URL", &error))
}

async fn compare(store: &Store) -> Result<Option<Likeness>, Failure> {
    store.compare_replica().await.map_err(|error: StoreError| cannot("compare the replica with the database", &error))
}

fn finding(likeness: &Likeness) -> Option<Finding> {
    match likeness {
        Likeness::Same => None,
        Likeness::OtherVersion { replica, primary } if replica < primary => {
            let what = format!("the replica shows version {replica} of the catalogue, the database {primary}");
            Some(Finding::new(Kind::ReplicaBehind, what))
        }
        Likeness::OtherVersion { replica, primary } => {
            let what =
                format!("the replica shows version {replica} of the catalogue, beyond the database's, {primary}");
            Some(Finding::new(Kind::Replica, what))
        }
        Likeness::SchemaBehind => {
            Some(Finding::new(Kind::ReplicaBehind, "the replica's schema is behind this program"))
        }
        Likeness::Foreign => {
            let what = "the replica has other events than the database, at the same version of the catalogue";
            Some(Finding::new(Kind::Replica, what))
        }
        Likeness::Away(error) => {
            Some(Finding::new(Kind::ReplicaBehind, format!("the replica does not answer: {error}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_replica_that_is_none_is_a_fault() {
        let other = |replica, primary| finding(&Likeness::OtherVersion { replica, primary }).map(|f| f.kind);
        assert_eq!(finding(&Likeness::Same), None);
        assert_eq!((other(1, 2), other(3, 2)), (Some(Kind::ReplicaBehind), Some(Kind::Replica)));
        assert!(finding(&Likeness::Foreign).is_some_and(|finding| finding.is_fault()));
        for likeness in [Likeness::Away(StoreError::silent()), Likeness::SchemaBehind] {
            assert!(finding(&likeness).is_some_and(|finding| !finding.is_fault()));
        }
    }
}
