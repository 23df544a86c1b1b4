//! Inserts many rows with few statements, whose texts stay the same from batch to batch so that the engines cache their plans.
//!
//! The engines differ here. `PostgreSQL` takes each column as one array parameter: one statement and one round trip,
//! whatever the number of rows. `SQLite`, which has no round trips, takes multi-row `INSERT`s of a few sizes.

use chrono::DateTime;
use sea_orm::sea_query::{ArrayType, Value};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ColumnType, ConnectionTrait, DbBackend, EntityName, EntityTrait, IdenStatic as _,
    IntoActiveModel, Iterable as _, ModelTrait, Statement,
};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::sizes::STATEMENT_SIZES;

/// Inserts rows into one table.
pub(crate) async fn insert<C, A, M>(connection: &C, rows: Vec<M>) -> Result<(), StoreError>
where
    C: ConnectionTrait,
    A: ActiveModelTrait + Send,
    M: ModelTrait<Entity = A::Entity> + IntoActiveModel<A>,
{
    if rows.is_empty() {
        return Ok(());
    }
    if connection.get_database_backend() == DbBackend::Postgres {
        let mut values = Vec::new();
        let sql = bulk_insert_sql(rows, &[], &mut values);
        connection.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        return Ok(());
    }
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let remaining = rows.len();
        let size = STATEMENT_SIZES.into_iter().find(|size| *size <= remaining).unwrap_or(1);
        let (sql, values) = multi_row_insert("INSERT", &mut rows, size);
        connection.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)).await?;
    }
    Ok(())
}

/// How many rows of a table one statement inserts on `SQLite`. Each number of rows up to it makes a text of its own, which the
/// engine keeps prepared, so this bounds the number of prepared statements.
pub(crate) const MAX_ROWS_PER_STATEMENT: usize = 256;

/// The statements that insert rows into one table on `SQLite`, with at most [`MAX_ROWS_PER_STATEMENT`] rows each. `verb` is
/// `INSERT`, or `INSERT OR ROLLBACK`.
pub(crate) fn sqlite_insert_statements<A, M>(verb: &str, rows: Vec<M>) -> Vec<(String, Vec<Value>)>
where
    A: ActiveModelTrait,
    M: ModelTrait<Entity = A::Entity> + IntoActiveModel<A>,
{
    let (mut rows, mut statements) = (rows.into_iter(), Vec::new());
    while rows.len() > 0 {
        statements.push(multi_row_insert(verb, &mut rows, MAX_ROWS_PER_STATEMENT));
    }
    statements
}

/// A multi-row insert that takes at most `max_rows` of the rows, of which there must be one. `verb` is `INSERT`, or
/// `INSERT OR ROLLBACK`.
fn multi_row_insert<A, M>(verb: &str, rows: &mut std::vec::IntoIter<M>, max_rows: usize) -> (String, Vec<Value>)
where
    A: ActiveModelTrait,
    M: ModelTrait<Entity = A::Entity> + IntoActiveModel<A>,
{
    // The text is assembled here, since SeaQuery would write each placeholder separately, and a batch has thousands.
    let columns: Vec<_> = <A::Entity as EntityTrait>::Column::iter().collect();
    let names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.as_str())).collect();
    let placeholders = format!("({})", vec!["?"; columns.len()].join(", "));
    let mut values = Vec::with_capacity(max_rows.min(rows.len()) * columns.len());
    let mut count = 0;
    for mut row in rows.by_ref().take(max_rows).map(IntoActiveModel::into_active_model) {
        count += 1;
        values.extend(columns.iter().map(|column| match row.take(*column).into_value() {
            Some(value) => value,
            None => ArrayColumn::of(column.def().get_column_type()).null,
        }));
    }
    let table = EntityName::table_name(&A::Entity::default()).to_owned();
    (format!("{verb} INTO {table} ({}) VALUES {}", names.join(", "), vec![&*placeholders; count].join(", ")), values)
}

/// Columns that are not sent for each row: the name, and an SQL expression for the value, which may use other columns.
/// `NULL` stands for columns that stay empty.
pub(crate) type ConstantColumns = [(&'static str, &'static str)];

