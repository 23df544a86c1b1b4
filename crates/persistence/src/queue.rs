//! Places in the waiting list: how many wait ahead of somebody, and they themselves. Numbers in the queue only grow and have
//! gaps, so places are counted, in the index of those who wait.

use std::collections::HashMap;

use plenaria_domain::ids::EventId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};

use crate::StoreError;
use crate::entity::registration::{Column, Entity};

/// Counted from the nearer end, for how many wait in all is known; the end is that of the numbers, which is near enough.
/// `CASE` counts one of the two only. The first number is asked for as it is because `PostgreSQL` does not always see that
/// a `MIN` is the first in an index.
const PLACE: &str = "SELECT CASE WHEN 2 * $2 > s.last_queue_number + (SELECT f.queue_number FROM registrations AS f \
        WHERE f.event_id = $1 AND f.queue_number IS NOT NULL ORDER BY f.queue_number LIMIT 1) \
    THEN s.waitlisted - (SELECT COUNT(*) FROM registrations AS b WHERE b.event_id = $1 AND b.queue_number > $2) \
    ELSE (SELECT COUNT(*) FROM registrations AS a WHERE a.event_id = $1 AND a.queue_number <= $2) END AS place \
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
