//! Counts an event's registrations by day.
//!
//! An id contains the time at which it was made, so the registrations of a day are a range of the index of the event's ids,
//! and their rows are not read. Pending requests, which are few, are subtracted by an index of their own.

use chrono::NaiveDate;
use plenaria_domain::values::ids::{EventId, first_id_at};
use plenaria_domain::values::time::Instant;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, FromQueryResult, Statement, Value};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert::bind_uuid_array;

#[derive(FromQueryResult)]
struct DayRow {
    registered: i64,
}

/// The number of registrations made from each of the dates to the next one.
pub(super) async fn count(
    transaction: &DatabaseTransaction,
    event: EventId,
    dates: &[(NaiveDate, Instant)],
) -> Result<Vec<u64>, StoreError> {
    let starts: Vec<Uuid> = dates.iter().map(|(_, start)| first_id_at(*start)).collect();
    let ranges = || starts.windows(2);
    let (mut values, backend) = (vec![Value::from(event.0)], transaction.get_database_backend());
    let (from, first, end) = match backend {
        DbBackend::Postgres => {
            let first = bind_uuid_array(ranges().map(|range| range[0]), &mut values);
            let end = bind_uuid_array(ranges().map(|range| range[1]), &mut values);
            (format!("unnest({first}, {end}) WITH ORDINALITY AS days (first, past, key)"), "days.first", "days.past")
        }
        _ => {
            let hex = |id: Uuid| id.as_simple().to_string();
            let ranges: Vec<_> = ranges().map(|range| [hex(range[0]), hex(range[1])]).collect();
            let ranges = serde_json::to_string(&ranges).map_err(|error| StoreError::corrupt("days", error))?;
            values.push(ranges.into());
            ("json_each($2) AS days".to_owned(), "unhex(days.value ->> 0)", "unhex(days.value ->> 1)")
        }
    };
    let counted = |condition: &str| {
        format!("(SELECT COUNT(*) FROM registrations WHERE event_id = $1{condition} AND id >= {first} AND id < {end})")
    };
    // The second condition on the status is that of the partial index.
    let (all, pending) = (counted(""), counted(" AND status = 'pending' AND status <> 'confirmed'"));
    let sql = format!("SELECT {all} - {pending} AS registered FROM {from} ORDER BY days.key");
    let rows = DayRow::find_by_statement(Statement::from_sql_and_values(backend, sql, values)).all(transaction).await?;
    Ok(rows.into_iter().map(|row| row.registered.unsigned_abs()).collect())
}
