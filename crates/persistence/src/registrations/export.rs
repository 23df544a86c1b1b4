//! Exports any number of an event's registrations with constant memory.
//!
//! The export reads chunk by chunk; each chunk is a query of its own that continues after the last id of the chunk
//! before (`docs/decisions/0015-export.md` explains why no database cursor is held open).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use plenaria_domain::values::ids::{EventId, RegistrationId};
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

use crate::access::Access;
use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::registration::{Column, Entity};
use crate::registrations::list::{RegistrationFilter, select};

/// How many registrations one query reads; two chunks are in memory at a time. Large chunks make up for `PostgreSQL`'s
/// round trips. `SQLite` has none, and its driver allocates each value of a row separately, so its chunks are smaller.
const fn chunk_size(backend: DbBackend) -> u64 {
    if matches!(backend, DbBackend::Postgres) { 1_000 } else { 500 }
}

/// The columns to read, in the order of [`ExportRow::read`]. The answers follow after these.
const COLUMNS: [Column; 22] = [
    Column::Id,
    Column::Status,
    Column::WaitlistNumber,
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

/// One registration, borrowed from its database row.
#[derive(Clone, Copy, Debug)]
pub struct ExportRow<'r> {
    /// The registration's id.
    pub id: Uuid,
    /// The status.
    pub status: &'r str,
    /// The waiting list position, from 1, at the time when the export read its first waitlisted registration.
    pub waitlist_position: Option<usize>,
    /// The address, as the person entered it.
    pub email: &'r str,
    /// The full name.
    pub name: &'r str,
    /// The organisation.
    pub organisation: Option<&'r str>,
    /// The person's position in the organisation.
    pub position: Option<&'r str>,
    /// The city.
    pub city: Option<&'r str>,
    /// The country, as an ISO 3166-1 alpha-2 code.
    pub country: Option<&'r str>,
    /// The key of one of the event's audiences.
    pub audience: Option<&'r str>,
    /// The language for messages.
    pub language: &'r str,
    /// Whether the person wants the organisers' newsletter.
    pub newsletter: bool,
    /// What the person needs to take part.
    pub access_needs: Option<&'r str>,
    /// The client's own reference for the registration.
    pub external_reference: Option<&'r str>,
    /// The origin: a client's organisation, or `public`.
    pub source: &'r str,
    /// When the registration was created.
    pub created_at: DateTime<Utc>,
    /// When the registration last changed.
    pub updated_at: DateTime<Utc>,
    /// When the person got a seat.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// When the registration was cancelled.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// The reason for the cancellation.
    pub cancellation_reason: Option<&'r str>,
    /// When the person's attendance was recorded.
    pub attended_at: Option<DateTime<Utc>>,
    /// The revision, from 1; every change increments it.
    pub revision: i64,
    /// The answers to the event's questions, as the JSON text of an object.
    pub answers: &'r str,
}

/// Consecutive registrations of an export, ordered by id.
#[derive(Debug, Default)]
pub struct Chunk {
    rows: Vec<QueryResult>,
    waitlist: Arc<Vec<i64>>,
}

/// A running export. While the caller processes one chunk, the next one is being read, so a slow caller holds two
/// chunks in memory, but neither a connection nor a snapshot. Dropping the export aborts the query that is running.
#[derive(Debug)]
pub struct Export {
    query: ExportQuery,
    next: Option<JoinHandle<Result<Chunk, StoreError>>>,
}

/// The registrations to export, and the organisation that exports them.
#[derive(Clone, Debug)]
struct ExportQuery {
    store: Store,
    access: Access,
    filter: RegistrationFilter,
}

impl Store {
    /// Begins to export the registrations that the organisation may see, ordered by id.
    pub fn export_registrations(&self, access: Access, filter: RegistrationFilter) -> Export {
        let query = ExportQuery { store: self.clone(), access, filter };
        let (next, _) = query.clone().start(Arc::default());
        Export { query, next: Some(next) }
    }
}

impl Export {
    /// The next chunk; `None` once all are read.
    pub async fn next(&mut self) -> Result<Option<Chunk>, StoreError> {
        let Some(next) = &mut self.next else { return Ok(None) };
        let chunk = next.await;
        self.next = None;
        let chunk = chunk.map_err(|error| StoreError::corrupt("registrations", error))??;
        let Some(last) = chunk.rows.last() else { return Ok(None) };
        if chunk.rows.len() as u64 == chunk_size(self.query.store.backend()) {
            self.query.filter.after = Some(RegistrationId(last.try_get_by_index(0)?));
            let (next, started) = self.query.clone().start(Arc::clone(&chunk.waitlist));
            self.next = Some(next);
            // Wait until the query is sent, because processing this chunk will occupy the thread. An error surfaces in
            // the next call. On `SQLite`, which runs in this process, waiting only makes the export slower.
            if self.query.store.backend() == DbBackend::Postgres {
                let _ = started.await;
            }
        }
        Ok(Some(chunk))
    }

