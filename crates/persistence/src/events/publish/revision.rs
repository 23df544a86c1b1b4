//! Writes the history of events, and bounds it.
//!
//! A revision holds the whole definition with the speakers as they were, also of those who were removed since. So an event
//! keeps its first revision and the newest [`MAX_REVISIONS`]; maintenance removes those that were replaced long ago, and
//! all but the current one once the retention time of the event's personal data is over
//! (`docs/decisions/0029-publishing.md`).

use plenaria_domain::audit::{Actor, AuditContext};
use plenaria_domain::event::definition::diff::DefinitionChange;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::store::Store;
use crate::entity::event;
use crate::entity::event_revision::{Column, Entity, Model};

/// How many of an event's newest revisions are stored. The first one is stored too: it says who created the event.
const MAX_REVISIONS: i64 = 200;
/// Number of revisions that one transaction deletes. Each may have some MiB.
const CLEANUP_BATCH_SIZE: u64 = 100;

/// Writes a revision of an event, and deletes the oldest one after the first if there are too many.
pub(crate) async fn save(
    transaction: &DatabaseTransaction,
    event: EventId,
    revision: i64,
    document: Value,
    changes: &[DefinitionChange],
    audit: &AuditContext,
    now: Instant,
) -> Result<(), StoreError> {
    let (organisation, client) = match &audit.actor {
        Actor::Client { organisation, client } => (Some(organisation.to_string()), Some(client.0)),
        Actor::Holder | Actor::Operator | Actor::System => (None, None),
    };
    let row = Model {
        event_id: event.0,
        revision,
        document,
        changes: serde_json::to_value(changes).map_err(|e| StoreError::corrupt("event_revisions", e))?,
        published_at: now,
        actor: audit.actor.kind().as_str().to_owned(),
        organisation,
        client_id: client,
    };
    bulk_insert::insert(transaction, vec![row]).await?;
    let surplus = Entity::delete_many().filter(Column::EventId.eq(event.0)).filter(Column::Revision.gt(1));
    surplus.filter(Column::Revision.lte(revision - MAX_REVISIONS)).exec(transaction).await?;
    Ok(())
}

/// Reduces an event's history to its current revision, without what that one changed.
pub(crate) async fn remove_history(transaction: &DatabaseTransaction, event: EventId) -> Result<(), StoreError> {
    let mut current = Query::select();
    current.column(event::Column::Revision).from(event::Entity).and_where(event::Column::Id.eq(event.0));
    Entity::delete_many()
        .filter(Column::EventId.eq(event.0))
        .filter(Expr::col(Column::Revision).lt(Expr::SubQuery(None, Box::new(current.into()))))
        .exec(transaction)
        .await?;
    let mut update = Query::update();
    update.table(Entity).value(Column::Changes, json!([])).and_where(Column::EventId.eq(event.0));
    transaction.execute(&update).await?;
    Ok(())
}

impl Store {
    /// Deletes the revisions that were replaced before this instant, and returns their number.
    pub async fn remove_old_revisions(&self, before: Instant) -> Result<u64, StoreError> {
        const KEY: [Column; 2] = [Column::EventId, Column::Revision];
        // EXISTS instead of a join: each revision comes once, however many newer ones there are.
        let mut newer = Query::select();
        newer
            .expr(Expr::val(1))
            .from_as(Entity, "new")
            .and_where(Expr::col(("new", Column::EventId)).equals(("old", Column::EventId)))
            .and_where(Expr::col(("new", Column::Revision)).gt(Expr::col(("old", Column::Revision))))
            .and_where(Expr::col(("new", Column::PublishedAt)).lt(before));
        let mut replaced = Query::select();
        replaced
            .columns(KEY.map(|column| ("old", column)))
            .from_as(Entity, "old")
            .and_where(Expr::col(("old", Column::PublishedAt)).lt(before))
            .and_where(Expr::exists(newer));
        let key = Expr::tuple(KEY.map(Expr::col));
        self.delete_in_batches(Entity, key, replaced, CLEANUP_BATCH_SIZE).await
    }
}
