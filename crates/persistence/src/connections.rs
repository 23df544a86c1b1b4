//! How databases are connected to.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{Connection as _, Postgres};
use sea_orm::{ConnectOptions, DatabaseConnection, DbBackend};

use crate::doubt::Doubt;

/// How long a connection may be waited for, behind others.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// The desk waits behind nobody, so its connection is there at once or the database is away; its callers may have to wait
/// for the batch before theirs too, and are to know within a second.
const DESK_ACQUIRE_TIMEOUT: Duration = Duration::from_millis(400);
/// How many pages `SQLite`'s log holds before they are moved into the database: 16 MiB.
const SQLITE_CHECKPOINT_PAGES: &str = "4096";
/// How long one process waits for another's write on `SQLite`.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(4);

/// Whether every statement goes to the log, without its values: only where somebody asks for it by name, as the tests of
/// the plans do, since it costs something for each.
fn statements_are_told() -> bool {
    tracing::enabled!(target: "sqlx::query", tracing::Level::TRACE)
}

/// A connection of `PostgreSQL`'s that goes on to the next statement. A pool to which it is given back asks it first whether it
/// is well, which is a round trip, and hands out another one meanwhile, behind which another process has to warm up.
pub(crate) type Kept = Option<PoolConnection<Postgres>>;

/// One pool of connections, as it is now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pool {
    pub(crate) name: &'static str,
    pub(crate) open: u32,
    pub(crate) busy: u32,
    pub(crate) most: u32,
}

/// A pool's connections.
pub(crate) fn pool(name: &'static str, connection: &DatabaseConnection) -> Pool {
    let (open, idle, most) = if connection.get_database_backend() == DbBackend::Postgres {
        let pool = connection.get_postgres_connection_pool();
        (pool.size(), pool.num_idle(), pool.options().get_max_connections())
    } else {
        let pool = connection.get_sqlite_connection_pool();
        (pool.size(), pool.num_idle(), pool.options().get_max_connections())
    };
    Pool { name, open, busy: open.saturating_sub(u32::try_from(idle).unwrap_or(u32::MAX)), most }
}

/// `PostgreSQL`'s for work that it may forget when it crashes.
pub(crate) fn relaxed(url: &str, doubt: &Doubt) -> ConnectOptions {
    let mut options = postgres(url, 4, ACQUIRE_TIMEOUT, doubt);
    options.min_connections(0).connect_lazy(true);
    options.map_sqlx_postgres_opts(|options| options.options([("synchronous_commit", "off")]));
    options
}

/// `PostgreSQL`'s at the desk. Its statements are the same for any number of people, and planning them anew for each batch
/// costs more than the batch; left alone, the engine decides by the first five, which are small.
pub(crate) fn at_the_desk(url: &str, doubt: &Doubt) -> ConnectOptions {
    let mut options = postgres(url, 2, DESK_ACQUIRE_TIMEOUT, doubt);
    options.map_sqlx_postgres_opts(|options| options.options([("plan_cache_mode", "force_generic_plan")]));
    options
}

/// `PostgreSQL`'s.
pub(crate) fn postgres(url: &str, connections: u32, acquire_timeout: Duration, doubt: &Doubt) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    let doubt = doubt.clone();
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(acquire_timeout)
        .connect_timeout(acquire_timeout)
        .sqlx_logging(statements_are_told())
        .test_before_acquire(false)
        .set_application_name("plenaria")
        .map_sqlx_postgres_pool_opts(move |pool| {
            let doubt = doubt.clone();
            pool.after_release(move |connection, _| {
                let doubt = doubt.clone();
                Box::pin(async move { Ok(doubt.is_dispelled_by(connection).await) })
            })
        });
    options
}

/// Not opened as read-only: `SQLite` does not read the checks of such a file's tables, and so cannot look at them.
pub(crate) fn sqlite_to_look(path: &Path) -> ConnectOptions {
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

/// Creates the file of a `SQLite` database that does not exist yet, for its owner alone. `SQLite` would leave its mode to the
/// umask; the log and the shared memory beside it get the mode of the file. Whatever fails here, `SQLite` meets and reports.
pub(crate) fn create_for_owner(path: &Path) {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

/// `SQLite`'s.
pub(crate) fn sqlite(path: &Path, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new("sqlite::memory:");
    let path = path.to_owned();
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .sqlx_logging(statements_are_told())
        .test_before_acquire(false)
        .map_sqlx_sqlite_pool_opts(|pool| {
            // A full disk ends a transaction without being asked to, and ending it then fails: the connection would go on as
            // if it were inside it, and whatever is written over it would never be committed.
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
                // Moving pages into the database costs the writer time, so not for every few batches.
                .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT_PAGES)
                // What is erased is to be gone from the file too.
                .pragma("secure_delete", "ON")
                .busy_timeout(SQLITE_BUSY_TIMEOUT)
        });
    options
}
