//! Counts an event's registrations on `SQLite`.
//!
//! `SQLite` groups rows by sorting all of them, which takes three seconds for a million, and an index in the right order
//! would make registering slower. So the rows of a day are sent as texts, which hold some thirty bytes for each row, and are
//! counted here. That takes less than a third of the time. A text has at most [`ROWS_PER_TEXT`] rows.

use std::collections::HashMap;

use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::registration::statistics::{self, Alike, Day, RegistrationCounts, Tally};
use plenaria_domain::values::ids::{EventId, RegistrationId, first_id_at};
use plenaria_domain::values::time_zone::TimeZone;
use sea_orm::{DatabaseTransaction, DbBackend, FromQueryResult, Statement};
use uuid::Uuid;

use crate::database::error::StoreError;

#[derive(FromQueryResult)]
struct Period {
    first: Option<Uuid>,
    last: Option<Uuid>,
}

/// The rows of one page of registrations.
#[derive(FromQueryResult)]
struct Combinations {
    text: Option<String>,
    last: Option<Uuid>,
}

/// How many registrations one text describes.
const ROWS_PER_TEXT: u32 = 10_000;

/// Counts the registrations, all of them and by the days of `zone`.
pub(super) async fn count(
    transaction: &DatabaseTransaction,
    event: EventId,
    zone: TimeZone,
) -> Result<(RegistrationCounts, Vec<Day>), StoreError> {
    let sql = "SELECT (SELECT MIN(id) FROM registrations WHERE event_id = $1) AS first, \
               (SELECT MAX(id) FROM registrations WHERE event_id = $1) AS last";
    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [event.0.into()]);
    let Some(Period { first: Some(first), last: Some(last) }) =
        Period::find_by_statement(statement).one(transaction).await?
    else {
        return Ok((RegistrationCounts::default(), Vec::new()));
    };
    let dates = statistics::dates(zone, RegistrationId(first).created_at(), RegistrationId(last).created_at());
    let (mut numbers, mut registered) = (HashMap::<String, u64>::new(), Vec::with_capacity(dates.len()));
    for range in dates.windows(2) {
        let (mut first, end, mut of_day) = (first_id_at(range[0].1), first_id_at(range[1].1), 0);
        while let Combinations { text: Some(text), last: Some(last) } =
            combinations(transaction, event, first, end).await?
        {
            of_day += add(&text, &mut numbers);
            first = Uuid::from_u128(last.as_u128() + 1);
        }
        registered.push(of_day);
    }
    let mut tally = Tally::default();
    for (combination, number) in &numbers {
        tally.add(&alike(combination, *number)?);
    }
    Ok((tally.finish(), statistics::days(&dates, registered)))
}

/// What the first registrations with these ids are counted by, separated by spaces, and the id of the last of them. None of
/// the values contains a space or a slash; NULL is the empty text.
async fn combinations(
    transaction: &DatabaseTransaction,
    event: EventId,
    first: Uuid,
    end: Uuid,
) -> Result<Combinations, StoreError> {
    let sql = format!(
        "SELECT GROUP_CONCAT(combination, ' ') AS text, MAX(id) AS last FROM \
         (SELECT id, printf('%s/%s/%s/%s/%s/%d', status, source, language, audience, country, attended_at IS NOT NULL) \
         AS combination FROM registrations WHERE event_id = $1 AND id >= $2 AND id < $3 \
         ORDER BY id LIMIT {ROWS_PER_TEXT})"
    );
    let values = [event.0.into(), first.into(), end.into()];
    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
    let page = Combinations::find_by_statement(statement).one(transaction).await?;
    Ok(page.unwrap_or(Combinations { text: None, last: None }))
}

/// Adds the combinations in a text to their numbers, and returns how many of them are not pending.
fn add(text: &str, numbers: &mut HashMap<String, u64>) -> u64 {
    let mut registered = 0;
    for combination in text.split(' ').filter(|combination| !combination.is_empty()) {
        registered += u64::from(!combination.starts_with(RegistrationStatus::Pending.as_str()));
        match numbers.get_mut(combination) {
            Some(number) => *number += 1,
            None => drop(numbers.insert(combination.to_owned(), 1)),
        }
    }
    registered
}

fn alike(combination: &str, number: u64) -> Result<Alike<'_>, StoreError> {
    let parts: Vec<&str> = combination.split('/').collect();
    let [held, source, language, audience, country, attended] = parts[..] else {
        return Err(StoreError::corrupt("registrations", "a value contains a slash"));
    };
    let status = RegistrationStatus::parse(held).map_err(|error| StoreError::corrupt("registrations", error.code()))?;
    Ok(Alike {
        status,
        source,
        language,
        audience: Some(audience).filter(|key| !key.is_empty()),
        country: Some(country).filter(|code| !code.is_empty()),
        number,
        attended: if attended == "1" { number } else { 0 },
    })
}
