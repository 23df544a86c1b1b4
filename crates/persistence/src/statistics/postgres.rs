//! Counts an event's registrations on `PostgreSQL`: one statement by what they have in common, and one by day.

use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::registration::statistics::{self, Alike, Day, RegistrationCounts, Tally};
use plenaria_domain::values::ids::{EventId, first_id_at};
use plenaria_domain::values::time::Instant;
use plenaria_domain::values::time_zone::TimeZone;
use sea_orm::{DatabaseTransaction, DbBackend, FromQueryResult, Statement, Value};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert::bind_uuid_array;

#[derive(FromQueryResult)]
struct GroupRow {
    status: String,
    source: String,
    language: String,
    audience: Option<String>,
    country: Option<String>,
    number: i64,
    attended: i64,
    first: Instant,
    last: Instant,
}

#[derive(FromQueryResult)]
struct DayRow {
    registered: i64,
}

/// Counts the registrations, all of them and by the days of `zone`.
pub(super) async fn count(
    transaction: &DatabaseTransaction,
    event: EventId,
    zone: TimeZone,
) -> Result<(RegistrationCounts, Vec<Day>), StoreError> {
    let sql = "SELECT status, source, language, audience, country, COUNT(*) AS number, COUNT(attended_at) AS attended, \
               MIN(created_at) AS first, MAX(created_at) AS last FROM registrations WHERE event_id = $1 \
               GROUP BY status, source, language, audience, country";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [event.0.into()]);
    let rows = GroupRow::find_by_statement(statement).all(transaction).await?;
    let mut tally = Tally::default();
    for row in &rows {
        let status = RegistrationStatus::parse(&row.status);
        tally.add(&Alike {
            status: status.map_err(|error| StoreError::corrupt("registrations", error.code()))?,
            source: &row.source,
            language: &row.language,
            audience: row.audience.as_deref(),
            country: row.country.as_deref(),
            number: row.number.unsigned_abs(),
            attended: row.attended.unsigned_abs(),
        });
    }
    let period = rows.iter().map(|row| row.first).min().zip(rows.iter().map(|row| row.last).max());
    let Some((first, last)) = period else { return Ok((tally.finish(), Vec::new())) };
    let dates = statistics::dates(zone, first, last);
    let starts: Vec<Uuid> = dates.iter().map(|(_, start)| first_id_at(*start)).collect();
    let registered = count_ranges(transaction, event, &starts).await?;
    Ok((tally.finish(), statistics::days(&dates, registered)))
}

/// The number of registrations between each id and the next one. An id contains the time at which it was made, so the
/// registrations of a day are a range of the index of the event's ids, and their rows are not read. Pending requests, which
/// are few, are subtracted by an index of their own.
async fn count_ranges(
    transaction: &DatabaseTransaction,
    event: EventId,
    starts: &[Uuid],
) -> Result<Vec<u64>, StoreError> {
    let ranges = || starts.windows(2);
    let mut values = vec![Value::from(event.0)];
    let first = bind_uuid_array(ranges().map(|range| range[0]), &mut values);
    let end = bind_uuid_array(ranges().map(|range| range[1]), &mut values);
    let counted = |condition: &str| {
        format!(
            "(SELECT COUNT(*) FROM registrations \
             WHERE event_id = $1{condition} AND id >= ranges.first_id AND id < ranges.end_id)"
        )
    };
    // The second condition on the status is that of the partial index.
    let (all, pending) = (counted(""), counted(" AND status = 'pending' AND status <> 'confirmed'"));
    let sql = format!(
        "SELECT {all} - {pending} AS registered \
         FROM unnest({first}, {end}) WITH ORDINALITY AS ranges (first_id, end_id, number) ORDER BY ranges.number"
    );
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    let rows = DayRow::find_by_statement(statement).all(transaction).await?;
    Ok(rows.into_iter().map(|row| row.registered.unsigned_abs()).collect())
}
