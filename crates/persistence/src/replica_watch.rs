//! How the replica stands: whether it is there, follows, and is a copy of the primary at all.

use std::time::{Duration, Instant};

use plenaria_migrations::{Migrator, MigratorTrait as _, recorded};
use sea_orm::{DatabaseConnection, EntityTrait as _, QueryOrder as _, QuerySelect as _};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::entity::event;
use crate::replica::Source;
use crate::store::{begin_to_look, end_of_looking};
use crate::{Store, StoreError, catalogue};

/// How often it is looked at.
const OFTEN: Duration = Duration::from_millis(500);
/// How long the primary may take when the two are compared.
const PATIENCE: Duration = Duration::from_secs(3);
/// For how long it may show another version before that is worth a line in the log: after a publication it always does.
const LAG: Duration = Duration::from_secs(5);
/// One that comes and goes is told of no more often.
const QUIET: Duration = Duration::from_mins(1);

/// What a comparison of the replica with the primary found.
#[derive(Debug)]
pub enum Likeness {
    /// It shows what the primary shows.
    Same,
    /// It shows another version of what is published.
    OtherVersion {
        /// The replica's.
        replica: i64,
        /// The primary's, read afterwards.
        primary: i64,
    },
    /// It lacks migrations.
    SchemaBehind,
    /// At the same version it shows other events: it is a copy of another database.
    Foreign,
    /// It does not answer.
    Away(StoreError),
}

/// What is known of the replica.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    state: State,
    /// Whether it was found to be a copy, over the connections that there are.
    is_copy: bool,
    since: Option<Instant>,
    /// When the log was told that it is not used, if it was.
    told: Option<Instant>,
    /// Whether the log says that it is used.
    said_used: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Unknown,
    Used,
    OtherVersion,
    Away,
    Foreign,
}

impl Standing {
    /// Why it is not to be asked; `None`: it is.
    pub(crate) const fn why_not(&self) -> Option<Source> {
        match self.state {
            State::Used => None,
            State::OtherVersion => Some(Source::Behind),
            State::Unknown | State::Away | State::Foreign => Some(Source::Away),
        }
    }

    /// Whether it is a copy is to be found out again.
    pub(crate) fn doubt(&mut self) {
        self.is_copy = false;
        self.state = State::Unknown;
    }

    fn enter(&mut self, state: State, now: Instant) {
        if self.state != state {
            (self.state, self.since) = (state, Some(now));
        }
    }

    /// Whether to tell the log now that it is not used: once, and again only when it has been used for a while.
    fn is_to_be_told(&mut self, now: Instant) -> bool {
        let tell = self.said_used || self.told.is_none();
        let quiet = self.told.is_some_and(|told| now.duration_since(told) < QUIET);
        if !tell || quiet {
            return false;
        }
        (self.told, self.said_used) = (Some(now), false);
        true
    }

    /// It did not answer, or refused.
    pub(crate) fn has_failed(&mut self, error: &StoreError, now: Instant) {
        self.enter(State::Away, now);
        self.is_copy = false;
        if self.is_to_be_told(now) {
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, "the replica does not answer: the primary is asked instead");
        }
    }

    fn is_foreign(&mut self, now: Instant) {
        self.enter(State::Foreign, now);
        self.is_copy = false;
        if self.is_to_be_told(now) {
            tracing::error!(
                "PLENARIA_DATABASE_READ_URL leads to no copy of the database: the primary is asked instead"
            );
        }
    }

    fn is_of_another_version(&mut self, replica: Option<i64>, primary: i64, now: Instant) {
        self.enter(State::OtherVersion, now);
        let lags = self.since.is_some_and(|since| now.duration_since(since) >= LAG);
        if lags && self.is_to_be_told(now) {
            tracing::warn!(replica, primary, "the replica lags: the primary is asked instead");
        }
    }

    fn is_good(&mut self, now: Instant) {
        self.enter(State::Used, now);
        self.is_copy = true;
        if !self.said_used {
            self.said_used = true;
            tracing::info!("what is published is read from the replica");
        }
    }
}

