//! Seats and queues, by a recount.

use plenaria_domain::doctor::{Counts, Finding, Kind, Standing};
use plenaria_domain::event::EventStatus;
use plenaria_domain::time::Instant;
use sea_orm::{DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use super::find::{all, find, one};
use crate::StoreError;

#[derive(FromQueryResult)]
struct Row {
    event_id: Uuid,
    status: String,
    starts_at: Instant,
    capacity: Option<i64>,
    ceiling: Option<i64>,
    confirmed: i64,
    waitlisted: i64,
    last_queue_number: i64,
    counted_confirmed: i64,
    counted_waitlisted: i64,
    counted_last: i64,
}

/// Whose place in the queue is not what its status says.
const MISNUMBERED: &str = "(r.status = 'waitlisted') <> (r.queue_number IS NOT NULL)";
/// Whose place in the queue another has too.
const DOUBLED: &str = "r.queue_number IS NOT NULL AND EXISTS (SELECT 1 FROM registrations AS o \
    WHERE o.event_id = r.event_id AND o.queue_number = r.queue_number AND o.id <> r.id)";

/// Compares every seat row with its event and with a recount, which one statement makes for all.
pub(super) async fn examine(transaction: &DatabaseTransaction, now: Instant) -> Result<Vec<Finding>, StoreError> {
    let sql = format!(
        "SELECT s.event_id, s.status, s.starts_at, s.capacity, s.ceiling, s.confirmed, s.waitlisted, \
         s.last_queue_number, COALESCE(r.confirmed, 0) AS counted_confirmed, \
         COALESCE(r.waitlisted, 0) AS counted_waitlisted, COALESCE(r.last, 0) AS counted_last \
         FROM event_seats AS s LEFT JOIN (SELECT event_id, {COUNTED} FROM registrations GROUP BY event_id) AS r \
         ON r.event_id = s.event_id ORDER BY s.event_id"
    );
    let mut findings = Vec::new();
    for row in all(transaction, &sql, []).await? {
        findings.extend(standing(row)?.examine(now));
    }
    for (kind, select, what) in [
        (
            Kind::MissingSeats,
            "SELECT e.id FROM events AS e WHERE NOT EXISTS (SELECT 1 FROM event_seats AS s WHERE s.event_id = e.id)",
            "events have no seat row, so nobody can register",
        ),
        (
            Kind::SeatCopies,
            "SELECT e.id FROM events AS e JOIN event_seats AS s ON s.event_id = e.id \
             WHERE s.status <> e.status OR s.starts_at <> e.starts_at OR s.ends_at <> e.ends_at",
            "the seat rows of events have another status or other times than the events",
        ),
        (
            Kind::QueueNumbers,
            &format!("SELECT r.id FROM registrations AS r WHERE {MISNUMBERED}"),
            "registrations wait without a place in the queue, or have one and do not wait",
        ),
        (
            Kind::QueueNumbers,
            &format!("SELECT r.id FROM registrations AS r WHERE {DOUBLED}"),
            "registrations share their place in the queue with others",
        ),
    ] {
        findings.extend(find(transaction, kind, select, [], what).await?);
    }
    Ok(findings)
}

/// What there is of an event's registrations.
const COUNTED: &str = "COUNT(*) FILTER (WHERE status = 'confirmed') AS confirmed, \
    COUNT(*) FILTER (WHERE status = 'waitlisted') AS waitlisted, MAX(queue_number) AS last";

#[derive(FromQueryResult)]
struct Recount {
    confirmed: i64,
    waitlisted: i64,
    last: Option<i64>,
    disorder: i64,
}

/// Recounts one event; `None`: its queue is in disorder. Whoever relies on it holds the lock of the event's seats.
pub(super) async fn recount(transaction: &DatabaseTransaction, event: Uuid) -> Result<Option<Counts>, StoreError> {
    let sql = format!(
        "SELECT {COUNTED}, COUNT(*) FILTER (WHERE {MISNUMBERED} OR {DOUBLED}) AS disorder \
         FROM registrations AS r WHERE r.event_id = $1"
    );
    let counted: Option<Recount> = one(transaction, &sql, [event.into()]).await?;
    Ok(counted.filter(|counted| counted.disorder == 0).map(|counted| Counts {
        confirmed: counted.confirmed,
        waitlisted: counted.waitlisted,
        last_queue_number: counted.last.unwrap_or(0),
    }))
}

fn standing(row: Row) -> Result<Standing, StoreError> {
    Ok(Standing {
        event: row.event_id,
        status: EventStatus::parse(&row.status).map_err(|e| StoreError::corrupt("event_seats", e))?,
        starts_at: row.starts_at,
        capacity: row.capacity,
        ceiling: row.ceiling,
        kept: Counts { confirmed: row.confirmed, waitlisted: row.waitlisted, last_queue_number: row.last_queue_number },
        counted: Counts {
            confirmed: row.counted_confirmed,
            waitlisted: row.counted_waitlisted,
            last_queue_number: row.counted_last,
        },
    })
}
