//! Statements over many rows, kept few: the engines plan each new text anew and keep a limited number of plans.

use chrono::DateTime;
use sea_orm::sea_query::{ArrayType, SelectStatement, Value};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ColumnType, ConnectionTrait, DatabaseTransaction, DbBackend, EntityName,
    EntityTrait, IdenStatic as _, IntoActiveModel, Iterable as _, ModelTrait, QueryTrait as _, Select, Statement,
};
use uuid::Uuid;

use crate::StoreError;

/// The lengths that lists of values are brought to, and that inserts are cut into.
const LENGTHS: [usize; 5] = [256, 64, 16, 4, 1];

/// Inserts rows. This is where the engines differ: `PostgreSQL` takes them all as one array for each column, one
/// statement and one round trip whatever their number; `SQLite`, which has no round trips, in a few fixed lengths.
pub(crate) async fn insert<A, M>(transaction: &DatabaseTransaction, rows: Vec<M>) -> Result<(), StoreError>
where
    A: ActiveModelTrait + Send,
    M: ModelTrait<Entity = A::Entity> + IntoActiveModel<A>,
{
    if rows.is_empty() {
        return Ok(());
    }
    if transaction.get_database_backend() == DbBackend::Postgres {
        let mut values = Vec::new();
        let sql = insert_arrays(rows, &[], &mut values);
        transaction.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        return Ok(());
    }
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let left = rows.len();
        let length = LENGTHS.into_iter().find(|length| *length <= left).unwrap_or(1);
        let (sql, values) = insert_some(&mut rows, length);
        transaction.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)).await?;
    }
    Ok(())
}

/// How many rows of a table one text inserts on `SQLite`. Every number up to it makes a text of its own, which the engine
/// keeps prepared, so this bounds what it keeps.
pub(crate) const TOGETHER: usize = 256;

/// Inserts rows of three tables on `SQLite` and does one more statement, all as one text while they are few: every text
/// sent costs a change of threads there, and that is what a small batch costs.
pub(crate) async fn insert_together<A, B, C>(
    transaction: &DatabaseTransaction,
    (first, second, third): (Vec<A>, Vec<B>, Vec<C>),
    last: Vec<(String, Vec<Value>)>,
) -> Result<(), StoreError>
where
    A: ModelTrait + IntoActiveModel<<A::Entity as EntityTrait>::ActiveModel>,
    B: ModelTrait + IntoActiveModel<<B::Entity as EntityTrait>::ActiveModel>,
    C: ModelTrait + IntoActiveModel<<C::Entity as EntityTrait>::ActiveModel>,
{
    let (mut first, mut second, mut third) = (first.into_iter(), second.into_iter(), third.into_iter());
    let mut last = Some(last);
    loop {
        let mut parts: Vec<_> = [some(&mut first), some(&mut second), some(&mut third)].into_iter().flatten().collect();
        if first.len() + second.len() + third.len() == 0 {
            parts.extend(last.take().into_iter().flatten());
        }
        if parts.is_empty() {
            return Ok(());
        }
        let (texts, values): (Vec<String>, Vec<Vec<Value>>) = parts.into_iter().unzip();
        let (text, values) = (texts.join("; "), values.into_iter().flatten());
        transaction.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, text, values)).await?;
        if last.is_none() {
            return Ok(());
        }
    }
}

/// The texts that insert rows of three tables on `SQLite`; each has at most [`TOGETHER`] rows.
pub(crate) fn texts<A, B, C>(first: Vec<A>, second: Vec<B>, third: Vec<C>) -> Vec<(String, Vec<Value>)>
where
    A: ModelTrait + IntoActiveModel<<A::Entity as EntityTrait>::ActiveModel>,
    B: ModelTrait + IntoActiveModel<<B::Entity as EntityTrait>::ActiveModel>,
    C: ModelTrait + IntoActiveModel<<C::Entity as EntityTrait>::ActiveModel>,
{
    let (mut first, mut second, mut third) = (first.into_iter(), second.into_iter(), third.into_iter());
    [some(&mut first), some(&mut second), some(&mut third)].into_iter().flatten().collect()
}

