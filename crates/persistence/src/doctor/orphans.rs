//! Rows whose parent is gone: what foreign keys promise (a restored part, or a hand that turned them off, breaks it), and
//! what no foreign key covers.

use plenaria_domain::doctor::{Finding, Kind};
use sea_orm::DatabaseTransaction;

use super::find::find;
use crate::StoreError;

/// A column that names a row of another table.
struct Reference {
    table: &'static str,
    column: &'static str,
    parent: &'static str,
    kind: Kind,
    /// What of the row names it, or else the row that is gone.
    named_by: &'static str,
}

const fn orphan(table: &'static str, column: &'static str, parent: &'static str) -> Reference {
    Reference { table, column, parent, kind: Kind::Orphans, named_by: "id" }
}

/// Of a table whose rows have no id: what is gone is named.
const fn part(table: &'static str, column: &'static str, parent: &'static str) -> Reference {
    Reference { table, column, parent, kind: Kind::Orphans, named_by: column }
}

const fn loose(kind: Kind, table: &'static str, column: &'static str, parent: &'static str) -> Reference {
    Reference { table, column, parent, kind, named_by: "id" }
}

/// Every one there is. A change may outlive what it tells of, but nothing in this program deletes an event, or a
/// registration that was ever told of.
const REFERENCES: [Reference; 20] = [
    part("event_seats", "event_id", "events"),
    part("event_topics", "event_id", "events"),
    part("event_organisations", "event_id", "events"),
    part("event_speakers", "event_id", "events"),
    part("event_speakers", "speaker_id", "speakers"),
    part("reminders", "event_id", "events"),
    orphan("sessions", "event_id", "events"),
    orphan("registrations", "event_id", "events"),
    orphan("registrations", "client_id", "clients"),
    orphan("messages", "event_id", "events"),
    orphan("webhook_endpoints", "client_id", "clients"),
    orphan("webhook_deliveries", "endpoint_id", "webhook_endpoints"),
    orphan("webhook_attempts", "delivery_id", "webhook_deliveries"),
    loose(Kind::AnswersOfGone, "idempotency_records", "registration_id", "registrations"),
    loose(Kind::MessagesOfGone, "messages", "registration_id", "registrations"),
    loose(Kind::Survivors, "outbox", "event_id", "events"),
    loose(Kind::Survivors, "outbox", "registration_id", "registrations"),
    loose(Kind::Survivors, "changes", "event_id", "events"),
    loose(Kind::Survivors, "changes", "registration_id", "registrations"),
    loose(Kind::Survivors, "webhook_deliveries", "registration_id", "registrations"),
];

/// Whether these two tables' rows are looked for here.
pub(super) fn is_examined(table: &str, parent: &str) -> bool {
    REFERENCES.iter().any(|reference| reference.table == table && reference.parent == parent)
}

/// Looks for all of them.
pub(super) async fn examine(transaction: &DatabaseTransaction) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    for Reference { table, column, parent, kind, named_by } in REFERENCES {
        let select = format!("SELECT DISTINCT c.{named_by} AS id FROM {}", gone(table, column, parent));
        let what = if named_by == column {
            format!("rows of {table} belong to rows of {parent} that are gone")
        } else {
            format!("rows of {table} whose {column} names a row of {parent} that is gone")
        };
        findings.extend(find(transaction, kind, &select, [], &what).await?);
    }
    Ok(findings)
}

/// The rows of a table (`c`) whose parent is gone.
pub(super) fn gone(table: &str, column: &str, parent: &str) -> String {
    format!(
        "{table} AS c WHERE c.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {parent} AS p WHERE p.id = c.{column})"
    )
}
