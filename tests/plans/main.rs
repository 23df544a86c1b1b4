//! How the database does what it is asked: every statement that the program sends while all its operations are called is
//! written down, and the database says how it would do it. None may read a table that grows from one end to the other,
//! unless `tables.rs` says why it may. The tables come from the schema, the operations from the specification.
//!
//! It is a program by itself because it listens to all statements of its process.

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

use support::{Engine, TestApp};
use tables::Tables;

/// A statement, and the table of which it reads everything, with how.
struct Scan {
    statement: String,
    table: String,
    how: String,
}

async fn nothing_that_grows_is_read_from_end_to_end(engine: Engine) {
    statements::listen();
    let app = support::hooks::start(engine).await;
    // What the migrations do they do once.
    statements::take(engine);
    tour::everything(&app).await;
    let statements = statements::take(engine);
    assert!(statements.len() > 100, "only {} statements were heard", statements.len());
    let connection = app.database.connect().await;
    let tables = Tables::read(&connection).await;
    let scans = match engine {
        Engine::Postgres => postgres::scans(&connection, &statements, &tables).await,
        Engine::Sqlite => sqlite::scans(&connection, &statements, &tables).await,
    };
    tables::judge(engine, &scans);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    nothing_that_grows_is_read_from_end_to_end(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    nothing_that_grows_is_read_from_end_to_end(Engine::Sqlite).await;
}
