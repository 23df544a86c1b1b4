//! Reads the first rows of a query, so that `PostgreSQL` plans few statements and plans them well.
//!
//! The engines plan each new statement text and cache a limited number of plans. On `PostgreSQL` the limit is part of the
//! text, rounded up to one of a few numbers, since the planner assumes of a parameter that it asks for a tenth of all
//! rows. For a large table it would then not cache one plan but plan each page, which takes longer than reading it.

use std::fmt::{self, Write as _};

use sea_orm::sea_query::{PostgresQueryBuilder, QueryBuilder, SelectStatement, SqlWriter, SqlWriterValues, Value};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryTrait as _, Select, Statement};

use crate::database::error::StoreError;

/// The limits in statement texts: mostly one more than the sizes of pages.
const LIMITS: [u64; 8] = [2, 11, 21, 51, 101, 251, 501, 1001];

/// Reads the first rows of a query.
pub(crate) async fn first_rows<E, C>(query: Select<E>, limit: u64, connection: &C) -> Result<Vec<E::Model>, StoreError>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    let statement = with_limit(query.into_query(), limit, connection.get_database_backend());
    let mut rows = E::find().from_raw_sql(statement).all(connection).await?;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(rows)
}

/// Builds a query for its first rows. The result may have more rows than `limit`, which is rounded up.
pub(crate) fn with_limit(mut query: SelectStatement, limit: u64, backend: DbBackend) -> Statement {
    query.limit(round_up_limit(limit, backend));
    build_with_literal_limits(&query, backend)
}

/// Rounds a limit up to one of a few numbers where [`build_with_literal_limits`] makes it a part of the text.
pub(crate) fn round_up_limit(limit: u64, backend: DbBackend) -> u64 {
    let rounded = LIMITS.into_iter().find(|rounded| *rounded >= limit);
    rounded.filter(|_| backend == DbBackend::Postgres).unwrap_or(limit)
}

/// Builds a query; on `PostgreSQL` the limits in it, which are its only unsigned values, become part of the text.
pub(crate) fn build_with_literal_limits(query: &SelectStatement, backend: DbBackend) -> Statement {
    if backend != DbBackend::Postgres {
        return backend.build(query);
    }
    let mut writer = LiteralLimits(SqlWriterValues::new("$", true));
    query.build_collect_into(PostgresQueryBuilder, &mut writer);
    let (sql, values) = writer.0.into_parts();
    Statement::from_sql_and_values(backend, sql, values)
}

/// Writes unsigned values as literals and all others as parameters.
struct LiteralLimits(SqlWriterValues);

impl SqlWriter for LiteralLimits {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, query_builder: &T) {
        match value {
            // `SqlWriterValues` writes to a string, which does not fail.
            Value::BigUnsigned(Some(limit)) => {
                let _ = write!(self.0, "{limit}");
            }
            value => self.0.push_param(value, query_builder),
        }
    }

    fn as_writer(&mut self) -> &mut dyn fmt::Write {
        self
    }
}

impl fmt::Write for LiteralLimits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_str(text)
    }
}

impl fmt::Display for LiteralLimits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ColumnTrait as _, QueryFilter as _};
    use uuid::Uuid;

    use super::*;
    use crate::entity::registration::{Column, Entity};

    #[test]
    fn limits_are_part_of_the_text_only_on_postgres() {
        let built = |limit, backend| {
            let query = Entity::find().filter(Column::EventId.eq(Uuid::nil())).into_query();
            let statement = with_limit(query, limit, backend);
            let (_, end) = statement.sql.split_once(" WHERE ").unwrap();
            (end.to_owned(), statement.values.unwrap().0.len())
        };
        let condition = r#""registrations"."event_id" ="#;
        for (limit, rounded) in [(1, 2), (20, 21), (21, 21), (101, 101), (5_000, 5_000)] {
            assert_eq!(built(limit, DbBackend::Postgres), (format!("{condition} $1 LIMIT {rounded}"), 1));
            assert_eq!(built(limit, DbBackend::Sqlite), (format!("{condition} ? LIMIT ?"), 2));
        }
    }
}
