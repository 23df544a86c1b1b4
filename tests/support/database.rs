//! A fresh database for each test.

use plenaria_persistence::store::DatabaseUrl;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};

/// Which engine a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Postgres,
    Sqlite,
}

/// A database of a test's own; SQLite's goes with it, PostgreSQL's with the private server.
pub struct TestDatabase {
    pub engine: Engine,
    pub directory: tempfile::TempDir,
    postgres: Option<String>,
}

impl TestDatabase {
    pub async fn create(engine: Engine) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(create_postgres().await),
        };
        Self { engine, directory, postgres }
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

    /// A connection beside the store's, to look behind the API.
    pub async fn connect(&self) -> DatabaseConnection {
        let url = match self.url() {
            DatabaseUrl::Postgres(url) => url,
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        };
        Database::connect(url).await.expect("a connection")
    }
}

async fn create_postgres() -> String {
    let admin = std::env::var("PLENARIA_TEST_POSTGRES_URL")
        .expect("PLENARIA_TEST_POSTGRES_URL is not set: run scripts/test, which starts a PostgreSQL for the tests");
    let name = format!("test_{}", uuid::Uuid::now_v7().simple());
    let connection = Database::connect(&admin).await.expect("the tests' PostgreSQL");
    connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a new database");
    connection.close().await.expect("closed");
    let (server, _) = admin.rsplit_once('/').expect("a database in the URL");
    format!("{server}/{name}")
}
