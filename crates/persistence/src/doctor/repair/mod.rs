//! Repairs what can be repaired safely.
//!
//! A repair does what another part of this program does anyway, at once and in the same way. Nothing is repaired that
//! requires a decision by people, or whose right result depends on a setting that other instances may have differently.

pub(crate) mod seats;

use std::time::Duration;

use plenaria_domain::audit::{Action, AuditContext, TargetKind};
use plenaria_domain::doctor::{Finding, Kind};
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use sea_orm::{DatabaseTransaction, EntityTrait as _, FromQueryResult, QuerySelect as _};
use serde_json::json;
use uuid::Uuid;

use crate::audit::record::{AuditRecord, record};
use crate::database::error::StoreError;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::database::store::Store;
use crate::doctor::checks::orphans::orphans_sql;
use crate::doctor::checks::queues::stuck_deliveries_sql;
use crate::doctor::query::query_all;
use crate::doctor::report::{RepairReport, Repaired};
use crate::entity::webhook_endpoint;
use crate::events::derivation::{DerivationOutcome, RederiveIf};
use crate::idempotency;
use crate::mail::enqueue;
use crate::webhooks::delivery_state::reorder;

/// Number of rows that one transaction repairs.
const BATCH_SIZE: usize = 256;
/// How often the feed's lock is tried while another instance holds it.
const LOCK_ATTEMPTS: u32 = 50;
/// Pause between these attempts.
const LOCK_RETRY_PAUSE: Duration = Duration::from_millis(100);

impl Store {
    /// Repairs those of these findings that can be repaired safely. A repair that fails does not prevent the others.
    pub async fn repair(&self, findings: &[Finding], now: Instant) -> RepairReport {
        let mut report = RepairReport::default();
        let mut events: Vec<Uuid> = findings
            .iter()
            .filter(|f| matches!(f.kind, Kind::SeatCounts | Kind::WaitlistCounter | Kind::WaitlistBesideFreeSeats))
            .flat_map(|f| f.ids.iter().copied())
            .collect();
        events.sort_unstable();
        events.dedup();
        for event in events {
            match self.repair_seats(EventId(event), now).await {
                Ok(of_event) => {
                    report.repaired.extend(of_event.repaired);
                    report.remaining.extend(of_event.remaining);
                }
                Err(error) => report.failed.push((Kind::SeatCounts, error)),
            }
        }
        for kind in [
            Kind::StoredTimes,
            Kind::OrphanedIdempotencyRecords,
            Kind::OrphanedMessages,
            Kind::ExpiredIdempotencyRecords,
            Kind::Unconfirmed,
            Kind::DeliveryOrder,
            // The outbox comes last, because the other repairs may have written changes.
            Kind::Outbox,
        ] {
            if findings.iter().any(|finding| finding.kind == kind) {
                match self.repair_kind(kind, now).await {
                    Ok((number, what)) => {
                        report.repaired.push(Repaired { kind, what: format!("{number} {what}"), id: None });
                    }
                    Err(error) => report.failed.push((kind, error)),
                }
            }
        }
        if let Some(first) = report.repaired.first().map(|repaired| repaired.kind)
            && let Err(error) = self.audit_repair(&report, now).await
        {
            report.failed.push((first, error));
        }
        report
    }

    /// Writes one entry for all repairs, each of which had transactions of its own.
    async fn audit_repair(&self, report: &RepairReport, now: Instant) -> Result<(), StoreError> {
        let repaired =
            |repaired: &Repaired| json!({ "kind": repaired.kind.name(), "what": repaired.what, "id": repaired.id });
        let entry = AuditRecord {
            action: Action::DatabaseRepaired,
            target: (TargetKind::Database, "database".to_owned()),
            event: None,
            details: json!({ "repaired": report.repaired.iter().map(repaired).collect::<Vec<_>>() }),
        };
        self.write(|transaction| {
            let entry = entry.clone();
            Box::pin(async move { record(transaction, &AuditContext::operator(), vec![entry], now).await })
        })
        .await
    }

