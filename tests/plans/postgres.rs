//! What `PostgreSQL` says of how it would do a statement.

use std::collections::BTreeSet;

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, Statement, TransactionTrait as _,
};
use serde_json::Value;

use crate::Scan;
use crate::multiply::multiply;
use crate::tables::{self, Tables};

/// Every scan of a growing table, along the table or along a whole index. Sequential scans are so dear here that one is
/// planned only where no index can help; that the planner chooses well for a table's size is not for a test. Tables have
/// some thousand rows and statistics, so that among several indexes the right one is taken.
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

/// The plan for any values at all, since what stands for them here is NULL.
async fn plan(transaction: &DatabaseTransaction, statement: &str) -> Value {
    let failed = |error: sea_orm::DbErr| -> Value { panic!("{error}: {statement}") };
    let ask = |sql: String| transaction.query_one_raw(Statement::from_string(DbBackend::Postgres, sql));
    if let Err(error) = transaction.execute_unprepared(&format!("PREPARE heard AS {statement}")).await {
        return failed(error);
    }
    let sql = "SELECT cardinality(parameter_types) AS number FROM pg_prepared_statements WHERE name = 'heard'";
    let number: i32 = ask(sql.to_owned()).await.unwrap().unwrap().try_get("", "number").unwrap();
    let values = vec!["NULL"; usize::try_from(number).unwrap()].join(", ");
    let values = if values.is_empty() { values } else { format!("({values})") };
    let row = ask(format!("EXPLAIN (FORMAT JSON) EXECUTE heard{values}")).await;
    let plan: Value = match row {
        Ok(row) => row.unwrap().try_get("", "QUERY PLAN").unwrap(),
        Err(error) => return failed(error),
    };
    transaction.execute_unprepared("DEALLOCATE heard").await.unwrap();
    plan[0]["Plan"].clone()
}

/// An index is read from its beginning where nothing says where to begin in it. That is no scan where a LIMIT ends it and
/// every row on the way counts.
fn walk(node: &Value, mut limited: bool, found: &mut Vec<(String, String)>) {
    let text = |name: &str| node[name].as_str().unwrap_or_default();
    let kind = text("Node Type");
    let nothing_is_left_out = node["Filter"].is_null();
    let ended = limited && nothing_is_left_out;
    match kind {
        "Limit" => limited = true,
        // They read all before they give anything.
        "Sort" | "Aggregate" | "Hash" | "WindowAgg" | "Materialize" => limited = false,
        _ => {}
    }
    let whole = match kind {
        "Seq Scan" | "Index Scan" | "Index Only Scan" => takes_all(node, text("Relation Name")) && !ended,
        "Bitmap Heap Scan" => takes_a_whole_index(node, text("Relation Name")) && !ended,
        _ => false,
    };
    if whole {
        let how = format!("{kind} {} {} {}", text("Index Name"), text("Index Cond"), text("Filter"));
        found.push((text("Relation Name").to_owned(), how.trim().to_owned()));
    }
    for inner in node["Plans"].as_array().into_iter().flatten() {
        walk(inner, limited, found);
    }
}

fn takes_a_whole_index(bitmap: &Value, table: &str) -> bool {
    let mut inner = bitmap["Plans"].as_array().into_iter().flatten();
    inner.any(|one| match one["Node Type"].as_str() {
        Some("Bitmap Index Scan") => takes_all(one, table),
        _ => takes_a_whole_index(one, table),
    })
}

/// No condition on the index, or no other than on whose rows they are.
fn takes_all(scan: &Value, table: &str) -> bool {
    let Some(condition) = scan["Index Cond"].as_str() else { return true };
    let owner = condition.trim_matches(['(', ')']).split_once(" = ").map(|(column, _)| column);
    owner.is_some_and(|column| tables::is_all_of_one(table, column)) && !condition.contains(" AND ")
}
