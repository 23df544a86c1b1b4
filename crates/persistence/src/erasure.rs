//! Erasing a person's data for good, and making an event's data anonymous once they are no longer needed. Both are the
//! same to what is kept: a row that counts and names nobody (`docs/decisions/0016-erasure.md`).

use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::ids::{EventId, RegistrationId};
use plenaria_domain::registration::{Cancellation, Registration, RegistrationStatus};
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult, ModelTrait};
use uuid::Uuid;

use crate::cancellation::give_back;
use crate::entity::registration::{Column, Entity};
use crate::registrations::{lock_event, under_lock};
use crate::{Access, Store, StoreError, idempotency, mail_budget, messages, outbox, rows, webhooks};

/// What erasing came to.
#[derive(Debug)]
pub enum Erased {
    /// It is gone; `freed` tells which event's seats changed.
    Done {
        /// The event whose seats changed, if any did.
        freed: Option<EventId>,
    },
    /// There is no such registration.
    NotFound,
    /// It is not what the caller thinks it is.
    Changed(Box<Registration>),
}

/// What is to be erased.
#[derive(Clone)]
pub struct Erase {
    /// The registration.
    pub id: RegistrationId,
    /// The organisation that must own the event; `None`: the person asks.
    pub owner: Option<Access>,
    /// When.
    pub now: Instant,
    /// Whether the registration, under its lock, is what the caller thinks it is.
    pub expected: Arc<dyn Fn(&Registration) -> bool + Send + Sync>,
}

impl Store {
    /// Erases a registration's personal data. One that is live is cancelled first, and what it held goes to the head of
    /// the queue; what the event was, once it is over, it stays.
    pub async fn erase(&self, request: Erase) -> Result<Erased, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { erase(transaction, &request).await })
        })
        .await
    }
}

async fn erase(transaction: &DatabaseTransaction, request: &Erase) -> Result<Erased, StoreError> {
    let Erase { id, owner, now, expected } = request;
    let owner = owner.as_ref().map(Access::owned_registrations);
    let Some(mut locked) = lock_event(transaction, *id, owner).await? else { return Ok(Erased::NotFound) };
    let Some((row, current)) = under_lock(transaction, *id).await? else { return Ok(Erased::NotFound) };
    if !expected(&current) {
        return Ok(Erased::Changed(Box::new(current)));
    }
    if current.status == RegistrationStatus::Pending {
        // Nobody was told of it, and it counts nowhere.
        row.delete(transaction).await?;
        messages::forget(transaction, vec![id.0]).await?;
        return Ok(Erased::Done { freed: None });
    }
    mail_budget::remember(transaction, &row, *now).await?;
    let (mut changes, mut freed) = (Vec::new(), None);
    if let Ok(Cancellation::GivesBack(held)) = current.status.cancel(*now, locked.window.ends_at) {
        (_, changes) = give_back(transaction, row, held, &mut locked, None, *now).await?;
        if request.owner.is_some() {
            changes.iter_mut().for_each(outbox::by_client);
        }
        freed = held.map(|_| locked.event);
    }
    changes.extend(forget(transaction, locked.event, vec![id.0], *now).await?);
    rows::insert(transaction, changes).await?;
    Ok(Erased::Done { freed })
}

#[derive(FromQueryResult)]
struct Forgotten {
    id: Uuid,
    revision: i64,
    status: String,
}

/// Forgets who these registrations of one event were, under its lock, in a few statements whatever their number: their
/// rows keep what counts, and the answers that are kept for their requests say from now on that there is nothing. The
/// caller writes the changes given back.
pub(crate) async fn forget(
    transaction: &DatabaseTransaction,
    event: EventId,
    ids: Vec<Uuid>,
    now: Instant,
) -> Result<Vec<outbox::Change>, StoreError> {
    let ids = rows::padded(ids);
    let nothing = None::<String>;
    let mut update = Query::update();
    update
        .table(Entity)
        .values([
            (Column::Email, "".into()),
            (Column::LiveEmail, nobodys_address(transaction.get_database_backend())),
            (Column::FormerEmail, nothing.clone().into()),
            (Column::Name, "".into()),
            (Column::Organisation, nothing.clone().into()),
            (Column::Position, nothing.clone().into()),
            (Column::City, nothing.clone().into()),
            (Column::Newsletter, false.into()),
            (Column::AccessNeeds, nothing.clone().into()),
            (Column::Answers, serde_json::json!({}).into()),
            (Column::ExternalReference, nothing.clone().into()),
            (Column::RequestedReference, nothing.clone().into()),
            (Column::CancellationReason, nothing.into()),
            (Column::UpdatedAt, now.into()),
            (Column::ErasedAt, now.into()),
            (Column::Revision, Expr::col(Column::Revision).add(1)),
        ])
        .and_where(Expr::col(Column::Id).is_in(ids.clone()))
        .returning(Query::returning().columns([Column::Id, Column::Revision, Column::Status]));
    let statement = transaction.get_database_backend().build(&update);
    let forgotten = Forgotten::find_by_statement(statement).all(transaction).await?;
    idempotency::forget(transaction, ids.clone()).await?;
    messages::forget(transaction, ids.clone()).await?;
    webhooks::forget(transaction, ids).await?;
    let kind = ChangeType::RegistrationErased;
    let change =
        |row: Forgotten| outbox::of_registration(kind, event, RegistrationId(row.id), row.revision, &row.status, now);
    Ok(forgotten.into_iter().map(change).collect())
}

/// What stands in the index of live addresses for one who is forgotten: nothing if the registration was cancelled, else
/// its own id, since the live must have something there that nobody else has. It has no `@`, so nobody registers as it.
fn nobodys_address(backend: DbBackend) -> SimpleExpr {
    let id = match backend {
        DbBackend::Postgres => "CAST(id AS text)",
        _ => "lower(hex(id))",
    };
    CaseStatement::new()
        .case(Expr::col(Column::Status).eq("cancelled"), Expr::cust("NULL"))
        .finally(Expr::cust(id))
        .into()
}
