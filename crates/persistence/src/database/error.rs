//! The errors of the store, and their classification by the codes of both engines.

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlxError};

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The change violates a constraint.
    #[error("the change violates a constraint: {0:?}")]
    Conflict(Constraint),
    /// The transaction conflicted with another one (deadlock, serialisation failure, busy); repeating it may succeed.
    #[error("the transaction conflicted with another one")]
    Retryable(#[source] DbErr),
    /// The database cannot be reached, did not respond in time, or is shutting down.
    #[error("the database cannot be reached")]
    Unavailable(#[source] DbErr),
    /// A row holds data that no version of this program wrote.
    #[error("a row of {table} cannot be read: {what}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// A description of the fault, without personal data.
        what: String,
    },
    /// Any other error.
    #[error("the database rejected a statement")]
    Db(#[source] DbErr),
}

/// A constraint that a caller's request can violate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// One active registration per event and address.
    ActiveEmail,
    /// One registration per event, client and external reference.
    ExternalReference,
    /// One record per idempotency key.
    IdempotencyKey,
    /// One event per slug.
    EventSlug,
    /// The counts and limits of an event's seats.
    Seats,
    /// One budget per mailbox.
    Mailbox,
    /// Any other constraint.
    Other,
}

impl StoreError {
    /// Whether repeating the transaction may succeed.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Retryable(_))
    }

    /// The database did not respond in time.
    pub fn timed_out() -> Self {
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

/// Classifies errors by their code and constraint; on `SQLite` only the text of the message names the constraint.
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
                code if is_unavailable(code) => StoreError::Unavailable(error),
                // Unique, foreign key, check and restrict violations, by both engines' codes.
                "23505" | "23503" | "23514" | "23001" | "1555" | "2067" | "787" | "275" | "1811" => {
                    match constraint(database.constraint(), database.message()) {
                        // Another transaction has written the mailbox's first budget; the next attempt locks its row.
                        Constraint::Mailbox => StoreError::Retryable(error),
                        constraint => StoreError::Conflict(constraint),
                    }
                }
                _ => StoreError::Db(error),
            }
        }
        _ => StoreError::Db(error),
    }
}

/// Whether a code means that the database currently cannot execute any statement.
fn is_unavailable(code: &str) -> bool {
    // PostgreSQL: connection exceptions; no disk space, memory or connections left; the server shuts down or ends
    // sessions; it is read-only, since another server was promoted; I/O errors.
    if code.len() == 5 {
        return ["08", "53", "57P"].iter().any(|class| code.starts_with(class)) || ["25006", "58030"].contains(&code);
    }
    // SQLite: an I/O error, a full disk, or a file that cannot be opened; the higher bits of a code give details.
    code.parse::<u32>().is_ok_and(|code| [10, 13, 14].contains(&(code & 0xff)))
}

/// Which constraint was violated. `PostgreSQL` names it; `SQLite` names its columns or the check in the message alone.
fn constraint(name: Option<&str>, message: &str) -> Constraint {
    let named = |names: &[&str]| names.iter().any(|n| name == Some(n) || message.contains(n));
    if named(&["registrations_active_email", "registrations.active_email"]) {
        Constraint::ActiveEmail
    } else if named(&["registrations_external_reference", "registrations.external_reference"]) {
        Constraint::ExternalReference
    } else if named(&["idempotency_records_pkey", "idempotency_records.id"]) {
        Constraint::IdempotencyKey
    } else if named(&["mail_budgets_pkey", "mail_budgets.mailbox"]) {
        Constraint::Mailbox
    } else if named(&["events_slug", "events.slug"]) {
        Constraint::EventSlug
    } else if named(&[
        "event_seats_confirmed",
        "event_seats_max_confirmed",
        "event_seats_capacity",
        "event_seats_waitlisted",
    ]) {
        Constraint::Seats
    } else {
        Constraint::Other
    }
}
