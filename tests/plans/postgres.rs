//! Finds scans of growing tables in `PostgreSQL`'s plans.

use std::collections::BTreeSet;

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, Statement, TransactionTrait as _,
};
use serde_json::Value;

use crate::Scan;
use crate::multiply::multiply;
use crate::tables::{self, Tables};

/// Every scan of a growing table or of a whole index. Sequential scans are disabled, so that one is planned only where no
/// index helps; the planner's choice for a table's size is not tested. Tables have some thousand rows and statistics, so
/// that the planner chooses the right one of several indexes.
pub async fn scans(connection: &DatabaseConnection, statements: &BTreeSet<String>, tables: &Tables) -> Vec<Scan> {
    let transaction = connection.begin().await.unwrap();
    multiply(&transaction, tables).await;
    for setting in ["SET LOCAL enable_seqscan = off", "SET LOCAL plan_cache_mode = force_generic_plan"] {
        transaction.execute_unprepared(setting).await.unwrap();
    }
    let mut scans = Vec::new();
    for statement in statements {
        let plan = plan(&transaction, statement).await;
        let mut found = Vec::new();
        walk(&plan, false, &mut found);
        for (table, how) in found.into_iter().filter(|(table, _)| tables.growing.contains(table)) {
            scans.push(Scan { statement: statement.clone(), table, how });
        }
    }
    transaction.rollback().await.unwrap();
    scans
}

/// The generic plan, which does not depend on the parameters' values; they are NULL here.
async fn plan(transaction: &DatabaseTransaction, statement: &str) -> Value {
    let failed = |error: sea_orm::DbErr| -> Value { panic!("{error}: {statement}") };
    let query = |sql: String| transaction.query_one_raw(Statement::from_string(DbBackend::Postgres, sql));
    if let Err(error) = transaction.execute_unprepared(&format!("PREPARE recorded AS {statement}")).await {
        return failed(error);
    }
    let sql = "SELECT cardinality(parameter_types) AS number FROM pg_prepared_statements WHERE name = 'recorded'";
    let number: i32 = query(sql.to_owned()).await.unwrap().unwrap().try_get("", "number").unwrap();
    let values = vec!["NULL"; usize::try_from(number).unwrap()].join(", ");
    let values = if values.is_empty() { values } else { format!("({values})") };
    let row = query(format!("EXPLAIN (FORMAT JSON) EXECUTE recorded{values}")).await;
    let plan: Value = match row {
        Ok(row) => row.unwrap().try_get("", "QUERY PLAN").unwrap(),
        Err(error) => return failed(error),
    };
    transaction.execute_unprepared("DEALLOCATE recorded").await.unwrap();
    plan[0]["Plan"].clone()
}

/// Collects the scans of a plan's node. An index without a condition is read from its beginning; this is no scan if a LIMIT
/// ends it and no filter skips rows.
fn walk(node: &Value, mut limited: bool, found: &mut Vec<(String, String)>) {
    let text = |name: &str| node[name].as_str().unwrap_or_default();
    let kind = text("Node Type");
    let has_no_filter = node["Filter"].is_null();
    let ended = limited && has_no_filter;
    match kind {
        "Limit" => limited = true,
        // These read all their input before they return a row.
        "Sort" | "Aggregate" | "Hash" | "WindowAgg" | "Materialize" => limited = false,
        _ => {}
    }
    let is_scan = match kind {
        "Seq Scan" | "Index Scan" | "Index Only Scan" => reads_all(node, text("Relation Name")) && !ended,
        "Bitmap Heap Scan" => reads_a_whole_index(node, text("Relation Name")) && !ended,
        _ => false,
    };
    if is_scan {
        let how = format!("{kind} {} {} {}", text("Index Name"), text("Index Cond"), text("Filter"));
        found.push((text("Relation Name").to_owned(), how.trim().to_owned()));
    }
    for inner in node["Plans"].as_array().into_iter().flatten() {
        walk(inner, limited, found);
    }
}

fn reads_a_whole_index(bitmap: &Value, table: &str) -> bool {
    let mut inner = bitmap["Plans"].as_array().into_iter().flatten();
    inner.any(|one| match one["Node Type"].as_str() {
        Some("Bitmap Index Scan") => reads_all(one, table),
        _ => reads_a_whole_index(one, table),
    })
}

/// Whether a scan has no index condition, or only one that nearly all rows may meet.
fn reads_all(scan: &Value, table: &str) -> bool {
    let Some(condition) = scan["Index Cond"].as_str() else { return true };
    let condition_column = condition.trim_matches(['(', ')']).split_once(" = ").map(|(column, _)| column);
    condition_column.is_some_and(|column| tables::is_unselective(table, column)) && !condition.contains(" AND ")
}