    async fn repair_kind(&self, kind: Kind, now: Instant) -> Result<(u64, &'static str), StoreError> {
        Ok(match kind {
            Kind::StoredTimes => (self.correct_times(now).await?, "events had their times derived again"),
            Kind::OrphanedIdempotencyRecords => {
                (self.erase_orphans(kind).await?, "deleted registrations were erased from idempotency records")
            }
            Kind::OrphanedMessages => {
                (self.erase_orphans(kind).await?, "deleted registrations had their messages deleted")
            }
            Kind::ExpiredIdempotencyRecords => {
                (self.remove_expired_idempotency_records(now).await?, "expired idempotency records were deleted")
            }
            Kind::Unconfirmed => (self.remove_unconfirmed(now).await?, "unconfirmed registrations were deleted"),
            Kind::DeliveryOrder => (self.reorder_deliveries().await?, "endpoints had their deliveries put in order"),
            _ => (self.empty_outbox().await?, "changes were moved into the feed"),
        })
    }

    /// Derives the columns that follow from definitions again, as a start with newer rules does. Returns the number of
    /// events that were corrected.
    async fn correct_times(&self, now: Instant) -> Result<u64, StoreError> {
        Ok(match self.rederive(RederiveIf::NotNewer, now).await? {
            DerivationOutcome::Done(corrections) => corrections.len() as u64,
            DerivationOutcome::Current | DerivationOutcome::Newer(_) => 0,
        })
    }

    /// Erases references to registrations that no longer exist, as erasing them would have done. Returns the number of
    /// registrations.
    async fn erase_orphans(&self, kind: Kind) -> Result<u64, StoreError> {
        let mut total = 0;
        loop {
            let number = self.write(|transaction| Box::pin(erase_some_orphans(transaction, kind))).await?;
            total += number as u64;
            if number < BATCH_SIZE {
                return Ok(total);
            }
        }
    }

    /// Sets the states of deliveries anew for every endpoint with deliveries that wait for no other. Returns the number
    /// of endpoints.
    async fn reorder_deliveries(&self) -> Result<u64, StoreError> {
        let sql = format!("SELECT DISTINCT endpoint_id AS id FROM {}", stuck_deliveries_sql());
        let endpoints: Vec<IdRow> =
            self.snapshot(|transaction| Box::pin(async move { query_all(transaction, &sql, []).await })).await?;
        for IdRow { id } in &endpoints {
            let id = *id;
            while self.write(|transaction| Box::pin(reorder_some(transaction, id))).await? == BATCH_SIZE {}
        }
        Ok(endpoints.len() as u64)
    }

    /// Moves everything from the outbox into the feed, as every instance does. Returns the number of changes.
    async fn empty_outbox(&self) -> Result<u64, StoreError> {
        let (mut moved, mut attempts) = (0, 0);
        loop {
            match self.sequence_changes().await? {
                Some((0, _)) => return Ok(moved),
                Some((number, _)) => moved += number,
                None if attempts == LOCK_ATTEMPTS => return Ok(moved),
                None => {
                    attempts += 1;
                    tokio::time::sleep(LOCK_RETRY_PAUSE).await;
                }
            }
        }
    }
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

async fn erase_some_orphans(transaction: &DatabaseTransaction, kind: Kind) -> Result<usize, StoreError> {
    let in_records = kind == Kind::OrphanedIdempotencyRecords;
    let table = if in_records { "idempotency_records" } else { "messages" };
    let orphans = orphans_sql(table, "registration_id", "registrations");
    let sql = format!("SELECT DISTINCT c.registration_id AS id FROM {orphans} LIMIT {BATCH_SIZE}");
    let ids: Vec<Uuid> = query_all::<IdRow>(transaction, &sql, []).await?.into_iter().map(|row| row.id).collect();
    let number = ids.len();
    if number > 0 {
        let ids = pad_to_statement_size(ids);
        if in_records {
            idempotency::erase_responses(transaction, ids).await?;
        } else {
            enqueue::delete_for_registrations(transaction, ids).await?;
        }
    }
    Ok(number)
}

/// Holds the endpoint's lock, like every operation on its deliveries.
async fn reorder_some(transaction: &DatabaseTransaction, endpoint: Uuid) -> Result<usize, StoreError> {
    let lock = webhook_endpoint::Entity::find_by_id(endpoint).lock_exclusive();
    if lock.one(transaction).await?.is_none() {
        return Ok(0);
    }
    let sql = format!(
        "SELECT DISTINCT subject AS id FROM {} AND endpoint_id = $1 LIMIT {BATCH_SIZE}",
        stuck_deliveries_sql()
    );
    let subjects: Vec<IdRow> = query_all(transaction, &sql, [endpoint.into()]).await?;
    let subjects: Vec<Uuid> = subjects.into_iter().map(|row| row.id).collect();
    let number = subjects.len();
    if number > 0 {
        reorder(transaction, endpoint, subjects).await?;
    }
    Ok(number)
}
