//! Mending what can be mended safely: what some part of this program does anyway, done now and in the same way. Nothing
//! that only people can decide, and nothing whose right result depends on a setting that may be another one elsewhere.

use std::fmt;
use std::time::Duration;

use plenaria_domain::doctor::{Finding, Kind};
use plenaria_domain::ids::EventId;
use plenaria_domain::time::Instant;
use sea_orm::{DatabaseTransaction, EntityTrait as _, FromQueryResult, QuerySelect as _};
use uuid::Uuid;

use super::find::all;
use super::orphans::gone;
use super::queues::stuck;
use crate::derivation::{Outcome, When};
use crate::entity::webhook_endpoint;
use crate::{Store, StoreError, idempotency, messages, rows, webhooks};

/// How many rows one transaction mends.
const BATCH: usize = 256;
/// How often the feed is tried while another instance is at it.
const TRIES: u32 = 50;
/// How long in between.
const BREATH: Duration = Duration::from_millis(100);

/// One thing that was mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// What kind of finding it was.
    pub kind: Kind,
    /// What was done, as a sentence without its full stop.
    pub what: String,
    /// Of which event.
    pub id: Option<Uuid>,
}

impl fmt::Display for Mended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mended {}: {}", self.kind.name(), self.what)?;
        self.id.map_or(Ok(()), |id| write!(f, ": {id}"))?;
        f.write_str(".")
    }
}

/// What came of mending.
#[derive(Debug, Default)]
pub struct Repair {
    /// What was mended.
    pub mended: Vec<Mended>,
    /// What was found on the way, cannot be mended, and is not seen any more by whoever looks next.
    pub left: Vec<Finding>,
    /// What could not be done.
    pub failed: Vec<(Kind, StoreError)>,
}

impl Store {
    /// Mends what of these findings can be mended safely. One thing that fails does not keep others from being mended.
    pub async fn mend(&self, findings: &[Finding], now: Instant) -> Repair {
        let mut repair = Repair::default();
        let mut events: Vec<Uuid> = findings
            .iter()
            .filter(|f| matches!(f.kind, Kind::SeatCounts | Kind::QueueCounter | Kind::EmptySeats))
            .flat_map(|f| f.ids.iter().copied())
            .collect();
        events.sort_unstable();
        events.dedup();
        for event in events {
            match self.mend_seats(EventId(event), now).await {
                Ok(of_event) => {
                    repair.mended.extend(of_event.mended);
                    repair.left.extend(of_event.left);
                }
                Err(error) => repair.failed.push((Kind::SeatCounts, error)),
            }
        }
        for kind in [
            Kind::StoredTimes,
            Kind::AnswersOfGone,
            Kind::MessagesOfGone,
            Kind::OldAnswers,
            Kind::Unconfirmed,
            Kind::DeliveryOrder,
            // At last, since others may have left changes.
            Kind::Outbox,
        ] {
            if findings.iter().any(|finding| finding.kind == kind) {
                match self.mend_kind(kind, now).await {
                    Ok((number, what)) => {
                        repair.mended.push(Mended { kind, what: format!("{number} {what}"), id: None });
                    }
                    Err(error) => repair.failed.push((kind, error)),
                }
            }
        }
        repair
    }

    async fn mend_kind(&self, kind: Kind, now: Instant) -> Result<(u64, &'static str), StoreError> {
        Ok(match kind {
            Kind::StoredTimes => (self.correct_times(now).await?, "events had their times derived again"),
            Kind::AnswersOfGone => {
                (self.of_gone(kind).await?, "registrations that are gone were forgotten in kept answers")
            }
            Kind::MessagesOfGone => {
                (self.of_gone(kind).await?, "registrations that are gone have no messages any more")
            }
            Kind::OldAnswers => (self.remove_old_answers(now).await?, "old answers to idempotency keys were removed"),
            Kind::Unconfirmed => {
                (self.remove_unconfirmed(now).await?, "registrations were never confirmed, and removed")
            }
            Kind::DeliveryOrder => (self.arrange_all().await?, "endpoints had their deliveries put in order"),
            _ => (self.empty_outbox().await?, "changes were moved into the feed"),
        })
    }

    /// Derives what is stored beside definitions again, as a start with newer rules does; of how many events it was
    /// corrected.
    async fn correct_times(&self, now: Instant) -> Result<u64, StoreError> {
        Ok(match self.derive_again(When::NotNewer, now).await? {
            Outcome::Done(corrections) => corrections.len() as u64,
            Outcome::Current | Outcome::Newer(_) => 0,
        })
    }

    /// Forgets registrations that are gone, as erasing them would have done; how many.
    async fn of_gone(&self, kind: Kind) -> Result<u64, StoreError> {
        let mut total = 0;
        loop {
            let number = self.write(|transaction| Box::pin(forget_some(transaction, kind))).await?;
            total += number as u64;
            if number < BATCH {
                return Ok(total);
            }
        }
    }

    /// Says anew which deliveries may go, of every endpoint that has some that wait for nothing; of how many endpoints.
    async fn arrange_all(&self) -> Result<u64, StoreError> {
        let sql = format!("SELECT DISTINCT endpoint_id AS id FROM {}", stuck());
        let endpoints: Vec<Named> =
            self.look(|transaction| Box::pin(async move { all(transaction, &sql, []).await })).await?;
        for Named { id } in &endpoints {
            let id = *id;
            while self.write(|transaction| Box::pin(arrange_some(transaction, id))).await? == BATCH {}
        }
        Ok(endpoints.len() as u64)
    }

    /// Moves everything from the outbox into the feed, as every instance does; how much.
    async fn empty_outbox(&self) -> Result<u64, StoreError> {
        let (mut moved, mut tries) = (0, 0);
        loop {
            match self.sequence_changes().await? {
                Some((0, _)) => return Ok(moved),
                Some((number, _)) => moved += number,
                None if tries == TRIES => return Ok(moved),
                None => {
                    tries += 1;
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }
}

#[derive(FromQueryResult)]
struct Named {
    id: Uuid,
}

async fn forget_some(transaction: &DatabaseTransaction, kind: Kind) -> Result<usize, StoreError> {
    let answers = kind == Kind::AnswersOfGone;
    let from = gone(if answers { "idempotency_records" } else { "messages" }, "registration_id", "registrations");
    let sql = format!("SELECT DISTINCT c.registration_id AS id FROM {from} LIMIT {BATCH}");
    let ids: Vec<Uuid> = all::<Named>(transaction, &sql, []).await?.into_iter().map(|row| row.id).collect();
    let number = ids.len();
    if number > 0 {
        let ids = rows::padded(ids);
        if answers {
            idempotency::forget(transaction, ids).await?;
        } else {
            messages::forget(transaction, ids).await?;
        }
    }
    Ok(number)
}

/// Under the endpoint's lock, as everything that is done with its messages.
async fn arrange_some(transaction: &DatabaseTransaction, endpoint: Uuid) -> Result<usize, StoreError> {
    let lock = webhook_endpoint::Entity::find_by_id(endpoint).lock_exclusive();
    if lock.one(transaction).await?.is_none() {
        return Ok(0);
    }
    let sql = format!("SELECT DISTINCT subject AS id FROM {} AND endpoint_id = $1 LIMIT {BATCH}", stuck());
    let subjects: Vec<Named> = all(transaction, &sql, [endpoint.into()]).await?;
    let subjects: Vec<Uuid> = subjects.into_iter().map(|row| row.id).collect();
    let number = subjects.len();
    if number > 0 {
        webhooks::arrange(transaction, endpoint, subjects).await?;
    }
    Ok(number)
}