/// Builds `INSERT … SELECT unnest(…), …` for `PostgreSQL`, with one array parameter for each column. The parameters are
/// appended to `values`.
///
/// The arrays are unnested side by side in the select list: in `FROM`, each of them would first be copied as a whole, which
/// took twice as long. A value that all rows share is sent once, beside an empty array, so that the text stays the same.
pub(crate) fn bulk_insert_sql<A, M>(rows: Vec<M>, constants: &ConstantColumns, values: &mut Vec<Value>) -> String
where
    A: ActiveModelTrait,
    M: ModelTrait<Entity = A::Entity> + IntoActiveModel<A>,
{
    bulk_insert_sql_with_offset(rows, constants, None, values)
}

/// As [`bulk_insert_sql`], with the name of a column and an SQL expression that is added to its value in each row.
pub(crate) fn bulk_insert_sql_with_offset<A, M>(
    rows: Vec<M>,
    constants: &ConstantColumns,
    offset: Option<(&str, &str)>,
    values: &mut Vec<Value>,
) -> String
where
    A: ActiveModelTrait,
    M: ModelTrait<Entity = A::Entity> + IntoActiveModel<A>,
{
    let mut rows: Vec<A> = rows.into_iter().map(IntoActiveModel::into_active_model).collect();
    let (mut columns, mut selected, mut sent, mut decoded) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for column in <A::Entity as EntityTrait>::Column::iter() {
        let definition = column.def();
        let name = format!("\"{}\"", column.as_str());
        if let Some((_, sql)) = constants.iter().find(|(constant, _)| *constant == column.as_str()) {
            if *sql != "NULL" {
                selected.push((*sql).to_owned());
                columns.push(name);
            }
            continue;
        }
        let array_column = ArrayColumn::of(definition.get_column_type());
        let column_values = rows
            .iter_mut()
            .map(|row| row.take(column).into_value().unwrap_or_else(|| array_column.null.clone()))
            .collect();
        // Empty arrays alone would make no row, so the first column, a part of the key, is always sent as a full array.
        let first = sent.is_empty();
        let (parameter, value) = array_column.bind(&name, column_values, definition.is_null(), first, values);
        sent.push(format!("{parameter} AS {name}"));
        decoded.push(format!("{value} AS {name}"));
        selected.push(match offset.filter(|(offset_column, _)| *offset_column == column.as_str()) {
            Some((_, sql)) => format!("{name} + {sql}"),
            None => name.clone(),
        });
        columns.push(name);
    }
    let table = EntityName::table_name(&A::Entity::default()).to_owned();
    let [columns, selected, decoded, sent] = [columns, selected, decoded, sent].map(|list| list.join(", "));
    format!(
        "INSERT INTO {table} ({columns}) SELECT {selected} FROM (SELECT {decoded} FROM (SELECT {sent}) AS sent) AS new"
    )
}

/// Appends an array parameter of numbers to `values` and returns its placeholder.
pub(crate) fn bind_bigint_array(numbers: impl Iterator<Item = i64>, values: &mut Vec<Value>) -> String {
    values.push(Value::Array(ArrayType::BigInt, Some(Box::new(numbers.map(Into::into).collect()))));
    format!("${}::bigint[]", values.len())
}

/// Appends an array parameter of ids to `values` and returns its placeholder.
pub(crate) fn bind_uuid_array(ids: impl Iterator<Item = Uuid>, values: &mut Vec<Value>) -> String {
    values.push(Value::Array(ArrayType::Uuid, Some(Box::new(ids.map(Into::into).collect()))));
    format!("${}::uuid[]", values.len())
}

/// Whether two values of a column are equal. SeaQuery would compare the texts of JSON documents, and write them for it.
fn are_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Json(one), Value::Json(other)) => one == other,
        _ => one == other,
    }
}

/// How a column's values are sent as an array.
///
/// SeaQuery's arrays can hold `NULL` (`Vec<Option<T>>`), but its binder for `SQLx` (sea-query-sqlx 0.9.1) converts each
/// array to a `Vec<T>` and panics at `NULL`. So `NULL` is sent as a value that no row holds (optional texts are never
/// empty, numbers count from 0, no time is from 1970), and turned back by `NULLIF`.
pub(crate) struct ArrayColumn {
    sql_type: &'static str,
    array_type: ArrayType,
    null: Value,
    null_substitute: Value,
    null_substitute_sql: &'static str,
}

