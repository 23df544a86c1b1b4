//! Finds scans of growing tables in `SQLite`'s plans.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};

use crate::Scan;
use crate::tables::{self, Tables};

/// Every scan of a growing table or of a whole index.
pub async fn scans(connection: &DatabaseConnection, statements: &BTreeSet<String>, tables: &Tables) -> Vec<Scan> {
    let mut scans = Vec::new();
    for statement in statements {
        let aliases = aliases(statement, tables);
        let sql = format!("EXPLAIN QUERY PLAN {statement}");
        let plan = connection.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await;
        for row in plan.unwrap_or_else(|error| panic!("{error}: {statement}")) {
            let how: String = row.try_get("", "detail").unwrap();
            let Some((kind, rest)) = how.split_once(' ') else { continue };
            let Some(table) = rest.split(' ').next().and_then(|name| aliases.get(name)) else { continue };
            // The search condition is at the end, in parentheses.
            let by = how.rsplit_once('(').map_or("", |(_, by)| by.trim_end_matches(')'));
            let unselective = by.strip_suffix("=?").is_some_and(|column| tables::is_unselective(table, column));
            if kind != "SCAN" && !unselective {
                continue;
            }
            let table = table.clone();
            scans.push(Scan { statement: statement.clone(), table, how });
        }
    }
    scans
}

/// The growing tables of a statement by their aliases, which plans use instead of the tables' names.
fn aliases(statement: &str, tables: &Tables) -> HashMap<String, String> {
    let separators = |c: char| c.is_whitespace() || "(),;\"".contains(c);
    let words: Vec<&str> = statement.split(separators).filter(|word| !word.is_empty()).collect();
    let mut aliases = HashMap::new();
    for (at, word) in words.iter().enumerate() {
        if !tables.growing.iter().any(|table| table == word) {
            continue;
        }
        aliases.insert((*word).to_owned(), (*word).to_owned());
        if let [next, alias, ..] = &words[at + 1..]
            && next.eq_ignore_ascii_case("AS")
        {
            aliases.insert((*alias).to_owned(), (*word).to_owned());
        }
    }
    aliases
}
