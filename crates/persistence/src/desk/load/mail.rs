//! Reads the messages and budgets that decide which messages a batch may queue.

use std::collections::HashMap;
use std::sync::Arc;

use plenaria_domain::registration::message::Requester;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::desk::ledger::mail::{Budget, QueuedBefore};
use crate::desk::ledger::state::Ledger;
use crate::desk::request::{Command, Request};
use crate::entity::message;
use crate::mail::budget;
use crate::registrations::active_email;

/// Adds the earlier messages of registrations that may get another one or are erased, and the budgets of mailboxes whose
/// usage the batch may change.
pub(super) async fn add(
    transaction: &DatabaseTransaction,
    batch: &[Arc<Request>],
    now: Instant,
    ledger: &mut Ledger,
) -> Result<(), StoreError> {
    let mut registrations: Vec<Uuid> = Vec::new();
    // Addresses that may get a message, and those whose usage is only preserved.
    let (mut recipients, mut preserved) = (Vec::new(), Vec::new());
    for request in batch {
        let (address, requester) = match &request.command {
            Command::RequestConfirmation(new) => {
                let requester = if new.client.is_some() { Requester::Client } else { Requester::Public };
                (new.attendee.email.key(), requester)
            }
            Command::ResendLink { email, requester } => (email.key(), *requester),
            Command::Erase(target) | Command::Update { target, address: Some(_), .. } => {
                if let Some(index) = ledger.find(target.id.0) {
                    let row = ledger.model(index);
                    let address = row.active_email.as_deref().or(row.former_email.as_deref());
                    preserved.extend(address.map(|address| active_email::address(address).to_owned()));
                    registrations.push(row.id);
                }
                continue;
            }
            _ => continue,
        };
        let subjects = ledger.pending(request.event, address).into_iter().chain(ledger.active(request.event, address));
        registrations.extend(subjects.map(|index| ledger.model(index).id));
        if requester == Requester::Public {
            recipients.push(address.to_owned());
        }
    }
    for message in messages(transaction, registrations).await? {
        let counts = message.is_unmarked && budget::is_from_feed(&message.kind);
        let before = QueuedBefore { kind: message.kind, created_at: message.created_at, counts };
        ledger.mail.add_before(message.registration_id, before);
    }
    add_budgets(transaction, recipients, preserved, now, ledger).await
}

#[derive(FromQueryResult)]
struct Queued {
    registration_id: Uuid,
    kind: String,
    created_at: Instant,
    /// Whether no client caused it.
    is_unmarked: bool,
}

async fn messages(transaction: &DatabaseTransaction, registrations: Vec<Uuid>) -> Result<Vec<Queued>, StoreError> {
    use message::{Column, Entity};
    if registrations.is_empty() {
        return Ok(Vec::new());
    }
    let query = Entity::find()
        .select_only()
        .columns([Column::RegistrationId, Column::Kind, Column::CreatedAt])
        .expr_as(Expr::cust(budget::NOT_CAUSED_BY_CLIENT), "is_unmarked")
        .filter(Column::RegistrationId.is_in(pad_to_statement_size(registrations)));
    Ok(query.into_model::<Queued>().all(transaction).await?)
}

async fn add_budgets(
    transaction: &DatabaseTransaction,
    recipients: Vec<String>,
    preserved: Vec<String>,
    now: Instant,
    ledger: &mut Ledger,
) -> Result<(), StoreError> {
    let mailboxes = recipients.iter().chain(&preserved).map(|address| budget::mailbox_id(address)).collect();
    let mut budgets: HashMap<Uuid, Budget> = HashMap::new();
    for (mailbox, sent) in budget::lock_stored(transaction, mailboxes, now).await? {
        budgets.entry(mailbox).or_default().stored = Some(sent);
    }
    for message in budget::feed_messages(transaction, recipients, now).await? {
        budgets.entry(budget::mailbox_id(&message.address)).or_default().from_feed.push(message.created_at);
    }
    for (mailbox, budget) in budgets {
        ledger.mail.add_budget(mailbox, budget);
    }
    Ok(())
}