fn some<M>(rows: &mut std::vec::IntoIter<M>) -> Option<(String, Vec<Value>)>
where
    M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
{
    (rows.len() > 0).then(|| insert_some(rows, TOGETHER))
}

/// A multi-row `INSERT` of at most so many of these rows; there must be one.
fn insert_some<A, M>(rows: &mut std::vec::IntoIter<M>, most: usize) -> (String, Vec<Value>)
where
    A: ActiveModelTrait,
    M: ModelTrait<Entity = A::Entity> + IntoActiveModel<A>,
{
    // The text is put together here: SeaQuery would write every place holder by itself, and a batch has thousands.
    let columns: Vec<_> = <A::Entity as EntityTrait>::Column::iter().collect();
    let names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.as_str())).collect();
    let row = format!("({})", vec!["?"; columns.len()].join(", "));
    let mut values = Vec::with_capacity(most.min(rows.len()) * columns.len());
    let mut number = 0;
    for mut one in rows.by_ref().take(most).map(IntoActiveModel::into_active_model) {
        number += 1;
        values.extend(columns.iter().map(|column| match one.take(*column).into_value() {
            Some(value) => value,
            None => Kind::of(column.def().get_column_type()).null,
        }));
    }
    let table = EntityName::table_name(&A::Entity::default()).to_owned();
    (format!("INSERT INTO {table} ({}) VALUES {}", names.join(", "), vec![&*row; number].join(", ")), values)
}

/// What rows of a table have alike: columns, and what each of their values is in SQL, which may be another column's. It
/// is not sent for each row. `NULL` stands for columns that are left empty.
pub(crate) type Alike = [(&'static str, &'static str)];

/// `INSERT … SELECT unnest(…), …`, with an array for each column as a parameter behind those already in `values`.
///
/// The arrays are taken apart side by side in the list of what is selected: in `FROM` each of them would be copied as a
/// whole first, which took twice as long. What all rows hold alike is sent once, and its array is empty; the text is the same.
pub(crate) fn insert_arrays<A, M>(rows: Vec<M>, alike: &Alike, values: &mut Vec<Value>) -> String
where
    A: ActiveModelTrait,
    M: ModelTrait<Entity = A::Entity> + IntoActiveModel<A>,
{
    insert_arrays_moved(rows, alike, None, values)
}

/// The same, with what is added to a column of each row.
pub(crate) fn insert_arrays_moved<A, M>(
    rows: Vec<M>,
    alike: &Alike,
    moved: Option<(&str, &str)>,
    values: &mut Vec<Value>,
) -> String
where
    A: ActiveModelTrait,
    M: ModelTrait<Entity = A::Entity> + IntoActiveModel<A>,
{
    let mut rows: Vec<A> = rows.into_iter().map(IntoActiveModel::into_active_model).collect();
    let (mut columns, mut selected, mut sent, mut held) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for column in <A::Entity as EntityTrait>::Column::iter() {
        let definition = column.def();
        let name = format!("\"{}\"", column.as_str());
        if let Some((_, sql)) = alike.iter().find(|(alike, _)| *alike == column.as_str()) {
            if *sql != "NULL" {
                selected.push((*sql).to_owned());
                columns.push(name);
            }
            continue;
        }
        let kind = Kind::of(definition.get_column_type());
        let all =
            rows.iter_mut().map(|row| row.take(column).into_value().unwrap_or_else(|| kind.null.clone())).collect();
        // Empty arrays alone would make no row, so the first column, a part of the key, is always an array.
        let (text, value) = kind.send(&name, all, definition.is_null(), sent.is_empty(), values);
        sent.push(format!("{text} AS {name}"));
        held.push(format!("{value} AS {name}"));
        selected.push(match moved.filter(|(moved, _)| *moved == column.as_str()) {
            Some((_, by)) => format!("{name} + {by}"),
            None => name.clone(),
        });
        columns.push(name);
    }
    let table = EntityName::table_name(&A::Entity::default()).to_owned();
    let [columns, selected, held, sent] = [columns, selected, held, sent].map(|list| list.join(", "));
    format!(
        "INSERT INTO {table} ({columns}) SELECT {selected} FROM (SELECT {held} FROM (SELECT {sent}) AS sent) AS new"
    )
}

