//! What can go wrong in a database, told apart once.

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlxError};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A constraint refused the change.
    #[error("a constraint refused the change: {0:?}")]
    Conflict(Constraint),
    /// The transaction lost a race (deadlock, serialisation, busy); doing it again may succeed.
    #[error("the transaction lost a race")]
    Retryable(#[source] DbErr),
    /// The database cannot be reached, or is going down.
    #[error("the database cannot be reached")]
    Unavailable(#[source] DbErr),
    /// A row holds what no version of this program wrote.
    #[error("a row of {table} cannot be read: {what}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// What is wrong, without personal data.
        what: String,
    },
    /// Anything else.
    #[error("the database refused a statement")]
    Db(#[source] DbErr),
}

/// A constraint that callers can run into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// One live registration per event and address.
    LiveAddress,
    /// One registration per event, client and the client's own name for it.
    ExternalReference,
    /// One answer per idempotency key.
    IdempotencyKey,
    /// One event per slug.
    EventSlug,
    /// Counts and limits of an event's seats.
    Seats,
    /// Any other.
    Other,
}

impl StoreError {
    /// Whether doing the same again may succeed.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Retryable(_))
    }

    /// The database did not answer in time.
    pub fn silent() -> Self {
        Self::Unavailable(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
    }

    pub(crate) fn corrupt(table: &'static str, what: impl std::fmt::Display) -> Self {
        Self::Corrupt { table, what: what.to_string() }
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        classify(error)
    }
}

/// Tells failures apart, by code and constraint and never by their text.
fn classify(error: DbErr) -> StoreError {
    let sqlx = match &error {
        DbErr::Conn(RuntimeErr::SqlxError(e))
        | DbErr::Exec(RuntimeErr::SqlxError(e))
        | DbErr::Query(RuntimeErr::SqlxError(e)) => e,
        DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => return StoreError::Unavailable(error),
        _ => return StoreError::Db(error),
    };
    match &**sqlx {
        SqlxError::Io(_)
        | SqlxError::Tls(_)
        | SqlxError::PoolTimedOut
        | SqlxError::PoolClosed
        | SqlxError::WorkerCrashed => StoreError::Unavailable(error),
        SqlxError::Database(database) => {
            let code = database.code().unwrap_or_default().into_owned();
            match code.as_str() {
                // PostgreSQL: serialisation, deadlock, lock not available. SQLite: busy, busy snapshot, locked.
                "40001" | "40P01" | "55P03" | "5" | "517" | "6" => StoreError::Retryable(error),
                code if is_away(code) => StoreError::Unavailable(error),
                // Unique, foreign key, check, restrict; in both engines' numbers.
                "23505" | "23503" | "23514" | "23001" | "1555" | "2067" | "787" | "275" | "1811" => {
                    StoreError::Conflict(constraint(database.constraint(), database.message()))
                }
                _ => StoreError::Db(error),
            }
        }
        _ => StoreError::Db(error),
    }
}

/// Whether a code says that the database cannot work at present, whatever it is asked.
fn is_away(code: &str) -> bool {
    // PostgreSQL: connection exceptions; no disk, memory or connections left; a server that shuts down, or ends sessions;
    // one that may only read, since another has taken over; the disk's failures.
    if code.len() == 5 {
        return ["08", "53", "57P"].iter().any(|class| code.starts_with(class)) || ["25006", "58030"].contains(&code);
    }
    // SQLite: an I/O error, a full disk, a file that cannot be opened, with whatever more it says in the higher bits.
    code.parse::<u32>().is_ok_and(|code| [10, 13, 14].contains(&(code & 0xff)))
}

/// PostgreSQL names the constraint; SQLite names the columns or the check, in its message alone.
fn constraint(name: Option<&str>, message: &str) -> Constraint {
    let named = |names: &[&str]| names.iter().any(|n| name == Some(n) || message.contains(n));
    if named(&["registrations_live_email", "registrations.live_email"]) {
        Constraint::LiveAddress
    } else if named(&["registrations_external_reference", "registrations.external_reference"]) {
        Constraint::ExternalReference
    } else if named(&["idempotency_records_pkey", "idempotency_records.id"]) {
        Constraint::IdempotencyKey
    } else if named(&["events_slug", "events.slug"]) {
        Constraint::EventSlug
    } else if named(&["event_seats_confirmed", "event_seats_ceiling", "event_seats_capacity", "event_seats_waitlisted"])
    {
        Constraint::Seats
    } else {
        Constraint::Other
    }
}