impl Store {
    /// Watches the replica until the process ends; at once if there is none.
    pub async fn watch_replica(&self) {
        let Some(replica) = &self.replica else { return };
        let mut ticks = tokio::time::interval(OFTEN);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let is_copy = replica.standing().is_copy;
            let seen = if is_copy { self.glance_at_replica().await } else { self.compare_replica().await };
            let now = Instant::now();
            let mut standing = replica.standing();
            match seen {
                Ok(Some(Likeness::Same)) => standing.is_good(now),
                Ok(Some(Likeness::OtherVersion { replica, primary })) => {
                    standing.is_of_another_version(Some(replica), primary, now);
                }
                Ok(Some(Likeness::SchemaBehind)) => standing.is_of_another_version(None, replica.newest(), now),
                Ok(Some(Likeness::Foreign)) => standing.is_foreign(now),
                Ok(Some(Likeness::Away(error))) => standing.has_failed(&error, now),
                // Of a primary that is away others tell.
                Ok(None) | Err(_) => {}
            }
        }
    }

    /// Whether it shows the newest version that is known.
    async fn glance_at_replica(&self) -> Result<Option<Likeness>, StoreError> {
        let Some(replica) = &self.replica else { return Ok(None) };
        Ok(Some(match replica.in_time(catalogue::version(&replica.connection)).await {
            Ok(version) if version == replica.newest() => Likeness::Same,
            Ok(version) => Likeness::OtherVersion { replica: version, primary: replica.newest() },
            Err(error) => Likeness::Away(error),
        }))
    }

    /// Compares the replica with the primary; `None`: there is none.
    ///
    /// # Errors
    /// That of the primary.
    pub async fn compare_replica(&self) -> Result<Option<Likeness>, StoreError> {
        let Some(replica) = &self.replica else { return Ok(None) };
        let theirs = match replica.in_time(outline(&replica.connection)).await {
            Ok(Some(outline)) => outline,
            Ok(None) => return Ok(Some(Likeness::SchemaBehind)),
            Err(error) => return Ok(Some(Likeness::Away(error))),
        };
        let Some(ours) = self.in_time(PATIENCE, outline(self.watching().reads())).await? else {
            return Ok(None);
        };
        replica.learn(ours.version);
        Ok(Some(if theirs.version != ours.version {
            Likeness::OtherVersion { replica: theirs.version, primary: ours.version }
        } else if theirs.events == ours.events {
            Likeness::Same
        } else {
            Likeness::Foreign
        }))
    }
}

/// What is published, in few words.
struct Outline {
    version: i64,
    /// Each event, and the version that it changed in.
    events: Vec<(Uuid, i64)>,
}

/// `None`: the schema is not this program's.
async fn outline(connection: &DatabaseConnection) -> Result<Option<Outline>, StoreError> {
    let transaction = begin_to_look(connection).await?;
    let read = async {
        let had = recorded(&transaction).await?;
        if !Migrator::migrations().iter().all(|migration| had.iter().any(|name| name == migration.name())) {
            return Ok(None);
        }
        let events = event::Entity::find()
            .select_only()
            .columns([event::Column::Id, event::Column::ChangedIn])
            .order_by_asc(event::Column::Id)
            .into_tuple()
            .all(&transaction)
            .await?;
        Ok(Some(Outline { version: catalogue::version(&transaction).await?, events }))
    };
    let outline = read.await;
    end_of_looking(transaction).await;
    outline
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_used_only_while_it_is_known_to_show_the_same() {
        let mut standing = Standing::default();
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(standing.why_not(), Some(Source::Away));
        standing.is_good(start);
        assert_eq!(standing.why_not(), None);
        standing.is_of_another_version(Some(1), 2, later(1));
        assert_eq!((standing.why_not(), standing.is_copy), (Some(Source::Behind), true));
        standing.has_failed(&StoreError::silent(), later(2));
        assert_eq!((standing.why_not(), standing.is_copy), (Some(Source::Away), false));
        standing.is_foreign(later(3));
        assert_eq!(standing.why_not(), Some(Source::Away));
        standing.is_good(later(4));
        standing.doubt();
        assert_eq!((standing.why_not(), standing.is_copy), (Some(Source::Away), false));
    }

    #[test]
    fn the_log_is_told_once() {
        let mut standing = Standing::default();
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        standing.is_good(start);
        // After a publication, for a moment.
        standing.is_of_another_version(Some(1), 2, later(1));
        standing.is_good(later(2));
        assert!(standing.said_used && standing.told.is_none());
        standing.is_of_another_version(Some(1), 2, later(3));
        standing.is_of_another_version(Some(1), 2, later(8));
        assert_eq!((standing.said_used, standing.told), (false, Some(later(8))));
        standing.has_failed(&StoreError::silent(), later(9));
        standing.is_good(later(10));
        assert!(standing.said_used);
        // It comes and goes.
        standing.has_failed(&StoreError::silent(), later(11));
        assert!(standing.said_used);
        standing.has_failed(&StoreError::silent(), later(70));
        assert_eq!((standing.said_used, standing.told), (false, Some(later(70))));
    }
}
