//! A fresh database for each test.

use std::os::unix::fs::PermissionsExt as _;

use plenaria_persistence::database::url::DatabaseUrl;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, QueryResult, Statement};
use uuid::Uuid;

/// The database engine that a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Postgres,
    Sqlite,
}

/// A test's own database. SQLite's file is removed with it, PostgreSQL's with the server that the tests start.
pub struct TestDatabase {
    pub engine: Engine,
    pub directory: tempfile::TempDir,
    postgres: Option<String>,
}

impl TestDatabase {
    pub async fn create(engine: Engine) -> Self {
        let directory = directory();
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(create_postgres(None).await),
        };
        Self { engine, directory, postgres }
    }

    /// A copy with the same content. Works on PostgreSQL only, while no connection to this database is open.
    pub async fn copy(&self) -> Self {
        let url = self.postgres.as_deref().expect("a database on PostgreSQL");
        let (_, name) = url.rsplit_once('/').expect("a database in the URL");
        let directory = directory();
        Self { engine: self.engine, directory, postgres: Some(create_postgres(Some(name)).await) }
    }

    pub fn url(&self) -> DatabaseUrl {
        match &self.postgres {
            Some(url) => DatabaseUrl::Postgres(url.clone()),
            None => DatabaseUrl::Sqlite(self.directory.path().join("plenaria.db")),
        }
    }

    /// `DATABASE_URL` for the program; empty in embedded mode.
    pub fn environment(&self) -> String {
        self.postgres.clone().unwrap_or_default()
    }

    /// A connection of the test's own, beside the store's.
    pub async fn connect(&self) -> DatabaseConnection {
        let url = match self.url() {
            DatabaseUrl::Postgres(url) => url,
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        };
        Database::connect(url).await.expect("a connection")
    }

    /// Runs statements on a connection of their own.
    pub async fn execute(&self, sql: &str) {
        let connection = self.connect().await;
        connection.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        connection.close().await.expect("closed");
    }

    /// The rows of a query, on a connection of its own.
    pub async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let connection = self.connect().await;
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let rows = connection.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        connection.close().await.expect("closed");
        rows
    }

    /// The column `n` of a query's first row.
    pub async fn number(&self, sql: &str) -> i64 {
        self.rows(sql).await[0].try_get("", "n").expect("a number")
    }

    /// A UUID as an SQL literal of this engine.
    pub fn uuid(&self, id: Uuid) -> String {
        match self.engine {
            Engine::Postgres => format!("'{id}'"),
            Engine::Sqlite => format!("x'{}'", id.simple()),
        }
    }
}

/// A directory with the mode that the program gives its own, whatever the umask is.
fn directory() -> tempfile::TempDir {
    let mode = std::fs::Permissions::from_mode(0o700);
    tempfile::Builder::new().permissions(mode).tempdir().expect("a temporary directory")
}

async fn create_postgres(template: Option<&str>) -> String {
    let admin = std::env::var("PLENARIA_TEST_POSTGRES_URL")
        .expect("PLENARIA_TEST_POSTGRES_URL is not set: run scripts/test, which starts a PostgreSQL for the tests");
    let name = format!("test_{}", Uuid::now_v7().simple());
    let connection = Database::connect(&admin).await.expect("the tests' PostgreSQL");
    let template = template.map(|template| format!(" TEMPLATE {template}")).unwrap_or_default();
    connection.execute_unprepared(&format!("CREATE DATABASE {name}{template}")).await.expect("a new database");
    connection.close().await.expect("closed");
    let (server, _) = admin.rsplit_once('/').expect("a database in the URL");
    format!("{server}/{name}")
}