impl ArrayColumn {
    /// Appends a column's values to `values`. Returns the SQL of the parameter, and the SQL that makes the column's value of
    /// it, where it is called `name`. One row is sent as a plain value. Equal values of several rows are sent once, unless
    /// `full_array` is set.
    pub(crate) fn bind(
        &self,
        name: &str,
        mut column_values: Vec<Value>,
        nullable: bool,
        full_array: bool,
        values: &mut Vec<Value>,
    ) -> (String, String) {
        if column_values.len() == 1 {
            values.append(&mut column_values);
            return (format!("${}::{}", values.len(), self.sql_type), name.to_owned());
        }
        let equal = !full_array && column_values.windows(2).all(|pair| are_equal(&pair[0], &pair[1]));
        let shared = if equal { column_values.drain(..).next() } else { None };
        let value = if nullable { format!("NULLIF({name}, {})", self.null_substitute_sql) } else { name.to_owned() };
        for value in &mut column_values {
            if *value == self.null {
                *value = self.null_substitute.clone();
            }
        }
        values.push(Value::Array(self.array_type.clone(), Some(Box::new(column_values))));
        let parameter = format!("unnest(${}::{}[])", values.len(), self.sql_type);
        if full_array {
            return (parameter, value);
        }
        values.push(shared.unwrap_or_else(|| self.null.clone()));
        (parameter, format!("COALESCE({value}, ${}::{})", values.len(), self.sql_type))
    }

    pub(crate) fn of(column: &ColumnType) -> Self {
        match column {
            ColumnType::Uuid => Self {
                sql_type: "uuid",
                array_type: ArrayType::Uuid,
                null: Value::Uuid(None),
                null_substitute: Uuid::nil().into(),
                null_substitute_sql: "'00000000-0000-0000-0000-000000000000'",
            },
            ColumnType::BigInteger => Self {
                sql_type: "bigint",
                array_type: ArrayType::BigInt,
                null: Value::BigInt(None),
                null_substitute: (-1i64).into(),
                null_substitute_sql: "-1",
            },
            ColumnType::Boolean => Self {
                sql_type: "boolean",
                array_type: ArrayType::Bool,
                null: Value::Bool(None),
                null_substitute: false.into(),
                null_substitute_sql: "NULL",
            },
            ColumnType::TimestampWithTimeZone => Self {
                sql_type: "timestamptz",
                array_type: ArrayType::ChronoDateTimeUtc,
                null: Value::ChronoDateTimeUtc(None),
                null_substitute: DateTime::UNIX_EPOCH.into(),
                null_substitute_sql: "'epoch'",
            },
            ColumnType::Json | ColumnType::JsonBinary => Self {
                sql_type: "jsonb",
                array_type: ArrayType::Json,
                null: Value::Json(None),
                null_substitute: serde_json::Value::Null.into(),
                null_substitute_sql: "'null'",
            },
            _ => Self {
                sql_type: "text",
                array_type: ArrayType::String,
                null: Value::String(None),
                null_substitute: "".into(),
                null_substitute_sql: "''",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::outbox;

    /// The text, and the lengths of the arrays that are sent with it.
    fn build(events: &[Uuid], registrations: &[Option<Uuid>]) -> (String, Vec<usize>) {
        let change = |(event, registration): (&Uuid, &Option<Uuid>)| outbox::Model {
            id: Uuid::now_v7(),
            kind: "registration.created".to_owned(),
            event_id: *event,
            registration_id: *registration,
            sequence: 1,
            occurred_at: DateTime::UNIX_EPOCH,
            payload: serde_json::json!({}),
        };
        let mut values = Vec::new();
        let changes: Vec<_> = events.iter().zip(registrations).map(change).collect();
        let text = bulk_insert_sql(changes, &[("type", "'registration.created'"), ("sequence", "1")], &mut values);
        let length = |value: &Value| match value {
            Value::Array(_, Some(array)) => Some(array.len()),
            _ => None,
        };
        (text, values.iter().filter_map(length).collect())
    }

    #[test]
    fn values_that_rows_share_are_sent_once_and_the_text_stays_the_same() {
        let [a, b] = [Uuid::now_v7(), Uuid::now_v7()];
        let (text, arrays) = build(&[a, b, a], &[Some(a), None, Some(b)]);
        assert_eq!(arrays, [3, 3, 3, 0, 0], "id, event, registration, occurred_at, payload: {text}");
        let (other, arrays) = build(&[a, a], &[None, None]);
        assert_eq!(arrays, [2, 0, 0, 0, 0]);
        assert_eq!(other, text);
        let (single, arrays) = build(&[a], &[None]);
        assert!(arrays.is_empty() && !single.contains("unnest"), "{single}");
        let (empty, arrays) = build(&[], &[]);
        assert_eq!((empty, arrays), (text, vec![0; 5]));
    }
}
