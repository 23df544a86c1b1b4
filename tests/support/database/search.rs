//! Searches a test's whole database for a text.

use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::server::app::TestApp;

/// The tables that contain this text, which must be in lower case, in any column; on SQLite the files too.
pub async fn places_with(app: &TestApp, text: &str) -> Vec<String> {
    let database = &app.database;
    let tables = match database.engine {
        Engine::Postgres => "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
        Engine::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table'",
    };
    let mut found = Vec::new();
    let tables = names(database, tables).await;
    assert!(tables.len() > 10);
    for table in tables {
        let condition = match database.engine {
            Engine::Postgres => format!("lower(CAST(t.* AS text)) LIKE '%{text}%'"),
            Engine::Sqlite => {
                let columns = names(database, &format!("SELECT name FROM pragma_table_info('{table}')")).await;
                let like = |name: String| format!("lower(CAST(\"{name}\" AS TEXT)) LIKE '%{text}%'");
                columns.into_iter().map(like).collect::<Vec<_>>().join(" OR ")
            }
        };
        let sql = format!("SELECT COUNT(*) AS n FROM \"{table}\" AS t WHERE {condition}");
        if database.number(&sql).await > 0 {
            found.push(table);
        }
    }
    found.extend(files_with(database, text));
    found
}

async fn names(database: &TestDatabase, sql: &str) -> Vec<String> {
    database.rows(sql).await.iter().map(|row| row.try_get("", "name").unwrap()).collect()
}

fn files_with(database: &TestDatabase, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(database.directory.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap().to_ascii_lowercase();
        if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
            found.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        }
    }
    found
}
