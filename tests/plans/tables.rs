//! The growing tables, and the statements that may scan one.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};

use crate::Scan;
use crate::support::database::test_database::Engine;

/// Tables that stay small, with the reason. All other tables of the schema are considered growing.
const SMALL: [(&str, &str); 7] = [
    ("catalogue", "one row"),
    ("derivation", "one row"),
    ("feed", "one row"),
    ("mail_feed_position", "one row"),
    ("clients", "an operator adds them by hand"),
    ("webhook_endpoints", "partners have a few each"),
    ("seaql_migrations", "grows with the program"),
];

/// Whether nearly all rows of a table may have the same value in this column.
pub fn is_unselective(table: &str, column: &str) -> bool {
    column == "event_id" && ["registrations", "messages"].contains(&table)
}

/// A statement that may scan a growing table, identified by a part of its text.
struct Exception {
    table: &'static str,
    text: &'static str,
    reason: &'static str,
    engines: &'static [Engine],
}

const BOTH: &[Engine] = &[Engine::Postgres, Engine::Sqlite];
const POSTGRES: &[Engine] = &[Engine::Postgres];
const SQLITE: &[Engine] = &[Engine::Sqlite];

const fn exception(
    table: &'static str,
    text: &'static str,
    engines: &'static [Engine],
    reason: &'static str,
) -> Exception {
    Exception { table, text, reason, engines }
}

/// Every exception for SQLite must be needed, so that obsolete ones are removed. This is not required for PostgreSQL, whose
/// planner may choose a different plan each time.
const EXCEPTIONS: [Exception; 20] = [
    exception(
        "events",
        "ORDER BY \"events\".\"starts_at\"",
        BOTH,
        "a page of the programme, in the order of an index until the page is full; what a filter leaves out is passed over",
    ),
    exception("events", "FROM \"events\" LIMIT", SQLITE, "whether there is any: the first one is enough"),
    exception("events", "\"anonymised_at\" IS NULL", BOTH, "the sweep for retention, every ten minutes"),
    exception(
        "speakers",
        "ORDER BY \"speakers\".\"slug\"",
        SQLITE,
        "a page of speakers, in the order of an index until the page is full",
    ),
    exception(
        "registrations",
        "'pending'",
        POSTGRES,
        "whose address waits to be confirmed: an index of their own, in which nobody stays for more than 48 hours",
    ),
    exception("messages", "\"messages\".\"id\" DESC LIMIT", BOTH, "a page of an event in the order of its index"),
    exception("registrations", "AS recipients", BOTH, "how many of an event's registrations a publication concerns"),
    exception("registrations", "INSERT INTO messages", BOTH, "a mail to all who are registered for an event"),
    exception("registrations", "SET followed_up_at", BOTH, "marks all of an event who get the message after it"),
    exception("registrations", "GROUP BY status, source", POSTGRES, "statistics count every registration of an event"),
    exception("registrations", "SELECT MIN(id)", SQLITE, "the first and the last entry of an event in its index"),
    exception("messages", "FILTER (WHERE state", BOTH, "statistics count every mail of an event, in its index alone"),
    exception("registrations", "\"updated_at\" >=", BOTH, "`updated_since`: the feed is there for what is new"),
    exception(
        "registrations",
        "ORDER BY \"registrations\".\"id\" ASC LIMIT",
        BOTH,
        "a page, or a batch, of an event in the order of its index",
    ),
    exception("registrations", "AS f WHERE f.event_id", POSTGRES, "the first in the index of those who wait"),
    exception("outbox", "FROM outbox ORDER BY id LIMIT", SQLITE, "the first ones, in the order of the primary key"),
    exception(
        "outbox",
        "o.id IN (SELECT id FROM outbox ORDER BY id LIMIT",
        POSTGRES,
        "the same, joined with themselves",
    ),
    exception(
        "outbox",
        "DELETE FROM outbox WHERE id IN (SELECT id FROM changes",
        POSTGRES,
        "nearly all of it is deleted",
    ),
    exception("outbox", "SELECT id FROM outbox", BOTH, "the tests' own: whether it is empty"),
    exception(
        "messages",
        "state = 'pending' ORDER BY",
        SQLITE,
        "the first ones, in the order of the index of what is due",
    ),
];

/// The tables of a schema.
pub struct Tables {
    pub growing: Vec<String>,
}

impl Tables {
    /// Reads the schema of this database.
    pub async fn read(connection: &DatabaseConnection) -> Self {
        let backend = connection.get_database_backend();
        let sql = match backend {
            DbBackend::Postgres => "SELECT CAST(tablename AS text) AS name FROM pg_tables WHERE schemaname = 'public'",
            _ => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        };
        let rows = connection.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
        let all: Vec<String> = rows.iter().map(|row| row.try_get("", "name").unwrap()).collect();
        for (small, _) in SMALL {
            assert!(all.iter().any(|name| name == small), "the table {small} does not exist any more");
        }
        let growing = all.into_iter().filter(|name| SMALL.iter().all(|(small, _)| small != name)).collect();
        Self { growing }
    }
}

/// Asserts that every scan is an exception, and that every exception is needed.
pub fn check(engine: Engine, scans: &[Scan]) {
    let allows = |one: &Exception, scan: &Scan| {
        one.engines.contains(&engine) && one.table == scan.table && scan.statement.contains(one.text)
    };
    // Statements may differ in literal numbers; one of each kind is reported.
    let wrong: BTreeMap<String, &str> = scans
        .iter()
        .filter(|scan| !EXCEPTIONS.iter().any(|one| allows(one, scan)))
        .map(|scan| (format!("{}: {}", scan.table, scan.how), scan.statement.as_str()))
        .collect();
    let report: Vec<String> = wrong.iter().map(|(how, statement)| format!("{how}\n    {statement}")).collect();
    assert!(wrong.is_empty(), "growing tables are scanned:\n{}", report.join("\n"));
    let is_required = |one: &&Exception| engine == Engine::Sqlite && one.engines.contains(&engine);
    for one in EXCEPTIONS.iter().filter(is_required) {
        assert!(
            scans.iter().any(|scan| allows(one, scan)),
            "no statement with “{}” scans {} any more ({}): remove the exception",
            one.text,
            one.table,
            one.reason
        );
    }
}
