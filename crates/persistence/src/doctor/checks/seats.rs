//! Examines seats and waiting lists by recounting registrations.

use plenaria_domain::doctor::{Finding, Kind, SeatCounts, SeatRecount};
use plenaria_domain::event::EventStatus;
use plenaria_domain::values::time::Instant;
use sea_orm::{DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::doctor::query::{find_rows, query_all, query_one};

#[derive(FromQueryResult)]
struct Row {
    event_id: Uuid,
    status: String,
    starts_at: Instant,
    capacity: Option<i64>,
    max_confirmed: Option<i64>,
    confirmed: i64,
    waitlisted: i64,
    last_waitlist_number: i64,
    counted_confirmed: i64,
    counted_waitlisted: i64,
    counted_last: i64,
}

/// SQL for registrations that are waitlisted without a waiting list number, or have a number and are not waitlisted.
const MISNUMBERED: &str = "(r.status = 'waitlisted') <> (r.waitlist_number IS NOT NULL)";
/// SQL for registrations whose waiting list number another registration of the event has too.
const DUPLICATE_NUMBER: &str = "r.waitlist_number IS NOT NULL AND EXISTS (SELECT 1 FROM registrations AS o \
    WHERE o.event_id = r.event_id AND o.waitlist_number = r.waitlist_number AND o.id <> r.id)";

/// Compares every seat row with its event and with a recount. One statement recounts all events.
pub(crate) async fn examine(transaction: &DatabaseTransaction, now: Instant) -> Result<Vec<Finding>, StoreError> {
    let sql = format!(
        "SELECT s.event_id, s.status, s.starts_at, s.capacity, s.max_confirmed, s.confirmed, s.waitlisted, \
         s.last_waitlist_number, COALESCE(r.confirmed, 0) AS counted_confirmed, \
         COALESCE(r.waitlisted, 0) AS counted_waitlisted, COALESCE(r.last, 0) AS counted_last \
         FROM event_seats AS s LEFT JOIN (SELECT event_id, {COUNT_COLUMNS} FROM registrations GROUP BY event_id) AS r \
         ON r.event_id = s.event_id ORDER BY s.event_id"
    );
    let mut findings = Vec::new();
    for row in query_all(transaction, &sql, []).await? {
        findings.extend(seat_recount(row)?.examine(now));
    }
    for (kind, select, what) in [
        (
            Kind::MissingSeats,
            "SELECT e.id FROM events AS e WHERE NOT EXISTS (SELECT 1 FROM event_seats AS s WHERE s.event_id = e.id)",
            "events have no seat row, so registration is impossible",
        ),
        (
            Kind::StaleSeatCopies,
            "SELECT e.id FROM events AS e JOIN event_seats AS s ON s.event_id = e.id \
             WHERE s.status <> e.status OR s.starts_at <> e.starts_at OR s.ends_at <> e.ends_at",
            "the seat rows of events have another status or other times than the events",
        ),
        (
            Kind::WaitlistNumbers,
            &format!("SELECT r.id FROM registrations AS r WHERE {MISNUMBERED}"),
            "registrations are waitlisted without a waiting list number, or have one and are not waitlisted",
        ),
        (
            Kind::WaitlistNumbers,
            &format!("SELECT r.id FROM registrations AS r WHERE {DUPLICATE_NUMBER}"),
            "registrations share their waiting list number with others",
        ),
    ] {
        findings.extend(find_rows(transaction, kind, select, [], what).await?);
    }
    Ok(findings)
}

/// SQL for the counts of an event's registrations.
const COUNT_COLUMNS: &str = "COUNT(*) FILTER (WHERE status = 'confirmed') AS confirmed, \
    COUNT(*) FILTER (WHERE status = 'waitlisted') AS waitlisted, MAX(waitlist_number) AS last";

#[derive(FromQueryResult)]
struct CountRow {
    confirmed: i64,
    waitlisted: i64,
    last: Option<i64>,
    disorder: i64,
}

/// Recounts one event. Returns `None` if its waiting list numbers are inconsistent. A caller that writes the result
/// must hold the lock of the event's seat row.
pub(crate) async fn recount(transaction: &DatabaseTransaction, event: Uuid) -> Result<Option<SeatCounts>, StoreError> {
    let sql = format!(
        "SELECT {COUNT_COLUMNS}, COUNT(*) FILTER (WHERE {MISNUMBERED} OR {DUPLICATE_NUMBER}) AS disorder \
         FROM registrations AS r WHERE r.event_id = $1"
    );
    let counted: Option<CountRow> = query_one(transaction, &sql, [event.into()]).await?;
    Ok(counted.filter(|counted| counted.disorder == 0).map(|counted| SeatCounts {
        confirmed: counted.confirmed,
        waitlisted: counted.waitlisted,
        last_waitlist_number: counted.last.unwrap_or(0),
    }))
}

fn seat_recount(row: Row) -> Result<SeatRecount, StoreError> {
    Ok(SeatRecount {
        event: row.event_id,
        status: EventStatus::parse(&row.status).map_err(|e| StoreError::corrupt("event_seats", e))?,
        starts_at: row.starts_at,
        capacity: row.capacity,
        max_confirmed: row.max_confirmed,
        stored: SeatCounts {
            confirmed: row.confirmed,
            waitlisted: row.waitlisted,
            last_waitlist_number: row.last_waitlist_number,
        },
        counted: SeatCounts {
            confirmed: row.counted_confirmed,
            waitlisted: row.counted_waitlisted,
            last_waitlist_number: row.counted_last,
        },
    })
}
