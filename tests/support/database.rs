//! A fresh database for each test.

use std::os::unix::fs::PermissionsExt as _;

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
        let directory = directory();
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(create_postgres(None).await),
        };
        Self { engine, directory, postgres }
    }

    /// Another with the same in it, as it is now; on PostgreSQL, and while nobody is connected to this one.
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

    /// A connection beside the store's, to look behind the API.
    pub async fn connect(&self) -> DatabaseConnection {
        let url = match self.url() {
            DatabaseUrl::Postgres(url) => url,
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        };
        Database::connect(url).await.expect("a connection")
    }
}

/// As the program makes its own, whatever the umask is.
fn directory() -> tempfile::TempDir {
    let mode = std::fs::Permissions::from_mode(0o700);
    tempfile::Builder::new().permissions(mode).tempdir().expect("a temporary directory")
}

async fn create_postgres(template: Option<&str>) -> String {
    let admin = std::env::var("PLENARIA_TEST_POSTGRES_URL")
        .expect("PLENARIA_TEST_POSTGRES_URL is not set: run scripts/test, which starts a PostgreSQL for the tests");
    let name = format!("test_{}", uuid::Uuid::now_v7().simple());
    let connection = Database::connect(&admin).await.expect("the tests' PostgreSQL");
    let template = template.map(|template| format!(" TEMPLATE {template}")).unwrap_or_default();
    connection.execute_unprepared(&format!("CREATE DATABASE {name}{template}")).await.expect("a new database");
    connection.close().await.expect("closed");
    let (server, _) = admin.rsplit_once('/').expect("a database in the URL");
    format!("{server}/{name}")
}