/// An array parameter of numbers behind those already in `values`; it gives back its place holder.
pub(crate) fn numbers(numbers: impl Iterator<Item = i64>, values: &mut Vec<Value>) -> String {
    values.push(Value::Array(ArrayType::BigInt, Some(Box::new(numbers.map(Into::into).collect()))));
    format!("${}::bigint[]", values.len())
}

/// An array parameter of ids, like [`numbers`].
pub(crate) fn ids(ids: impl Iterator<Item = Uuid>, values: &mut Vec<Value>) -> String {
    values.push(Value::Array(ArrayType::Uuid, Some(Box::new(ids.map(Into::into).collect()))));
    format!("${}::uuid[]", values.len())
}

/// How a column's values stand in an array.
struct Kind {
    name: &'static str,
    array: ArrayType,
    null: Value,
    /// Stands for NULL: no row holds it. (Optional texts are never empty, numbers count from 0, nothing is from 1970.)
    absent: Value,
    absent_sql: &'static str,
}

impl Kind {
    /// Sends a column's values, and gives back what was sent for each row and what is made of it under its `name`. One row's
    /// value goes by itself; `apart`: those of several go as an array even if they are alike.
    fn send(
        &self,
        name: &str,
        mut all: Vec<Value>,
        nullable: bool,
        apart: bool,
        values: &mut Vec<Value>,
    ) -> (String, String) {
        if all.len() == 1 {
            values.append(&mut all);
            return (format!("${}::{}", values.len(), self.name), name.to_owned());
        }
        let alike = !apart && all.windows(2).all(|two| two[0] == two[1]);
        let once = if alike { all.drain(..).next() } else { None };
        // SeaORM's arrays hold no NULL, so a value that never occurs stands for it.
        let one = if nullable { format!("NULLIF({name}, {})", self.absent_sql) } else { name.to_owned() };
        for value in &mut all {
            if *value == self.null {
                *value = self.absent.clone();
            }
        }
        values.push(Value::Array(self.array.clone(), Some(Box::new(all))));
        let text = format!("unnest(${}::{}[])", values.len(), self.name);
        if apart {
            return (text, one);
        }
        values.push(once.unwrap_or_else(|| self.null.clone()));
        (text, format!("COALESCE({one}, ${}::{})", values.len(), self.name))
    }

    fn of(column: &ColumnType) -> Self {
        match column {
            ColumnType::Uuid => Self {
                name: "uuid",
                array: ArrayType::Uuid,
                null: Value::Uuid(None),
                absent: Uuid::nil().into(),
                absent_sql: "'00000000-0000-0000-0000-000000000000'",
            },
            ColumnType::BigInteger => Self {
                name: "bigint",
                array: ArrayType::BigInt,
                null: Value::BigInt(None),
                absent: (-1i64).into(),
                absent_sql: "-1",
            },
            ColumnType::Boolean => Self {
                name: "boolean",
                array: ArrayType::Bool,
                null: Value::Bool(None),
                absent: false.into(),
                absent_sql: "NULL",
            },
            ColumnType::TimestampWithTimeZone => Self {
                name: "timestamptz",
                array: ArrayType::ChronoDateTimeUtc,
                null: Value::ChronoDateTimeUtc(None),
                absent: DateTime::UNIX_EPOCH.into(),
                absent_sql: "'epoch'",
            },
            ColumnType::Json | ColumnType::JsonBinary => Self {
                name: "jsonb",
                array: ArrayType::Json,
                null: Value::Json(None),
                absent: serde_json::Value::Null.into(),
                absent_sql: "'null'",
            },
            _ => Self {
                name: "text",
                array: ArrayType::String,
                null: Value::String(None),
                absent: "".into(),
                absent_sql: "''",
            },
        }
    }
}

/// The numbers of rows that pages are read with: one more than pages have, mostly.
const PAGES: [u64; 8] = [2, 11, 21, 51, 101, 251, 501, 1001];

/// The first rows of a query.
pub(crate) async fn first<E, C>(query: Select<E>, limit: u64, connection: &C) -> Result<Vec<E::Model>, StoreError>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    let statement = limited(query.into_query(), limit, connection.get_database_backend());
    let mut rows = E::find().from_raw_sql(statement).all(connection).await?;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(rows)
}

