//! Multiplies the rows of every growing table, so that plans are made for large tables.

use std::fmt::Write as _;

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Statement};

use crate::tables::{self, Tables};

/// The number of rows that each table gets.
const ROWS: i64 = 3_000;

/// Multiplies the rows of every growing table and gathers statistics, on `PostgreSQL` and within a transaction that the
/// caller rolls back. Copies get new ids and unique values. A table without rows fails the test: the tour must fill it.
pub async fn multiply(transaction: &DatabaseTransaction, tables: &Tables) {
    // The sequencer has emptied the outbox.
    let outbox = "INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) \
                  SELECT id, type, event_id, registration_id, sequence, occurred_at, data FROM changes LIMIT 5";
    for statement in ["SET LOCAL session_replication_role = replica", outbox] {
        transaction.execute_unprepared(statement).await.unwrap();
    }
    for table in &tables.growing {
        let existing: i64 = number(transaction, &format!("SELECT COUNT(*) AS number FROM {table}")).await;
        assert!(existing > 0, "{table} is empty: add an operation that fills it to `tour.rs`");
        let sql = format!(
            "INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(t) || jsonb_build_object({}))).* \
             FROM {table} AS t, generate_series(1, {}) AS copies (n)",
            changed_columns(transaction, table).await,
            ROWS / existing + 1
        );
        transaction.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
        transaction.execute_unprepared(&format!("ANALYZE {table}")).await.unwrap();
    }
}

/// The columns that differ in a copy, as pairs of names and expressions.
async fn changed_columns(transaction: &DatabaseTransaction, table: &str) -> String {
    let sql = format!(
        "SELECT CAST(a.attname AS text) AS name, format_type(a.atttypid, NULL) AS type, \
         EXISTS (SELECT 1 FROM pg_index AS i WHERE i.indrelid = a.attrelid AND i.indisunique AND a.attnum = ANY (i.indkey)) \
         AS only FROM pg_attribute AS a WHERE a.attrelid = '{table}'::regclass AND a.attnum > 0 AND NOT a.attisdropped"
    );
    let rows = transaction.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    let mut changed_columns = String::new();
    for row in rows {
        let (name, kind): (String, String) = (row.try_get("", "name").unwrap(), row.try_get("", "type").unwrap());
        // Many rows share a value of this column.
        if tables::is_unselective(table, &name) {
            continue;
        }
        let other = match (kind.as_str(), row.try_get("", "only").unwrap()) {
            ("uuid", _) => "gen_random_uuid()".to_owned(),
            ("text", true) => format!("t.{name} || '-' || n"),
            ("bigint", true) => format!("t.{name} + n * 1000000"),
            _ => continue,
        };
        let separator = if changed_columns.is_empty() { "" } else { ", " };
        // NULL stays NULL.
        write!(changed_columns, "{separator}'{name}', CASE WHEN t.{name} IS NOT NULL THEN {other} END").unwrap();
    }
    changed_columns
}

async fn number(transaction: &DatabaseTransaction, sql: &str) -> i64 {
    let row = transaction.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    row.unwrap().try_get("", "number").unwrap()
}
