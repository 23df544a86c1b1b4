//! Updates many rows, each with values of its own, with few statements.

use sea_orm::sea_query::Value;
use sea_orm::{ColumnTrait as _, EntityTrait, IdenStatic as _, Iterable as _, ModelTrait};

use crate::database::statements::bulk_insert::{ArrayColumn, MAX_ROWS_PER_STATEMENT};

/// The stored form of a row and its new one. Both have the same id.
pub(crate) type Update<M> = (Box<M>, M);

/// The columns in which any row differs from its stored form, and the new values of all rows. The first column is the id.
fn changed_columns<M: ModelTrait>(updates: &[Update<M>]) -> Vec<(<M::Entity as EntityTrait>::Column, Vec<Value>)> {
    let mut changed = Vec::new();
    for (index, column) in <M::Entity as EntityTrait>::Column::iter().enumerate() {
        let new: Vec<Value> = updates.iter().map(|(_, new)| new.get(column)).collect();
        let differs = updates.iter().zip(&new).any(|((stored, _), new)| stored.get(column) != *new);
        if index == 0 || differs {
            changed.push((column, new));
        }
    }
    changed
}

/// One statement for `PostgreSQL`. Its parameters are appended to `values`.
pub(crate) fn postgres_sql<M: ModelTrait>(table: &str, updates: &[Update<M>], values: &mut Vec<Value>) -> String {
    let (mut sent, mut decoded, mut set) = (Vec::new(), Vec::new(), Vec::new());
    for (index, (column, column_values)) in changed_columns(updates).into_iter().enumerate() {
        let definition = column.def();
        let name = format!("\"{}\"", column.as_str());
        let array = ArrayColumn::of(definition.get_column_type());
        let (parameter, value) = array.bind(&name, column_values, definition.is_null(), index == 0, values);
        sent.push(format!("{parameter} AS {name}"));
        decoded.push(format!("{value} AS {name}"));
        if index > 0 {
            set.push(format!("{name} = new.{name}"));
        }
    }
    let [sent, decoded, set] = [sent, decoded, set].map(|list| list.join(", "));
    format!(
        "UPDATE {table} AS stored SET {set} FROM (SELECT {decoded} FROM (SELECT {sent}) AS sent) AS new \
         WHERE stored.id = new.id RETURNING stored.id"
    )
}

/// Statements for `SQLite`.
pub(crate) fn sqlite_statements<M: ModelTrait>(table: &str, updates: &[Update<M>]) -> Vec<(String, Vec<Value>)> {
    let statement = |updates: &[Update<M>]| {
        let columns = changed_columns(updates);
        let set = columns.iter().enumerate().skip(1);
        let set: Vec<String> =
            set.map(|(index, (column, _))| format!("\"{}\" = new.column{}", column.as_str(), index + 1)).collect();
        let row = format!("({})", vec!["?"; columns.len()].join(", "));
        let rows = vec![row; updates.len()].join(", ");
        let mut columns: Vec<_> = columns.into_iter().map(|(_, values)| values.into_iter()).collect();
        let values = (0..updates.len()).flat_map(|_| columns.iter_mut().filter_map(Iterator::next).collect::<Vec<_>>());
        let values = values.collect();
        let sql =
            format!("UPDATE {table} SET {} FROM (VALUES {rows}) AS new WHERE {table}.id = new.column1", set.join(", "));
        (sql, values)
    };
    updates.chunks(MAX_ROWS_PER_STATEMENT).map(statement).collect()
}
