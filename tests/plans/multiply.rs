//! Many rows for every table that grows, made of those that are there.

use std::fmt::Write as _;

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Statement};

use crate::tables::{self, Tables};

/// How many rows a table gets.
const ROWS: i64 = 3_000;

/// Multiplies the rows of every growing table, and gathers statistics, on `PostgreSQL` and within a transaction that is
/// taken back. Ids are new ones, so every row is about something else; what must be unique is made so. A table without a
/// row fails: the tour has not been there.
pub async fn multiply(transaction: &DatabaseTransaction, tables: &Tables) {
    // What is in the outbox goes on at once.
    let outbox = "INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) \
                  SELECT id, type, event_id, registration_id, sequence, occurred_at, data FROM changes LIMIT 5";
    for statement in ["SET LOCAL session_replication_role = replica", outbox] {
        transaction.execute_unprepared(statement).await.unwrap();
    }
    for table in &tables.growing {
        let there: i64 = number(transaction, &format!("SELECT COUNT(*) AS number FROM {table}")).await;
        assert!(there > 0, "{table} is empty: let `tour.rs` do what fills it");
        let sql = format!(
            "INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(t) || jsonb_build_object({}))).* \
             FROM {table} AS t, generate_series(1, {}) AS copies (n)",
            others(transaction, table).await,
            ROWS / there + 1
        );
        transaction.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
        transaction.execute_unprepared(&format!("ANALYZE {table}")).await.unwrap();
    }
}

/// The columns that are other ones in a copy: names and expressions.
async fn others(transaction: &DatabaseTransaction, table: &str) -> String {
    let sql = format!(
        "SELECT CAST(a.attname AS text) AS name, format_type(a.atttypid, NULL) AS type, \
         EXISTS (SELECT 1 FROM pg_index AS i WHERE i.indrelid = a.attrelid AND i.indisunique AND a.attnum = ANY (i.indkey)) \
         AS only FROM pg_attribute AS a WHERE a.attrelid = '{table}'::regclass AND a.attnum > 0 AND NOT a.attisdropped"
    );
    let rows = transaction.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    let mut others = String::new();
    for row in rows {
        let (name, kind): (String, String) = (row.try_get("", "name").unwrap(), row.try_get("", "type").unwrap());
        // There are many of one.
        if tables::is_all_of_one(table, &name) {
            continue;
        }
        let other = match (kind.as_str(), row.try_get("", "only").unwrap()) {
            ("uuid", _) => "gen_random_uuid()".to_owned(),
            ("text", true) => format!("t.{name} || '-' || n"),
            ("bigint", true) => format!("t.{name} + n * 1000000"),
            _ => continue,
        };
        let separator = if others.is_empty() { "" } else { ", " };
        // What is not there stays so.
        write!(others, "{separator}'{name}', CASE WHEN t.{name} IS NOT NULL THEN {other} END").unwrap();
    }
    others
}

async fn number(transaction: &DatabaseTransaction, sql: &str) -> i64 {
    let row = transaction.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    row.unwrap().try_get("", "number").unwrap()
}
