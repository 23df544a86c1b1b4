//! Reads the history of an event's definition.

use plenaria_domain::audit::{Actor, ActorKind};
use plenaria_domain::event::EventStatus;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::definition::diff::DefinitionChange;
use plenaria_domain::partner::organisation::Organisation;
use plenaria_domain::values::ids::{ClientId, EventId};
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use serde_json::Value;
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::paging;
use crate::database::store::Store;
use crate::entity::event_revision::{Column, Entity};

/// One revision of an event, without its definition.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Its number, from 1.
    pub revision: i64,
    /// When it was published.
    pub published_at: Instant,
    /// Who published it.
    pub by: Actor,
    /// What it changed in the revision before it; empty for the first one.
    pub changes: Vec<DefinitionChange>,
}

/// About how large the changes of the revisions on a page may be together. Those of one revision can have twice the size
/// of a definition.
const MAX_PAGE_BYTES: i64 = 4 * 1024 * 1024;

#[derive(FromQueryResult)]
struct SizeRow {
    revision: i64,
    size: i64,
}

#[derive(FromQueryResult)]
struct Row {
    revision: i64,
    published_at: Instant,
    actor: String,
    organisation: Option<String>,
    client_id: Option<Uuid>,
    changes: Value,
}

impl Store {
    /// Returns at most `limit` revisions of an event, the newest first, starting below the number `before`, and whether there
    /// are older ones; fewer if their changes are large, but at least one, if there is any. Numbers of revisions that were
    /// removed are left out. Whether the caller may see the event is to be checked before.
    pub async fn revisions(
        &self,
        event: EventId,
        before: Option<i64>,
        limit: u64,
    ) -> Result<(Vec<Revision>, bool), StoreError> {
        let Some((newest, oldest, more)) = self.revisions_of_page(event, before, limit).await? else {
            return Ok((Vec::new(), false));
        };
        let query = without_documents(event).filter(Column::Revision.between(oldest, newest));
        let statement = self.backend().build(&query.order_by_desc(Column::Revision).into_query());
        let rows = Row::find_by_statement(statement).all(self.reads()).await?;
        let revisions: Result<Vec<Revision>, StoreError> = rows.into_iter().map(revision).collect();
        Ok((revisions?, more))
    }

    /// The numbers of the newest and the oldest revision of a page, whose changes together are not much larger than
    /// [`MAX_PAGE_BYTES`], and whether there are older ones.
    async fn revisions_of_page(
        &self,
        event: EventId,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Option<(i64, i64, bool)>, StoreError> {
        let mut query = Entity::find()
            .select_only()
            .column(Column::Revision)
            .expr_as(Expr::cust("CAST(LENGTH(CAST(changes AS text)) AS bigint)"), "size")
            .filter(Column::EventId.eq(event.0))
            .order_by_desc(Column::Revision);
        if let Some(before) = before {
            query = query.filter(Column::Revision.lt(before));
        }
        let statement = paging::with_limit(query.into_query(), limit + 1, self.backend());
        let rows = SizeRow::find_by_statement(statement).all(self.reads()).await?;
        let mut size = 0;
        let of_page = rows.iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).take_while(|row| {
            let fits = size < MAX_PAGE_BYTES;
            size += row.size;
            fits
        });
        let number = of_page.count();
        let Some(page @ [newest, ..]) = rows.get(..number) else { return Ok(None) };
        let oldest = page.last().map_or(newest.revision, |row| row.revision);
        Ok(Some((newest.revision, oldest, rows.len() > number)))
    }

    /// Returns one revision of an event with its definition as a document. Whether the caller may see the event is to be
    /// checked before.
    pub async fn revision(&self, event: EventId, number: i64) -> Result<Option<(Revision, Value)>, StoreError> {
        let Some(row) = Entity::find_by_id((event.0, number)).one(self.reads()).await? else { return Ok(None) };
        let document = row.document;
        let row = Row {
            revision: row.revision,
            published_at: row.published_at,
            actor: row.actor,
            organisation: row.organisation,
            client_id: row.client_id,
            changes: row.changes,
        };
        Ok(Some((revision(row)?, document)))
    }

    /// Returns the definition that was public before this revision; `None` if there was none, or its revision was removed.
    pub async fn public_definition_before(
        &self,
        event: EventId,
        number: i64,
    ) -> Result<Option<Definition>, StoreError> {
        let document: Option<Value> = Entity::find()
            .select_only()
            .column(Column::Document)
            .filter(Column::EventId.eq(event.0))
            .filter(Column::Revision.lt(number))
            .filter(Expr::cust("document ->> 'status'").ne(EventStatus::Draft.as_str()))
            .order_by_desc(Column::Revision)
            .into_tuple()
            .one(self.reads())
            .await?;
        let definition = document.map(serde_json::from_value).transpose();
        definition.map_err(|e| StoreError::corrupt("event_revisions", e))
    }
}

/// Selects an event's revisions.
fn without_documents(event: EventId) -> Select<Entity> {
    Entity::find()
        .select_only()
        .columns([
            Column::Revision,
            Column::PublishedAt,
            Column::Actor,
            Column::Organisation,
            Column::ClientId,
            Column::Changes,
        ])
        .filter(Column::EventId.eq(event.0))
}

fn revision(row: Row) -> Result<Revision, StoreError> {
    let corrupt = |what: &dyn std::fmt::Display| StoreError::corrupt("event_revisions", what);
    let by = match ActorKind::parse(&row.actor).map_err(|e| corrupt(&e))? {
        ActorKind::Client => match (row.organisation, row.client_id) {
            (Some(organisation), Some(client)) => Actor::Client {
                organisation: Organisation::parse(&organisation).map_err(|e| corrupt(&e))?,
                client: ClientId(client),
            },
            _ => return Err(corrupt(&"a client without its organisation")),
        },
        ActorKind::Holder => Actor::Holder,
        ActorKind::Operator => Actor::Operator,
        ActorKind::System => Actor::System,
    };
    Ok(Revision {
        revision: row.revision,
        published_at: row.published_at,
        by,
        changes: serde_json::from_value(row.changes).map_err(|e| corrupt(&e))?,
    })
}
