//! All registrations of an event, however many, at constant memory: chunk by chunk, each a query of its own behind the last
//! id (`docs/decisions/0015-export.md` says why there is no cursor held open).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use plenaria_domain::ids::{EventId, RegistrationId};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _};
use sea_orm::sqlx::decode::Decode;
use sea_orm::sqlx::{ColumnIndex, Row, Type};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect,
    QueryTrait, RuntimeErr,
};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::entity::registration::{Column, Entity};
use crate::registration_list::{RegistrationFilter, selected};
use crate::{Access, Store, StoreError};

/// How many registrations one query reads; two chunks are in memory at a time. Some hundreds make `PostgreSQL`'s round trip cheap;
/// `SQLite` has none, and there each value of a row takes memory of its own.
const fn chunk_size(backend: DbBackend) -> u64 {
    if matches!(backend, DbBackend::Postgres) { 1_000 } else { 500 }
}

/// What is read of a registration, in the order in which [`Exported::read`] takes it; the answers come behind these.
const COLUMNS: [Column; 22] = [
    Column::Id,
    Column::Status,
    Column::QueueNumber,
    Column::Email,
    Column::Name,
    Column::Organisation,
    Column::Position,
    Column::City,
    Column::Country,
    Column::Audience,
    Column::Language,
    Column::Newsletter,
    Column::AccessNeeds,
    Column::ExternalReference,
    Column::Source,
    Column::CreatedAt,
    Column::UpdatedAt,
    Column::ConfirmedAt,
    Column::CancelledAt,
    Column::CancellationReason,
    Column::AttendedAt,
    Column::Revision,
];

/// One registration as it is kept, borrowed from its row.
#[derive(Clone, Copy, Debug)]
pub struct Exported<'r> {
    /// Its id.
    pub id: Uuid,
    /// Where it stands.
    pub status: &'r str,
    /// The place in the queue, from 1, as it was when the export first met somebody who waits.
    pub waitlist_position: Option<usize>,
    /// The address, as given.
    pub email: &'r str,
    /// The full name.
    pub name: &'r str,
    /// The organisation.
    pub organisation: Option<&'r str>,
    /// The position held there.
    pub position: Option<&'r str>,
    /// The city.
    pub city: Option<&'r str>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<&'r str>,
    /// A key of the event's audiences.
    pub audience: Option<&'r str>,
    /// The language for messages.
    pub language: &'r str,
    /// Whether news of the organisers are wanted.
    pub newsletter: bool,
    /// What is needed to take part.
    pub access_needs: Option<&'r str>,
    /// A client's own name for it.
    pub external_reference: Option<&'r str>,
    /// Where it came from.
    pub source: &'r str,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it got its seat.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// When it was cancelled.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Why it was cancelled.
    pub cancellation_reason: Option<&'r str>,
    /// When the person was seen there.
    pub attended_at: Option<DateTime<Utc>>,
    /// Counts its changes, from 1.
    pub revision: i64,
    /// The answers to the event's questions, as the JSON text of an object.
    pub answers: &'r str,
}

/// Some registrations, in the order of their ids.
#[derive(Debug, Default)]
pub struct Chunk {
    rows: Vec<QueryResult>,
    queue: Arc<Vec<i64>>,
}

/// An export on its way. While a chunk is used up, the next one is being read; whoever takes them slowly holds two chunks,
/// and neither a connection nor a snapshot.
#[derive(Debug)]
pub struct Export {
    source: Source,
    next: Option<JoinHandle<Result<Chunk, StoreError>>>,
}

/// What is exported, and for whom.
#[derive(Clone, Debug)]
struct Source {
    store: Store,
    access: Access,
    filter: RegistrationFilter,
}

impl Store {
    /// Begins to export the registrations that the organisation may see, in the order of their ids.
    pub fn export(&self, access: Access, filter: RegistrationFilter) -> Export {
        let source = Source { store: self.clone(), access, filter };
        let (next, _) = source.clone().begin(Arc::default());
        Export { source, next: Some(next) }
    }
}

impl Export {
    /// The next registrations; `None`: that was all.
    pub async fn next(&mut self) -> Result<Option<Chunk>, StoreError> {
        let Some(next) = &mut self.next else { return Ok(None) };
        let chunk = next.await;
        self.next = None;
        let chunk = chunk.map_err(|error| StoreError::corrupt("registrations", error))??;
        let Some(last) = chunk.rows.last() else { return Ok(None) };
        if chunk.rows.len() as u64 == chunk_size(self.source.store.backend()) {
            self.source.filter.after = Some(RegistrationId(last.try_get_by_index(0)?));
            let (next, asked) = self.source.clone().begin(Arc::clone(&chunk.queue));
            self.next = Some(next);
            // Whoever uses this chunk up keeps the thread on which the query would be sent. If it fails, `next` tells. `SQLite`,
            // which is in this very process, is no faster for it but slower.
            if self.source.store.backend() == DbBackend::Postgres {
                let _ = asked.await;
            }
        }
        Ok(Some(chunk))
    }
}

/// Whoever goes away stops the query that is under way.
impl Drop for Export {
    fn drop(&mut self) {
        if let Some(next) = &self.next {
            next.abort();
        }
    }
}

