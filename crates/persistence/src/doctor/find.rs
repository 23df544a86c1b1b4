//! Rows that a condition finds: how many there are, and the ids of the first few.

use plenaria_domain::doctor::{Finding, Kind, NAMED};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult, Statement};
use uuid::Uuid;

use crate::StoreError;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    number: i64,
}

/// Finds the ids that `select` selects (as `id`): one finding about all of them, or none.
pub(super) async fn find(
    transaction: &DatabaseTransaction,
    kind: Kind,
    select: &str,
    values: impl IntoIterator<Item = Value> + Send,
    what: &str,
) -> Result<Option<Finding>, StoreError> {
    let sql = format!("SELECT id, COUNT(*) OVER () AS number FROM ({select}) AS found ORDER BY id LIMIT {NAMED}");
    let rows: Vec<Row> = all(transaction, &sql, values).await?;
    let number = rows.first().map_or(0, |row| row.number);
    let ids: Vec<Uuid> = rows.into_iter().map(|row| row.id).collect();
    Ok((number > 0).then(|| Finding::among(kind, ids, number.unsigned_abs(), what)))
}

/// All rows of a query.
pub(super) async fn all<T: FromQueryResult>(
    transaction: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value> + Send,
) -> Result<Vec<T>, StoreError> {
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
    Ok(T::find_by_statement(statement).all(transaction).await?)
}

/// The first row of a query.
pub(super) async fn one<T: FromQueryResult>(
    transaction: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value> + Send,
) -> Result<Option<T>, StoreError> {
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
    Ok(T::find_by_statement(statement).one(transaction).await?)
}
