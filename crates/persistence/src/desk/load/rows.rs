//! Reads many registrations at once.
//!
//! What is looked for is sent as one JSON parameter, so that the statement's text is the same for any number of
//! values. On `PostgreSQL` the lateral join makes the planner look up each of them in an index; for a list of values it
//! might read the whole table while its statistics lag behind the table's growth. The event is compared afterwards (outside
//! of `OFFSET 0`, or behind `+`), because an index on the event would lead through all of its registrations for each value.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult, Statement};
use serde::Serialize;
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::desk::ledger::state::Reference;
use crate::entity::registration::Model;

/// A text that is looked for at an event.
pub(super) struct Key {
    pub(super) text: String,
    pub(super) event: Uuid,
}

/// The registrations with these ids.
pub(super) async fn by_ids(transaction: &DatabaseTransaction, ids: Vec<Uuid>) -> Result<Vec<Model>, StoreError> {
    let sql = match transaction.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT r.* FROM json_array_elements_text(CAST($1 AS json)) AS wanted(id) CROSS JOIN LATERAL \
             (SELECT * FROM registrations WHERE id = CAST(wanted.id AS uuid) OFFSET 0) AS r"
        }
        _ => "SELECT r.* FROM json_each($1) AS wanted CROSS JOIN registrations AS r ON r.id = unhex(wanted.value, '-')",
    };
    find(transaction, sql, &ids).await
}

/// The registrations with these ids, and all that hold the same address at the same event or wait for its confirmation.
pub(super) async fn by_ids_with_address(
    transaction: &DatabaseTransaction,
    ids: Vec<Uuid>,
) -> Result<Vec<Model>, StoreError> {
    let sql = match transaction.get_database_backend() {
        DbBackend::Postgres => {
            "WITH named AS (SELECT r.id, r.event_id, split_part(COALESCE(r.active_email, r.former_email), ' ', 1) AS address \
             FROM json_array_elements_text(CAST($1 AS json)) AS wanted(id) CROSS JOIN LATERAL \
             (SELECT * FROM registrations WHERE id = CAST(wanted.id AS uuid) OFFSET 0) AS r) \
             SELECT r.* FROM named CROSS JOIN LATERAL (SELECT * FROM registrations WHERE id = named.id OFFSET 0) AS r \
             UNION ALL SELECT r.* FROM named CROSS JOIN LATERAL (SELECT * FROM registrations \
             WHERE active_email >= named.address AND active_email <= named.address || ' 9' OFFSET 0) AS r \
             WHERE r.event_id = named.event_id AND r.id <> named.id"
        }
        _ => {
            "WITH named AS MATERIALIZED (SELECT r.id, r.event_id, substr(COALESCE(r.active_email, r.former_email), 1, \
             instr(COALESCE(r.active_email, r.former_email) || ' ', ' ') - 1) AS address \
             FROM json_each($1) AS wanted CROSS JOIN registrations AS r ON r.id = unhex(wanted.value, '-')) \
             SELECT r.* FROM named CROSS JOIN registrations AS r ON r.id = named.id \
             UNION ALL SELECT r.* FROM named CROSS JOIN registrations AS r \
             ON r.active_email >= named.address AND r.active_email <= named.address || ' 9' \
             AND +r.event_id = named.event_id AND r.id <> named.id"
        }
    };
    find(transaction, sql, &ids).await
}

/// The registrations that hold one of these addresses at its event, or wait for its confirmation. Their `active_email`
/// is the address, or the address, a space and a digit; no other text lies between these.
pub(super) async fn by_address_ranges(
    transaction: &DatabaseTransaction,
    addresses: Vec<Key>,
) -> Result<Vec<Model>, StoreError> {
    let sql = match transaction.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT r.* FROM json_array_elements(CAST($1 AS json)) AS wanted(pair) CROSS JOIN LATERAL \
             (SELECT * FROM registrations WHERE active_email >= wanted.pair ->> 0 \
             AND active_email <= (wanted.pair ->> 0) || ' 9' OFFSET 0) AS r \
             WHERE r.event_id = CAST(wanted.pair ->> 1 AS uuid)"
        }
        _ => {
            "SELECT r.* FROM json_each($1) AS wanted CROSS JOIN registrations AS r \
             ON r.active_email >= wanted.value ->> 0 AND r.active_email <= (wanted.value ->> 0) || ' 9' \
             AND +r.event_id = unhex(wanted.value ->> 1, '-')"
        }
    };
    find(transaction, sql, &pairs(&addresses)).await
}

/// The registrations with one of these texts in a column, at its event.
pub(super) async fn by_column(
    transaction: &DatabaseTransaction,
    column: &str,
    keys: Vec<Key>,
) -> Result<Vec<Model>, StoreError> {
    let sql = match transaction.get_database_backend() {
        DbBackend::Postgres => format!(
            "SELECT r.* FROM json_array_elements(CAST($1 AS json)) AS wanted(pair) CROSS JOIN LATERAL \
             (SELECT * FROM registrations WHERE {column} = wanted.pair ->> 0 OFFSET 0) AS r \
             WHERE r.event_id = CAST(wanted.pair ->> 1 AS uuid)"
        ),
        _ => format!(
            "SELECT r.* FROM json_each($1) AS wanted CROSS JOIN registrations AS r \
             ON r.{column} = wanted.value ->> 0 AND +r.event_id = unhex(wanted.value ->> 1, '-')"
        ),
    };
    find(transaction, &sql, &pairs(&keys)).await
}

fn pairs(keys: &[Key]) -> Vec<(&str, Uuid)> {
    keys.iter().map(|key| (key.text.as_str(), key.event)).collect()
}

async fn find<T: Serialize>(
    transaction: &DatabaseTransaction,
    sql: &str,
    wanted: &[T],
) -> Result<Vec<Model>, StoreError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    Ok(Model::find_by_statement(statement(transaction, sql, wanted)?).all(transaction).await?)
}

fn statement<T: Serialize>(
    transaction: &DatabaseTransaction,
    sql: &str,
    wanted: &[T],
) -> Result<Statement, StoreError> {
    let wanted = serde_json::to_string(wanted).map_err(|error| StoreError::corrupt("a batch", error))?;
    Ok(Statement::from_sql_and_values(transaction.get_database_backend(), sql, [wanted.into()]))
}

#[derive(FromQueryResult)]
struct UsedReference {
    event_id: Uuid,
    client_id: Uuid,
    external_reference: String,
}

/// Those of these external references that are in use, of any event and client.
pub(super) async fn used_references(
    transaction: &DatabaseTransaction,
    references: Vec<String>,
) -> Result<HashSet<Reference>, StoreError> {
    if references.is_empty() {
        return Ok(HashSet::new());
    }
    let sql = match transaction.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT r.* FROM json_array_elements_text(CAST($1 AS json)) AS wanted(reference) CROSS JOIN LATERAL \
             (SELECT event_id, client_id, external_reference FROM registrations \
             WHERE external_reference = wanted.reference AND client_id IS NOT NULL OFFSET 0) AS r"
        }
        _ => {
            "SELECT r.event_id, r.client_id, r.external_reference FROM json_each($1) AS wanted \
             JOIN registrations AS r ON r.external_reference = wanted.value AND r.client_id IS NOT NULL"
        }
    };
    let used = UsedReference::find_by_statement(statement(transaction, sql, &references)?).all(transaction).await?;
    Ok(used.into_iter().map(|row| (row.event_id, row.client_id, row.external_reference)).collect())
}