impl Source {
    /// Begins to read a chunk; also tells when the database has been asked for it.
    fn begin(self, queue: Arc<Vec<i64>>) -> (JoinHandle<Result<Chunk, StoreError>>, oneshot::Receiver<()>) {
        let (asking, asked) = oneshot::channel();
        (tokio::spawn(self.read(queue, asking)), asked)
    }

    /// Reads a chunk. What the organisation may see is asked anew each time: who loses sight of an event in the middle of
    /// an export gets no more of it.
    async fn read(self, queue: Arc<Vec<i64>>, asking: oneshot::Sender<()>) -> Result<Chunk, StoreError> {
        let (connection, event) = (self.store.reads(), self.filter.event);
        let seen = self.access.of_event(connection, event).await?;
        let text = Alias::new("text");
        let query = selected(&self.filter, &seen, self.store.backend())
            .select_only()
            .columns(COLUMNS)
            .expr_as(Expr::col(Column::Answers).cast_as(text), "answers_text")
            .limit(chunk_size(self.store.backend()));
        let statement = self.store.backend().build(&QueryTrait::into_query(query));
        // Nobody else is let in between this and the statement's being sent.
        let _ = asking.send(());
        let rows = connection.query_all_raw(statement).await?;
        let queue = self.queue_for(&rows, queue).await?;
        Ok(Chunk { rows, queue })
    }

    /// The numbers of all who wait, if somebody in these rows does: eight bytes for each, so that a place is found without
    /// a query of its own. Those who join later are added behind them.
    async fn queue_for(&self, rows: &[QueryResult], mut known: Arc<Vec<i64>>) -> Result<Arc<Vec<i64>>, StoreError> {
        let mut last = None;
        for row in rows {
            last = Ord::max(last, row.try_get_by_index::<Option<i64>>(2)?);
        }
        let behind = known.last().copied();
        if last <= behind {
            return Ok(known);
        }
        let numbers = Arc::make_mut(&mut known);
        let EventId(event) = self.filter.event;
        let mut more = Entity::find()
            .select_only()
            .column(Column::QueueNumber)
            .filter(Column::EventId.eq(event))
            .filter(Column::QueueNumber.gt(behind.unwrap_or(0)))
            .order_by_asc(Column::QueueNumber)
            .into_tuple::<i64>()
            .stream(self.store.reads())
            .await?;
        while let Some(number) = more.try_next().await? {
            numbers.push(number);
        }
        drop(more);
        Ok(known)
    }
}

impl Chunk {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// One of them.
    pub fn get(&self, index: usize) -> Result<Option<Exported<'_>>, StoreError> {
        let Some(row) = self.rows.get(index) else { return Ok(None) };
        let read = match (row.try_as_pg_row(), row.try_as_sqlite_row()) {
            (Some(row), _) => Exported::read(row, &self.queue),
            (_, Some(row)) => Exported::read(row, &self.queue),
            _ => return Err(StoreError::corrupt("registrations", "a row of neither engine")),
        };
        read.map(Some).map_err(|error| sea_orm::DbErr::Query(RuntimeErr::SqlxError(error.into())).into())
    }
}

impl<'r> Exported<'r> {
    fn read<R: Row>(row: &'r R, queue: &[i64]) -> Result<Self, sea_orm::SqlxError>
    where
        usize: ColumnIndex<R>,
        &'r str: Decode<'r, R::Database> + Type<R::Database>,
        bool: Decode<'r, R::Database> + Type<R::Database>,
        i64: Decode<'r, R::Database> + Type<R::Database>,
        DateTime<Utc>: Decode<'r, R::Database> + Type<R::Database>,
        Uuid: Decode<'r, R::Database> + Type<R::Database>,
    {
        let queue_number: Option<i64> = row.try_get(2)?;
        Ok(Self {
            id: row.try_get(0)?,
            status: row.try_get(1)?,
            waitlist_position: queue_number.map(|number| place(queue, number)),
            email: row.try_get(3)?,
            name: row.try_get(4)?,
            organisation: row.try_get(5)?,
            position: row.try_get(6)?,
            city: row.try_get(7)?,
            country: row.try_get(8)?,
            audience: row.try_get(9)?,
            language: row.try_get(10)?,
            newsletter: row.try_get(11)?,
            access_needs: row.try_get(12)?,
            external_reference: row.try_get(13)?,
            source: row.try_get(14)?,
            created_at: row.try_get(15)?,
            updated_at: row.try_get(16)?,
            confirmed_at: row.try_get(17)?,
            cancelled_at: row.try_get(18)?,
            cancellation_reason: row.try_get(19)?,
            attended_at: row.try_get(20)?,
            revision: row.try_get(21)?,
            answers: row.try_get(22)?,
        })
    }
}

/// The place in this queue, which was read after the row: who was at its head then may have a seat by now.
fn place(queue: &[i64], number: i64) -> usize {
    queue.partition_point(|other| *other < number) + 1
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_place_is_counted_from_one_even_for_who_has_left_the_queue() {
        let places = [3, 5, 9].map(|number| place(&[3, 5, 9], number));
        assert_eq!((places, place(&[5, 9], 3), place(&[3, 9], 5), place(&[], 7)), ([1, 2, 3], 1, 2, 1));
    }
}
