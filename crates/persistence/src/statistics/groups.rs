//! Counts an event's registrations by status and by what people said about themselves.
//!
//! `PostgreSQL` groups the rows in memory and returns each combination with its number. `SQLite` groups by sorting all rows,
//! which takes three seconds for a million of them, and an index in the right order would make registering slower. There
//! the combinations are sent as text, tens of thousands to a row, and are counted here, which takes less than a third.

use std::collections::HashMap;

use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::registration::statistics::{Alike, RegistrationCounts, Tally};
use plenaria_domain::values::ids::{EventId, RegistrationId};
use plenaria_domain::values::time::Instant;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, FromQueryResult, Statement};
use uuid::Uuid;

use crate::database::error::StoreError;

/// How many registrations `SQLite` sends in one row, which bounds the memory.
const ROWS_PER_TEXT: i64 = 50_000;

/// When the first and the last registration were made; `None` without registrations.
type Period = Option<(Instant, Instant)>;

/// Counts the registrations, and returns when the first and the last of them were made.
pub(super) async fn count(
    transaction: &DatabaseTransaction,
    event: EventId,
) -> Result<(RegistrationCounts, Period), StoreError> {
    let mut tally = Tally::default();
    let period = if transaction.get_database_backend() == DbBackend::Postgres {
        count_on_postgres(transaction, event, &mut tally).await?
    } else {
        count_on_sqlite(transaction, event, &mut tally).await?
    };
    Ok((tally.finish(), period))
}

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

async fn count_on_postgres(
    transaction: &DatabaseTransaction,
    event: EventId,
    tally: &mut Tally,
) -> Result<Period, StoreError> {
    let sql = "SELECT status, source, language, audience, country, COUNT(*) AS number, COUNT(attended_at) AS attended, \
               MIN(created_at) AS first, MAX(created_at) AS last FROM registrations WHERE event_id = $1 \
               GROUP BY status, source, language, audience, country";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [event.0.into()]);
    let rows = GroupRow::find_by_statement(statement).all(transaction).await?;
    for row in &rows {
        tally.add(&Alike {
            status: status(&row.status)?,
            source: &row.source,
            language: &row.language,
            audience: row.audience.as_deref(),
            country: row.country.as_deref(),
            number: row.number.unsigned_abs(),
            attended: row.attended.unsigned_abs(),
        });
    }
    Ok(rows.iter().map(|row| row.first).min().zip(rows.iter().map(|row| row.last).max()))
}

#[derive(FromQueryResult)]
struct TextRow {
    first: Option<Uuid>,
    last: Option<Uuid>,
    combinations: Option<String>,
}

async fn count_on_sqlite(
    transaction: &DatabaseTransaction,
    event: EventId,
    tally: &mut Tally,
) -> Result<Period, StoreError> {
    // None of the values contains a slash or a space.
    let sql = "SELECT MIN(id) AS first, MAX(id) AS last, GROUP_CONCAT(combination, ' ') AS combinations FROM \
               (SELECT id, printf('%s/%s/%s/%s/%s/%d', status, source, language, audience, country, attended_at IS NOT NULL) \
               AS combination FROM registrations WHERE event_id = $1 AND id > $2 ORDER BY id LIMIT $3)";
    let (mut numbers, mut period) = (HashMap::<String, u64>::new(), None);
    let mut after = Uuid::nil();
    loop {
        let values = [event.0.into(), after.into(), ROWS_PER_TEXT.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
        let row = TextRow::find_by_statement(statement).one(transaction).await?;
        let Some(TextRow { first: Some(first), last: Some(last), combinations: Some(combinations) }) = row else {
            break;
        };
        for combination in combinations.split(' ') {
            match numbers.get_mut(combination) {
                Some(number) => *number += 1,
                None => drop(numbers.insert(combination.to_owned(), 1)),
            }
        }
        let earliest = period.map_or(RegistrationId(first), |(earliest, _)| earliest);
        period = Some((earliest, RegistrationId(last)));
        after = last;
    }
    for (combination, number) in &numbers {
        tally.add(&alike(combination, *number)?);
    }
    Ok(period.map(|(first, last)| (first.created_at(), last.created_at())))
}

/// Reads a combination as `SQLite` writes it, where NULL is the empty text.
fn alike(combination: &str, number: u64) -> Result<Alike<'_>, StoreError> {
    let parts: Vec<&str> = combination.split('/').collect();
    let [held, source, language, audience, country, attended] = parts[..] else {
        return Err(StoreError::corrupt("registrations", "a value contains a slash"));
    };
    Ok(Alike {
        status: status(held)?,
        source,
        language,
        audience: Some(audience).filter(|key| !key.is_empty()),
        country: Some(country).filter(|code| !code.is_empty()),
        number,
        attended: if attended == "1" { number } else { 0 },
    })
}

fn status(text: &str) -> Result<RegistrationStatus, StoreError> {
    RegistrationStatus::parse(text).map_err(|error| StoreError::corrupt("registrations", error.code()))
}
