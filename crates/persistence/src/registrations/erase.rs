//! Erases personal data, on request, and anonymises registrations once their retention period is over.
//!
//! Both leave an anonymous row that still counts in statistics (`docs/decisions/0016-erasure.md`).

use std::sync::Arc;

use plenaria_domain::audit::{Action, AuditContext};
use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::{Cancellation, Registration, RegistrationStatus};
use plenaria_domain::values::ids::{EventId, RegistrationId};
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult, ModelTrait};
use serde_json::json;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::record::{AuditRecord, record};
use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::database::store::Store;
use crate::entity::registration::{Column, Entity};
use crate::feed::outbox;
use crate::mail::{budget, enqueue};
use crate::registrations::cancel::release;
use crate::registrations::read::{lock_event, read_locked};
use crate::{idempotency, webhooks};

/// The result of an erasure.
#[derive(Debug)]
pub enum Erased {
    /// The personal data are erased.
    Done {
        /// The event whose seats changed, if the registration was active.
        freed: Option<EventId>,
    },
    /// The registration does not exist, or may not be seen.
    NotFound,
    /// The precondition does not hold; this is the current registration.
    PreconditionFailed(Box<Registration>),
}

/// A request to erase a registration.
#[derive(Clone)]
pub struct Erase {
    /// The registration's id.
    pub id: RegistrationId,
    /// The access rights of the organisation, which must own the event; `None` for the registered person.
    pub owner: Option<Access>,
    /// The time of the request.
    pub now: Instant,
    /// Who makes the request, for the audit log.
    pub audit: AuditContext,
    /// The precondition (`If-Match`), checked against the registration once it is locked.
    pub precondition: Arc<dyn Fn(&Registration) -> bool + Send + Sync>,
}

impl Store {
    /// Erases a registration's personal data. An active registration is cancelled first, which may promote from the
    /// waiting list; once the event has ended, the status stays.
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
    let Erase { id, owner, now, audit, precondition } = request;
    let condition = owner.as_ref().map(Access::owned_registrations);
    let Some(mut locked) = lock_event(transaction, *id, condition).await? else { return Ok(Erased::NotFound) };
    let Some((row, current)) = read_locked(transaction, *id).await? else { return Ok(Erased::NotFound) };
    if !precondition(&current) {
        return Ok(Erased::PreconditionFailed(Box::new(current)));
    }
    let details = json!({ "status_before": current.status });
    let entry = AuditRecord::of_registration(Action::RegistrationErased, *id, locked.event, details);
    record(transaction, audit, vec![entry], *now).await?;
    if current.status == RegistrationStatus::Pending {
        // No change was published for a pending request, and no statistic counts it, so its row is deleted.
        row.delete(transaction).await?;
        enqueue::delete_for_registrations(transaction, vec![id.0]).await?;
        return Ok(Erased::Done { freed: None });
    }
    budget::preserve_usage(transaction, &row, *now).await?;
    let (mut changes, mut freed) = (Vec::new(), None);
    if let Ok(Cancellation::Releases(held)) = current.status.cancel(*now, locked.window.ends_at) {
        (_, changes) = release(transaction, row, held, &mut locked, None, *now).await?;
        if request.owner.is_some() {
            changes.iter_mut().for_each(outbox::mark_caused_by_client);
        }
        freed = held.map(|_| locked.event);
    }
    changes.extend(anonymise(transaction, locked.event, vec![id.0], *now).await?);
    bulk_insert::insert(transaction, changes).await?;
    Ok(Erased::Done { freed })
}

#[derive(FromQueryResult)]
struct Anonymised {
    id: Uuid,
    revision: i64,
    status: String,
}

/// Removes the personal data of registrations of one event, which must be locked, in a few statements for any number of
/// them. Their rows keep what statistics count, and their stored idempotency responses become 404. The caller must
/// write the returned changes.
pub(crate) async fn anonymise(
    transaction: &DatabaseTransaction,
    event: EventId,
    ids: Vec<Uuid>,
    now: Instant,
) -> Result<Vec<outbox::OutboxRow>, StoreError> {
    let ids = pad_to_statement_size(ids);
    let null = None::<String>;
    let mut update = Query::update();
    update
        .table(Entity)
        .values([
            (Column::Email, "".into()),
            (Column::ActiveEmail, placeholder_active_email(transaction.get_database_backend())),
            (Column::FormerEmail, null.clone().into()),
            (Column::Name, "".into()),
            (Column::Organisation, null.clone().into()),
            (Column::Position, null.clone().into()),
            (Column::City, null.clone().into()),
            (Column::Newsletter, false.into()),
            (Column::AccessNeeds, null.clone().into()),
            (Column::Answers, serde_json::json!({}).into()),
            (Column::ExternalReference, null.clone().into()),
            (Column::RequestedReference, null.clone().into()),
            (Column::CancellationReason, null.into()),
            (Column::UpdatedAt, now.into()),
            (Column::ErasedAt, now.into()),
            (Column::Revision, Expr::col(Column::Revision).add(1)),
        ])
        .and_where(Expr::col(Column::Id).is_in(ids.clone()))
        .returning(Query::returning().columns([Column::Id, Column::Revision, Column::Status]));
    let statement = transaction.get_database_backend().build(&update);
    let anonymised = Anonymised::find_by_statement(statement).all(transaction).await?;
    idempotency::erase_responses(transaction, ids.clone()).await?;
    enqueue::delete_for_registrations(transaction, ids.clone()).await?;
    webhooks::erase_references(transaction, ids).await?;
    let kind = ChangeType::RegistrationErased;
    let change = |row: Anonymised| {
        outbox::registration_change(kind, event, RegistrationId(row.id), row.revision, &row.status, now)
    };
    Ok(anonymised.into_iter().map(change).collect())
}

/// The expression that replaces `active_email`: NULL for a cancelled registration, otherwise its id, because an active
/// registration needs a unique value there. The id contains no `@`, so it is no address that anyone can register.
fn placeholder_active_email(backend: DbBackend) -> SimpleExpr {
    let id = match backend {
        DbBackend::Postgres => "CAST(id AS text)",
        _ => "lower(hex(id))",
    };
    CaseStatement::new()
        .case(Expr::col(Column::Status).eq("cancelled"), Expr::cust("NULL"))
        .finally(Expr::cust(id))
        .into()
}
