//! Query plans: the test records every statement that the program sends while all its operations are called, and asks the
//! database for its plan. No plan may scan a growing table, unless `tables.rs` lists the exception. The tables come from
//! the schema, the operations from the specification.
//!
//! It is a test program of its own because it records all statements of its process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, unused_imports, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod multiply;
mod postgres;
mod sqlite;
mod statements;
mod tables;
mod tour;

use std::collections::BTreeSet;

use crate::support::database::test_database::Engine;
use crate::support::server::app::TestApp;
use tables::Tables;

/// A statement, the growing table that it scans, and the step of the plan that scans it.
struct Scan {
    statement: String,
    table: String,
    how: String,
}

async fn no_growing_table_is_scanned(engine: Engine) {
    statements::record();
    let app = support::webhooks::worker::start(engine).await;
    // Migrations run once, so their statements are not checked.
    statements::take(engine);
    tour::everything(&app).await;
    let statements = statements::take(engine);
    assert!(statements.len() > 100, "only {} statements were recorded", statements.len());
    let connection = app.database.connect().await;
    let tables = Tables::read(&connection).await;
    let scans = match engine {
        Engine::Postgres => postgres::scans(&connection, &statements, &tables).await,
        Engine::Sqlite => sqlite::scans(&connection, &statements, &tables).await,
    };
    tables::check(engine, &scans);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    no_growing_table_is_scanned(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    no_growing_table_is_scanned(Engine::Sqlite).await;
}
