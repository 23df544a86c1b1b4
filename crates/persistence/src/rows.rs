//! Statements over many rows, kept few: the engines plan each new text anew and keep a limited number of plans.

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbBackend, Insert, IntoActiveModel,
    ModelTrait, QueryTrait, Statement,
};
use serde::Serialize;

use crate::StoreError;

/// The lengths that lists of values are brought to, and that inserts are cut into.
const LENGTHS: [usize; 5] = [256, 64, 16, 4, 1];

/// Inserts rows. This is where the engines differ: `PostgreSQL` takes them all as one JSON parameter, one statement
/// and one round trip whatever their number; `SQLite`, which has no round trips, takes them in a few fixed lengths.
pub(crate) async fn insert<M, A>(transaction: &DatabaseTransaction, rows: Vec<M>) -> Result<(), StoreError>
where
    M: ModelTrait + Serialize + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity> + Send,
{
    if rows.is_empty() {
        return Ok(());
    }
    if transaction.get_database_backend() == DbBackend::Postgres {
        let table = M::Entity::default();
        let table = sea_orm::EntityName::table_name(&table);
        let json = serde_json::to_string(&rows).map_err(|error| StoreError::corrupt("new rows", error))?;
        let sql = format!("INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, CAST($1 AS json))");
        transaction.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [json.into()])).await?;
        return Ok(());
    }
    let mut rows = rows.into_iter().map(IntoActiveModel::into_active_model).peekable();
    while rows.peek().is_some() {
        let left = rows.len();
        let length = LENGTHS.into_iter().find(|length| *length <= left).unwrap_or(1);
        let insert = Insert::<A>::many(rows.by_ref().take(length));
        transaction.execute(&QueryTrait::into_query(insert)).await?;
    }
    Ok(())
}

/// The values, the last one repeated until their number is one of a few.
pub(crate) fn padded<T: Clone>(mut values: Vec<T>) -> Vec<T> {
    if let Some(last) = values.last().cloned() {
        let length = LENGTHS.into_iter().rev().find(|length| *length >= values.len()).unwrap_or(values.len());
        values.resize(length, last);
    }
    values
}
