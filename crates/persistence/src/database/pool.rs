//! Configures the connection pools of both engines.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{Connection as _, Postgres};
use sea_orm::{ConnectOptions, DatabaseConnection, DbBackend};

use crate::database::connection_health::ConnectionHealth;

/// How long work may wait for a free connection.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// The desk alone uses its pool, so a connection is free at once or the database is unavailable. Its callers may wait for the
/// batch before theirs too, and should get an error within a second.
const DESK_ACQUIRE_TIMEOUT: Duration = Duration::from_millis(400);
/// How many pages `SQLite`'s write-ahead log holds before a commit itself moves them into the database file: 64 MiB. In `serve`
/// and `worker` a background task (`checkpoint`) moves them long before; this bounds the log of commands, and of a disk that is
/// too slow for the task.
const SQLITE_CHECKPOINT_PAGES: &str = "16384";
/// How long a process waits for the write of another one on `SQLite`.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(4);

/// Whether every statement is logged, without its values. The log filter must name the target `sqlx::query`, as the tests of
/// query plans do, since logging costs time for each statement.
fn statement_logging_enabled() -> bool {
    tracing::enabled!(target: "sqlx::query", tracing::Level::TRACE)
}

/// A `PostgreSQL` connection that is held from one statement to the next. Releasing it in between would cost a round trip, by
/// which the pool checks it; meanwhile the pool would hand out another connection, whose server process has cold caches.
pub(crate) type HeldConnection = Option<PoolConnection<Postgres>>;

/// The connections of one pool at one instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolStats {
    pub(crate) name: &'static str,
    pub(crate) open: u32,
    pub(crate) in_use: u32,
    pub(crate) max: u32,
}

/// Counts the connections of a pool.
pub(crate) fn pool_stats(name: &'static str, connection: &DatabaseConnection) -> PoolStats {
    let (open, idle, max) = if connection.get_database_backend() == DbBackend::Postgres {
        let pool = connection.get_postgres_connection_pool();
        (pool.size(), pool.num_idle(), pool.options().get_max_connections())
    } else {
        let pool = connection.get_sqlite_connection_pool();
        (pool.size(), pool.num_idle(), pool.options().get_max_connections())
    };
    PoolStats { name, open, in_use: open.saturating_sub(u32::try_from(idle).unwrap_or(u32::MAX)), max }
}

/// Closes the idle connections of a `PostgreSQL` pool at once.
pub(crate) fn discard_idle(connection: &DatabaseConnection) {
    while let Some(idle) = connection.get_postgres_connection_pool().try_acquire() {
        drop(idle.detach());
    }
}

/// The `PostgreSQL` pool whose commits do not wait for the disk, for work that is repeated after a crash.
pub(crate) fn async_commit_pool(url: &str, health: &ConnectionHealth) -> ConnectOptions {
    let mut options = postgres(url, 4, ACQUIRE_TIMEOUT, health);
    options.min_connections(0).connect_lazy(true);
    options.map_sqlx_postgres_opts(|options| options.options([("synchronous_commit", "off")]));
    options
}

/// The settings of the desk's connections to `PostgreSQL`.
///
/// Its statements have the same text for batches of every size, and planning one for each batch costs more than the batch;
/// by default the engine decides by the first five executions, which are small. So plans are generic. Each of them looks
/// up every row in an index: one that was made while a table was small would otherwise read the whole table, also when
/// it has grown.
const DESK_SETTINGS: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    // The planner counts what is switched off as so expensive that it would compile the plan.
    ("jit", "off"),
];

/// The `PostgreSQL` pool of the desk.
pub(crate) fn desk_pool(url: &str, health: &ConnectionHealth) -> ConnectOptions {
    let mut options = postgres(url, 2, DESK_ACQUIRE_TIMEOUT, health);
    options.map_sqlx_postgres_opts(|options| options.options(DESK_SETTINGS));
    options
}

/// A `PostgreSQL` pool with at most this many connections.
pub(crate) fn postgres(
    url: &str,
    max_connections: u32,
    acquire_timeout: Duration,
    health: &ConnectionHealth,
) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    let health = health.clone();
    options
        .max_connections(max_connections)
        .min_connections(1)
        .acquire_timeout(acquire_timeout)
        .connect_timeout(acquire_timeout)
        .sqlx_logging(statement_logging_enabled())
        .test_before_acquire(false)
        .set_application_name("plenaria")
        .map_sqlx_postgres_pool_opts(move |pool| {
            let health = health.clone();
            pool.after_release(move |connection, _| {
                let health = health.clone();
                Box::pin(async move { Ok(health.passes_check(connection).await) })
            })
        });
    options
}

/// A `SQLite` connection that rejects writes. The file is not opened as read-only: `SQLite` does not load the CHECK constraints
/// of such a file's tables, and so cannot verify them.
pub(crate) fn sqlite_read_only(path: &Path) -> ConnectOptions {
    let mut options = ConnectOptions::new("sqlite::memory:");
    let path = path.to_owned();
    options.max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT).sqlx_logging(false).map_sqlx_sqlite_opts(
        move |sqlite| {
            sqlite
                .filename(&path)
                .in_memory(false)
                .shared_cache(false)
                .create_if_missing(false)
                .pragma("query_only", "ON")
                .busy_timeout(SQLITE_BUSY_TIMEOUT)
        },
    );
    options
}

/// Creates the file of a `SQLite` database that does not exist yet, readable by its owner alone. `SQLite` would leave the mode
/// to the umask; the log and the shared memory beside it get the mode of the file. Errors are ignored: `SQLite` meets them
/// too and reports them.
pub(crate) fn create_private_file(path: &Path) {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

/// A `SQLite` pool with at most this many connections.
pub(crate) fn sqlite(path: &Path, max_connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new("sqlite::memory:");
    let path = path.to_owned();
    options
        .max_connections(max_connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .sqlx_logging(statement_logging_enabled())
        .test_before_acquire(false)
        .map_sqlx_sqlite_pool_opts(|pool| {
            // A full disk ends a transaction by itself, so that the rollback fails: sqlx would still take the connection to be
            // inside the transaction, and later writes over it would never be committed.
            pool.before_acquire(|connection, _| {
                let outside = !connection.is_in_transaction();
                Box::pin(async move { Ok(outside) })
            })
        })
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&path)
                .in_memory(false)
                .shared_cache(false)
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT_PAGES)
                // Erased data must be gone from the file too.
                .pragma("secure_delete", "ON")
                .busy_timeout(SQLITE_BUSY_TIMEOUT)
        });
    options
}
