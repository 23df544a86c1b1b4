//! Writes what a batch has decided: the one way in which registrations and seats change.
//!
//! On `PostgreSQL` it is one statement, because round trips dominate a batch's cost; on `SQLite` one text of several
//! statements, because sending a text costs a switch of threads.

use sea_orm::sea_query::{OnConflict, SqliteQueryBuilder, Value};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, IntoActiveModel, QueryFilter, Statement,
};

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert::{self, ConstantColumns};
use crate::database::statements::bulk_update;
use crate::database::statements::sizes::{STATEMENT_SIZES, pad_to_statement_size};
use crate::desk::ledger::plan::Plan;
use crate::entity::{mail_budget, registration};
use crate::feed::outbox::OutboxRow;
use crate::mail::enqueue;
use crate::registrations::new_row::REGISTRATION_CONSTANTS;
use crate::seats::{self, LockedSeats};
use crate::{idempotency, webhooks};

/// Columns of the changes of newly created registrations whose value is the same in every row.
const CREATED_CONSTANTS: [(&str, &str); 2] = [("type", "'registration.created'"), ("sequence", "1")];

/// How many statements are sent as one text on `SQLite`. The engine keeps each text prepared, so a plan of very many rows is
/// sent as statements whose texts are alike.
const MAX_JOINED_STATEMENTS: usize = 16;

/// Writes a plan, and those of these seats that the batch has changed.
pub(crate) async fn write(
    transaction: &DatabaseTransaction,
    mut plan: Plan,
    changed_seats: &[&LockedSeats],
) -> Result<(), StoreError> {
    remove(transaction, &mut plan).await?;
    if plan.is_empty() && changed_seats.is_empty() {
        return Ok(());
    }
    match transaction.get_database_backend() {
        DbBackend::Postgres => {
            let mut values = Vec::new();
            let mut parts = postgres_parts(plan, &Condition::default(), &mut values);
            if !changed_seats.is_empty() {
                parts.push(("counted", seats::bulk_update_sql(changed_seats, &mut values)));
            }
            let parts: Vec<String> = parts.into_iter().map(|(name, sql)| format!("{name} AS ({sql})")).collect();
            let sql = format!("WITH {} SELECT 1", parts.join(", "));
            transaction.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        }
        backend => {
            let mut statements = sqlite_statements(plan, "INSERT");
            for locked in changed_seats {
                let (sql, values) = seats::update(locked).build(SqliteQueryBuilder);
                statements.push((sql, values.0));
            }
            if statements.len() <= MAX_JOINED_STATEMENTS {
                transaction.execute_raw(join_statements(backend, statements)).await?;
            } else {
                for (sql, values) in statements {
                    transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
                }
            }
        }
    }
    Ok(())
}

