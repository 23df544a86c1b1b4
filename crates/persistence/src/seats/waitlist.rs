//! Computes positions on the waiting list, from 1, from waiting list numbers.
//!
//! These numbers only grow and have gaps, so a position is counted: one plus the registrations of the event with a
//! smaller number. An index holds the numbers of everyone on the waiting list.

use std::collections::HashMap;

use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{ArrayType, Value};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::entity::registration::{Column, Entity};

/// Counts from the nearer end of the waiting list, whose length the seat row holds. Which end is nearer is estimated
/// from the first and the last number; `CASE` executes only one of the two counts. `ORDER BY … LIMIT 1` is used instead
/// of `MIN` because `PostgreSQL` does not always read a minimum from the index. A registration that has left the
/// waiting list since its row was read still gets a position of at least 1.
const POSITION_SQL: &str = "SELECT CASE WHEN 2 * $2 > s.last_waitlist_number + (SELECT f.waitlist_number FROM registrations AS f \
        WHERE f.event_id = $1 AND f.waitlist_number IS NOT NULL ORDER BY f.waitlist_number LIMIT 1) \
    THEN s.waitlisted + 1 - (SELECT COUNT(*) FROM registrations AS b WHERE b.event_id = $1 AND b.waitlist_number >= $2) \
    ELSE 1 + (SELECT COUNT(*) FROM registrations AS a WHERE a.event_id = $1 AND a.waitlist_number < $2) END AS waitlist_position \
    FROM event_seats AS s WHERE s.event_id = $1";

/// The position of the registration with this waiting list number.
pub(crate) async fn position<C: ConnectionTrait>(
    connection: &C,
    event: EventId,
    waitlist_number: i64,
) -> Result<u32, StoreError> {
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, POSITION_SQL, [event.0.into(), waitlist_number.into()]);
    let row = connection.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| StoreError::corrupt("event_seats", "the event has no seat row"))?;
    to_position(row.try_get::<i64>("", "waitlist_position")?)
}

/// The positions of these waiting list numbers. Counts the position of the smallest, then reads the numbers from there
/// to the largest.
pub(crate) async fn positions<C: ConnectionTrait>(
    connection: &C,
    event: EventId,
    mut waitlist_numbers: Vec<i64>,
) -> Result<HashMap<i64, u32>, StoreError> {
    waitlist_numbers.sort_unstable();
    let (Some(first), Some(last)) = (waitlist_numbers.first().copied(), waitlist_numbers.last().copied()) else {
        return Ok(HashMap::new());
    };
    let mut position = position(connection, event, first).await?;
    let mut positions = HashMap::from([(first, position)]);
    if last == first {
        return Ok(positions);
    }
    let between: Vec<i64> = Entity::find()
        .select_only()
        .column(Column::WaitlistNumber)
        .filter(Column::EventId.eq(event.0))
        .filter(Column::WaitlistNumber.gt(first))
        .filter(Column::WaitlistNumber.lte(last))
        .order_by_asc(Column::WaitlistNumber)
        .into_tuple()
        .all(connection)
        .await?;
    for number in between {
        position += 1;
        positions.insert(number, position);
    }
    Ok(positions)
}

/// One statement for `PostgreSQL` that gives these people on a waiting list a seat, with the time of each promotion. Its
/// parameters are appended to `values`.
pub(crate) fn promotion_sql(promoted: &[(Uuid, Instant)], values: &mut Vec<Value>) -> String {
    let ids = bulk_insert::bind_uuid_array(promoted.iter().map(|(id, _)| *id), values);
    let times = promoted.iter().map(|(_, at)| (*at).into()).collect();
    values.push(Value::Array(ArrayType::ChronoDateTimeUtc, Some(Box::new(times))));
    let times = format!("${}::timestamptz[]", values.len());
    format!(
        "UPDATE registrations AS r SET {} FROM UNNEST({ids}, {times}) AS promoted (id, at) WHERE r.id = promoted.id",
        promotion_columns("promoted.at")
    )
}

/// The statements for `SQLite` that give these people on a waiting list a seat.
pub(crate) fn promotion_statements(promoted: &[(Uuid, Instant)]) -> Vec<(String, Vec<Value>)> {
    let statement = |promoted: &[(Uuid, Instant)]| {
        let sql = format!(
            "UPDATE registrations SET {} FROM (VALUES {}) AS promoted WHERE registrations.id = promoted.column1",
            promotion_columns("promoted.column2"),
            vec!["(?, ?)"; promoted.len()].join(", ")
        );
        (sql, promoted.iter().flat_map(|(id, at)| [(*id).into(), (*at).into()]).collect())
    };
    promoted.chunks(bulk_insert::MAX_ROWS_PER_STATEMENT).map(statement).collect()
}

fn promotion_columns(at: &str) -> String {
    format!(
        "status = 'confirmed', waitlist_number = NULL, confirmed_at = {at}, updated_at = {at}, revision = revision + 1"
    )
}

fn to_position(count: i64) -> Result<u32, StoreError> {
    u32::try_from(count).map_err(|error| StoreError::corrupt("registrations", error))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use sea_orm::Database;

    use super::*;

    /// The columns of the two tables that positions are computed from.
    const TABLES: &str = "CREATE TABLE registrations (event_id, waitlist_number); \
        CREATE TABLE event_seats (event_id, last_waitlist_number, waitlisted)";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn a_position_is_one_plus_the_smaller_numbers(waitlist in prop::collection::btree_set(1i64..40, 0..12), left in 0i64..5) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(check_positions(&waitlist, waitlist.last().copied().unwrap_or(0) + left));
        }
    }

    /// Checks every number up to `last`, also those that have left the waiting list.
    async fn check_positions(waitlist: &BTreeSet<i64>, last: i64) {
        let event = EventId(uuid::Uuid::now_v7());
        let connection = Database::connect("sqlite::memory:").await.unwrap();
        connection.execute_unprepared(TABLES).await.unwrap();
        let execute = async |sql: &str, values: Vec<sea_orm::Value>| {
            let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
            connection.execute_raw(statement).await.unwrap();
        };
        let length = i64::try_from(waitlist.len()).unwrap();
        let seats = "INSERT INTO event_seats VALUES ($1, $2, $3)";
        execute(seats, vec![event.0.into(), last.into(), length.into()]).await;
        for number in waitlist {
            execute("INSERT INTO registrations VALUES ($1, $2)", vec![event.0.into(), (*number).into()]).await;
        }
        for number in 1..=last {
            let ahead = waitlist.iter().filter(|other| **other < number).count();
            let position = position(&connection, event, number).await.unwrap();
            assert_eq!(position as usize, ahead + 1, "{number} in {waitlist:?}");
        }
    }
}
