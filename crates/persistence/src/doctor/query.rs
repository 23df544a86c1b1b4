//! Queries of the examinations.

use plenaria_domain::doctor::{Finding, Kind, MAX_IDS};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult, Statement};
use uuid::Uuid;

use crate::database::error::StoreError;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    number: i64,
}

/// Makes one finding about all rows that `select` selects, with their number and the first few ids, or none if there
/// are no such rows. `select` must name the id column `id`.
pub(crate) async fn find_rows(
    transaction: &DatabaseTransaction,
    kind: Kind,
    select: &str,
    values: impl IntoIterator<Item = Value> + Send,
    what: &str,
) -> Result<Option<Finding>, StoreError> {
    let sql = format!("SELECT id, COUNT(*) OVER () AS number FROM ({select}) AS found ORDER BY id LIMIT {MAX_IDS}");
    let rows: Vec<Row> = query_all(transaction, &sql, values).await?;
    let number = rows.first().map_or(0, |row| row.number);
    let ids: Vec<Uuid> = rows.into_iter().map(|row| row.id).collect();
    Ok((number > 0).then(|| Finding::about_rows(kind, ids, number.unsigned_abs(), what)))
}

/// Returns all rows of a query.
pub(crate) async fn query_all<T: FromQueryResult>(
    transaction: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value> + Send,
) -> Result<Vec<T>, StoreError> {
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
    Ok(T::find_by_statement(statement).all(transaction).await?)
}

/// Returns the first row of a query.
pub(crate) async fn query_one<T: FromQueryResult>(
    transaction: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value> + Send,
) -> Result<Option<T>, StoreError> {
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
    Ok(T::find_by_statement(statement).one(transaction).await?)
}