/// A query for its first rows; it may find some more than were asked for.
pub(crate) fn limited(mut query: SelectStatement, limit: u64, backend: DbBackend) -> Statement {
    let limit = page(limit, backend);
    query.limit(limit);
    limit_in_text(backend.build(&query), limit)
}

/// How many rows to ask for where so many are wanted: few numbers, since with [`limit_in_text`] each makes a text of its own.
pub(crate) fn page(limit: u64, backend: DbBackend) -> u64 {
    let page = PAGES.into_iter().find(|page| *page >= limit);
    page.filter(|_| backend == DbBackend::Postgres).unwrap_or(limit)
}

/// The statement with its limit, which must be the last of its parameters, in the text.
///
/// Only on `PostgreSQL`: of a parameter the planner thinks that it asks for a tenth of all there is. For a large table it then
/// does not make one plan for all times but one for each page, which takes longer than to read it.
pub(crate) fn limit_in_text(mut statement: Statement, limit: u64) -> Statement {
    if let Some(values) = statement.values.as_mut().filter(|_| statement.db_backend == DbBackend::Postgres) {
        let place = format!(" LIMIT ${}", values.0.len());
        debug_assert!(statement.sql.contains(&place), "the limit is not the last parameter: {}", statement.sql);
        if statement.sql.contains(&place) {
            statement.sql = statement.sql.replacen(&place, &format!(" LIMIT {limit}"), 1);
            values.0.pop();
        }
    }
    statement
}

/// The values, the last one repeated until their number is one of a few.
pub(crate) fn padded<T: Clone>(mut values: Vec<T>) -> Vec<T> {
    if let Some(last) = values.last().cloned() {
        let length = LENGTHS.into_iter().rev().find(|length| *length >= values.len()).unwrap_or(values.len());
        values.resize(length, last);
    }
    values
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::entity::registration::{Column, Entity};

    #[test]
    fn a_limit_stands_in_the_text_where_plans_depend_on_it() {
        use sea_orm::QueryFilter as _;
        let limited = |limit, backend| {
            let query = Entity::find().filter(Column::EventId.eq(Uuid::nil())).into_query();
            let statement = limited(query, limit, backend);
            let (_, end) = statement.sql.split_once(" WHERE ").unwrap();
            (end.to_owned(), statement.values.unwrap().0.len())
        };
        let condition = r#""registrations"."event_id" ="#;
        for (asked, page) in [(1, 2), (20, 21), (21, 21), (101, 101), (5_000, 5_000)] {
            assert_eq!(limited(asked, DbBackend::Postgres), (format!("{condition} $1 LIMIT {page}"), 1));
            assert_eq!(limited(asked, DbBackend::Sqlite), (format!("{condition} ? LIMIT ?"), 2));
        }
    }

    /// A text and how long the arrays are that it is sent with; values by themselves do not count.
    fn sent(events: &[Uuid], registrations: &[Option<Uuid>]) -> (String, Vec<usize>) {
        let change = |(event, registration): (&Uuid, &Option<Uuid>)| crate::outbox::Change {
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
        let text = insert_arrays(changes, &[("type", "'registration.created'"), ("sequence", "1")], &mut values);
        let length = |value: &Value| match value {
            Value::Array(_, Some(all)) => Some(all.len()),
            _ => None,
        };
        (text, values.iter().filter_map(length).collect())
    }

    #[test]
    fn what_rows_hold_alike_is_sent_once_and_their_text_stays_the_same() {
        let [a, b] = [Uuid::now_v7(), Uuid::now_v7()];
        let (text, arrays) = sent(&[a, b, a], &[Some(a), None, Some(b)]);
        assert_eq!(arrays, [3, 3, 3, 0, 0], "id, event, registration, moment, payload: {text}");
        let (other, arrays) = sent(&[a, a], &[None, None]);
        assert_eq!(arrays, [2, 0, 0, 0, 0]);
        assert_eq!(other, text);
        let (alone, arrays) = sent(&[a], &[None]);
        assert!(arrays.is_empty() && !alone.contains("unnest"), "{alone}");
        let (none, arrays) = sent(&[], &[]);
        assert_eq!((none, arrays), (text, vec![0; 5]));
    }
}