    /// Whether more than `rows` registrations follow after the last chunk. The database counts them along an index.
    pub async fn has_more_than(&self, rows: usize) -> Result<bool, StoreError> {
        if self.next.is_none() {
            return Ok(false);
        }
        let ExportQuery { store, access, filter } = &self.query;
        let visibility = access.visibility_of(store.reads(), filter.event).await?;
        let following = select(filter, &visibility, store.backend()).select_only().column(Column::Id);
        let next = following.offset(rows as u64).into_tuple::<Uuid>().one(store.reads()).await?;
        Ok(next.is_some())
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        if let Some(next) = &self.next {
            next.abort();
        }
    }
}

impl ExportQuery {
    /// Spawns a task that reads a chunk; the receiver completes when the query is about to be sent.
    fn start(self, waitlist: Arc<Vec<i64>>) -> (JoinHandle<Result<Chunk, StoreError>>, oneshot::Receiver<()>) {
        let (sender, started) = oneshot::channel();
        (tokio::spawn(self.read(waitlist, sender)), started)
    }

    /// Reads a chunk. The organisation's visibility is read again for each chunk, so that an export stops showing an
    /// event whose access was withdrawn.
    async fn read(self, waitlist: Arc<Vec<i64>>, started: oneshot::Sender<()>) -> Result<Chunk, StoreError> {
        let (connection, event) = (self.store.reads(), self.filter.event);
        let visibility = self.access.visibility_of(connection, event).await?;
        let text = Alias::new("text");
        let query = select(&self.filter, &visibility, self.store.backend())
            .select_only()
            .columns(COLUMNS)
            .expr_as(Expr::col(Column::Answers).cast_as(text), "answers_text")
            .limit(chunk_size(self.store.backend()));
        let statement = self.store.backend().build(&QueryTrait::into_query(query));
        // No other task runs on this thread until the statement has been sent.
        let _ = started.send(());
        let rows = connection.query_all_raw(statement).await?;
        let waitlist = self.extend_waitlist(&rows, waitlist).await?;
        Ok(Chunk { rows, waitlist })
    }

    /// Reads the numbers of the event's whole waiting list once a row needs them, at eight bytes each, so that
    /// positions need no further queries. Later calls append the numbers that have been added since.
    async fn extend_waitlist(
        &self,
        rows: &[QueryResult],
        mut waitlist: Arc<Vec<i64>>,
    ) -> Result<Arc<Vec<i64>>, StoreError> {
        let mut last = None;
        for row in rows {
            last = Ord::max(last, row.try_get_by_index::<Option<i64>>(2)?);
        }
        let read_up_to = waitlist.last().copied();
        if last <= read_up_to {
            return Ok(waitlist);
        }
        let numbers = Arc::make_mut(&mut waitlist);
        let EventId(event) = self.filter.event;
        let mut more = Entity::find()
            .select_only()
            .column(Column::WaitlistNumber)
            .filter(Column::EventId.eq(event))
            .filter(Column::WaitlistNumber.gt(read_up_to.unwrap_or(0)))
            .order_by_asc(Column::WaitlistNumber)
            .into_tuple::<i64>()
            .stream(self.store.reads())
            .await?;
        while let Some(number) = more.try_next().await? {
            numbers.push(number);
        }
        drop(more);
        Ok(waitlist)
    }
}

impl Chunk {
    /// The number of registrations.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the chunk has no registrations.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The registration at `index`; `None` beyond the end.
    pub fn get(&self, index: usize) -> Result<Option<ExportRow<'_>>, StoreError> {
        let Some(row) = self.rows.get(index) else { return Ok(None) };
        let read = match (row.try_as_pg_row(), row.try_as_sqlite_row()) {
            (Some(row), _) => ExportRow::read(row, &self.waitlist),
            (_, Some(row)) => ExportRow::read(row, &self.waitlist),
            _ => return Err(StoreError::corrupt("registrations", "a row of neither engine")),
        };
        read.map(Some).map_err(|error| sea_orm::DbErr::Query(RuntimeErr::SqlxError(error.into())).into())
    }
}

impl<'r> ExportRow<'r> {
    fn read<R: Row>(row: &'r R, waitlist: &[i64]) -> Result<Self, sea_orm::SqlxError>
    where
        usize: ColumnIndex<R>,
        &'r str: Decode<'r, R::Database> + Type<R::Database>,
        bool: Decode<'r, R::Database> + Type<R::Database>,
        i64: Decode<'r, R::Database> + Type<R::Database>,
        DateTime<Utc>: Decode<'r, R::Database> + Type<R::Database>,
        Uuid: Decode<'r, R::Database> + Type<R::Database>,
    {
        let waitlist_number: Option<i64> = row.try_get(2)?;
        Ok(Self {
            id: row.try_get(0)?,
            status: row.try_get(1)?,
            waitlist_position: waitlist_number.map(|number| position(waitlist, number)),
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

/// The position of a waiting list number. The list was read after the row, so the number may have left it by
/// then.
fn position(waitlist: &[i64], waitlist_number: i64) -> usize {
    waitlist.partition_point(|other| *other < waitlist_number) + 1
}

#[cfg(test)]
mod tests {
    use super::position;

    #[test]
    fn positions_start_at_one_even_for_numbers_that_have_left_the_waitlist() {
        let positions = [3, 5, 9].map(|number| position(&[3, 5, 9], number));
        assert_eq!((positions, position(&[5, 9], 3), position(&[3, 9], 5), position(&[], 7)), ([1, 2, 3], 1, 2, 1));
    }
}