/// Removes what the batch deletes and erases, and writes the budgets that are locked. Few batches do any of it.
async fn remove(transaction: &DatabaseTransaction, plan: &mut Plan) -> Result<(), StoreError> {
    if !plan.deleted.is_empty() {
        let ids = pad_to_statement_size(std::mem::take(&mut plan.deleted));
        let pending = registration::Column::Id.is_in(ids.clone());
        registration::Entity::delete_many().filter(pending).exec(transaction).await?;
        enqueue::delete_for_registrations(transaction, ids).await?;
    }
    if !plan.erased.is_empty() {
        let ids = pad_to_statement_size(std::mem::take(&mut plan.erased));
        idempotency::erase_responses(transaction, ids.clone()).await?;
        enqueue::delete_for_registrations(transaction, ids.clone()).await?;
        webhooks::erase_references(transaction, ids).await?;
    }
    let mut budgets = std::mem::take(&mut plan.changed_budgets);
    while let Some(size) = STATEMENT_SIZES.into_iter().find(|size| *size <= budgets.len()) {
        let rows: Vec<_> = budgets.drain(..size).map(IntoActiveModel::into_active_model).collect();
        let columns = [mail_budget::Column::Sent, mail_budget::Column::UpdatedAt];
        let replace = OnConflict::column(mail_budget::Column::Mailbox).update_columns(columns).to_owned();
        mail_budget::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// What the rows of a statement depend on.
#[derive(Default)]
pub(crate) struct Condition<'a> {
    /// A condition on all inserts, beginning with `WHERE`.
    pub(crate) inserts: &'a str,
    /// An expression that is added to each new waiting list number.
    pub(crate) waitlist_offset: Option<&'a str>,
}

/// The parts of one statement for `PostgreSQL`, by name. Their parameters are appended to `values`.
pub(crate) fn postgres_parts(
    plan: Plan,
    condition: &Condition<'_>,
    values: &mut Vec<Value>,
) -> Vec<(&'static str, String)> {
    let mut parts = Vec::new();
    let mut insert_if = condition.inserts;
    if !plan.updated.is_empty() {
        parts.push(("updated", bulk_update::postgres_sql("registrations", &plan.updated, values)));
        // An address that one registration releases may be taken by a new one, so the updates come first.
        insert_if = "WHERE (SELECT COUNT(*) FROM updated) >= 0";
    }
    if !plan.promoted.is_empty() {
        parts.push(("promoted", seats::waitlist::promotion_sql(&plan.promoted, values)));
    }
    // An insert of no rows would still open the table and its indexes.
    if !plan.inserted.is_empty() {
        let constants = registration_constants(&plan.inserted);
        let offset = condition.waitlist_offset.map(|offset| ("waitlist_number", offset));
        let insert = bulk_insert::bulk_insert_sql_with_offset(plan.inserted, constants, offset, values);
        parts.push(("registered", format!("{insert} {insert_if}")));
    }
    let mut insert = |name, sql: String| parts.push((name, format!("{sql} {}", condition.inserts)));
    if !plan.changes.is_empty() {
        let constants = change_constants(&plan.changes);
        insert("changed", bulk_insert::bulk_insert_sql(plan.changes, constants, values));
    }
    if !plan.records.is_empty() {
        insert("recorded", bulk_insert::bulk_insert_sql(plan.records, &[], values));
    }
    if !plan.audit.is_empty() {
        insert("audited", bulk_insert::bulk_insert_sql(plan.audit, &[], values));
    }
    if !plan.messages.is_empty() {
        insert("queued", bulk_insert::bulk_insert_sql(plan.messages, &[], values));
    }
    if !plan.new_budgets.is_empty() {
        insert("spent", bulk_insert::bulk_insert_sql(plan.new_budgets, &[], values));
    }
    parts
}

/// The statements for `SQLite`, in order. `verb` is `INSERT`, or `INSERT OR ROLLBACK`.
pub(crate) fn sqlite_statements(plan: Plan, verb: &str) -> Vec<(String, Vec<Value>)> {
    let mut statements = bulk_update::sqlite_statements("registrations", &plan.updated);
    statements.extend(seats::waitlist::promotion_statements(&plan.promoted));
    statements.extend(bulk_insert::sqlite_insert_statements(verb, plan.inserted));
    statements.extend(bulk_insert::sqlite_insert_statements(verb, plan.changes));
    statements.extend(bulk_insert::sqlite_insert_statements(verb, plan.records));
    statements.extend(bulk_insert::sqlite_insert_statements(verb, plan.audit));
    statements.extend(bulk_insert::sqlite_insert_statements(verb, plan.messages));
    statements.extend(bulk_insert::sqlite_insert_statements(verb, plan.new_budgets));
    statements
}

/// One text of several statements.
pub(crate) fn join_statements(backend: DbBackend, statements: Vec<(String, Vec<Value>)>) -> Statement {
    let (texts, values): (Vec<String>, Vec<Vec<Value>>) = statements.into_iter().unzip();
    Statement::from_sql_and_values(backend, texts.join("; "), values.into_iter().flatten())
}

/// The columns that need not be sent for these new rows.
fn registration_constants(rows: &[registration::Model]) -> &'static ConstantColumns {
    if rows.iter().all(|row| row.requested_reference.is_none()) { &REGISTRATION_CONSTANTS } else { &[] }
}

fn change_constants(changes: &[OutboxRow]) -> &'static ConstantColumns {
    let is_creation = |change: &OutboxRow| change.kind == "registration.created" && change.sequence == 1;
    if changes.iter().all(is_creation) { &CREATED_CONSTANTS } else { &[] }
}
