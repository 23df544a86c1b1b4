//! Places in the waiting list: how many wait ahead of somebody, and they themselves. Numbers in the queue only grow and have
//! gaps, so places are counted, in the index of those who wait.

use std::collections::HashMap;

use plenaria_domain::ids::EventId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};

use crate::StoreError;
use crate::entity::registration::{Column, Entity};

/// Counted from the nearer end, for how many wait in all is known; the end is that of the numbers, which is near enough.
/// `CASE` counts one of the two only. The first number is asked for as it is because `PostgreSQL` does not always see that
/// a `MIN` is the first in an index. Who has left the queue since the row was read had a place as well: nobody's is nought.
const PLACE: &str = "SELECT CASE WHEN 2 * $2 > s.last_queue_number + (SELECT f.queue_number FROM registrations AS f \
        WHERE f.event_id = $1 AND f.queue_number IS NOT NULL ORDER BY f.queue_number LIMIT 1) \
    THEN s.waitlisted + 1 - (SELECT COUNT(*) FROM registrations AS b WHERE b.event_id = $1 AND b.queue_number >= $2) \
    ELSE 1 + (SELECT COUNT(*) FROM registrations AS a WHERE a.event_id = $1 AND a.queue_number < $2) END AS place \
    FROM event_seats AS s WHERE s.event_id = $1";

/// The place of whoever has this number.
pub(crate) async fn place<C: ConnectionTrait>(connection: &C, event: EventId, number: i64) -> Result<u32, StoreError> {
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, PLACE, [event.0.into(), number.into()]);
    let row = connection.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| StoreError::corrupt("event_seats", "an event without seats"))?;
    counted(row.try_get::<i64>("", "place")?)
}

/// The places of these numbers: the first one's, and from there on those between it and the last.
pub(crate) async fn places<C: ConnectionTrait>(
    connection: &C,
    event: EventId,
    mut numbers: Vec<i64>,
) -> Result<HashMap<i64, u32>, StoreError> {
    numbers.sort_unstable();
    let (Some(first), Some(last)) = (numbers.first().copied(), numbers.last().copied()) else {
        return Ok(HashMap::new());
    };
    let mut next = place(connection, event, first).await?;
    let mut places = HashMap::from([(first, next)]);
    if last == first {
        return Ok(places);
    }
    let between: Vec<i64> = Entity::find()
        .select_only()
        .column(Column::QueueNumber)
        .filter(Column::EventId.eq(event.0))
        .filter(Column::QueueNumber.gt(first))
        .filter(Column::QueueNumber.lte(last))
        .order_by_asc(Column::QueueNumber)
        .into_tuple()
        .all(connection)
        .await?;
    for number in between {
        next += 1;
        places.insert(number, next);
    }
    Ok(places)
}

fn counted(place: i64) -> Result<u32, StoreError> {
    u32::try_from(place).map_err(|error| StoreError::corrupt("registrations", error))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use sea_orm::Database;

    use super::*;

    /// The two tables as far as places are read from them.
    const TABLES: &str = "CREATE TABLE registrations (event_id, queue_number); \
        CREATE TABLE event_seats (event_id, last_queue_number, waitlisted)";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn a_place_is_how_many_are_ahead_and_one(queue in prop::collection::btree_set(1i64..40, 0..12), gone in 0i64..5) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(of_everybody(&queue, queue.last().copied().unwrap_or(0) + gone));
        }
    }

    /// Of those in the queue, and of those who have left it.
    async fn of_everybody(queue: &BTreeSet<i64>, last: i64) {
        let event = EventId(uuid::Uuid::now_v7());
        let connection = Database::connect("sqlite::memory:").await.unwrap();
        connection.execute_unprepared(TABLES).await.unwrap();
        let execute = async |sql: &str, values: Vec<sea_orm::Value>| {
            let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
            connection.execute_raw(statement).await.unwrap();
        };
        let waiting = i64::try_from(queue.len()).unwrap();
        let seats = "INSERT INTO event_seats VALUES ($1, $2, $3)";
        execute(seats, vec![event.0.into(), last.into(), waiting.into()]).await;
        for number in queue {
            execute("INSERT INTO registrations VALUES ($1, $2)", vec![event.0.into(), (*number).into()]).await;
        }
        for number in 1..=last {
            let ahead = queue.iter().filter(|other| **other < number).count();
            assert_eq!(place(&connection, event, number).await.unwrap() as usize, ahead + 1, "{number} in {queue:?}");
        }
    }
}
