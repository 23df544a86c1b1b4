//! Finds rows that reference a deleted row. Foreign keys forbid most of them, but a partial restore, or a session that
//! turned foreign keys off, can leave some; other references have no foreign key.

use plenaria_domain::doctor::{Finding, Kind};
use sea_orm::DatabaseTransaction;

use crate::database::error::StoreError;
use crate::doctor::query::find_rows;

/// A column that references a row of another table.
struct Reference {
    table: &'static str,
    column: &'static str,
    parent: &'static str,
    kind: Kind,
    /// The column whose value a finding lists: the row's id, or else the id of the deleted row.
    listed: &'static str,
}

/// A reference with a foreign key.
const fn orphan(table: &'static str, column: &'static str, parent: &'static str) -> Reference {
    Reference { table, column, parent, kind: Kind::Orphans, listed: "id" }
}

/// A reference with a foreign key, in a table without an id column.
const fn part(table: &'static str, column: &'static str, parent: &'static str) -> Reference {
    Reference { table, column, parent, kind: Kind::Orphans, listed: column }
}

/// A reference without a foreign key.
const fn loose(kind: Kind, table: &'static str, column: &'static str, parent: &'static str) -> Reference {
    Reference { table, column, parent, kind, listed: "id" }
}

/// All references in the schema. Changes have no foreign keys, but this program never deletes an event or a
/// registration with changes.
const REFERENCES: [Reference; 23] = [
    part("event_seats", "event_id", "events"),
    part("event_revisions", "event_id", "events"),
    part("event_slugs", "event_id", "events"),
    part("event_topics", "event_id", "events"),
    part("event_organisations", "event_id", "events"),
    part("event_speakers", "event_id", "events"),
    part("event_speakers", "speaker_id", "speakers"),
    part("reminders", "event_id", "events"),
    part("follow_ups", "event_id", "events"),
    orphan("sessions", "event_id", "events"),
    orphan("registrations", "event_id", "events"),
    orphan("registrations", "client_id", "clients"),
    orphan("messages", "event_id", "events"),
    orphan("webhook_endpoints", "client_id", "clients"),
    orphan("webhook_deliveries", "endpoint_id", "webhook_endpoints"),
    orphan("webhook_attempts", "delivery_id", "webhook_deliveries"),
    loose(Kind::OrphanedIdempotencyRecords, "idempotency_records", "registration_id", "registrations"),
    loose(Kind::OrphanedMessages, "messages", "registration_id", "registrations"),
    loose(Kind::ChangesOfDeletedRows, "outbox", "event_id", "events"),
    loose(Kind::ChangesOfDeletedRows, "outbox", "registration_id", "registrations"),
    loose(Kind::ChangesOfDeletedRows, "changes", "event_id", "events"),
    loose(Kind::ChangesOfDeletedRows, "changes", "registration_id", "registrations"),
    loose(Kind::ChangesOfDeletedRows, "webhook_deliveries", "registration_id", "registrations"),
];

/// Whether references between these two tables are examined here.
pub(crate) fn is_examined(table: &str, parent: &str) -> bool {
    REFERENCES.iter().any(|reference| reference.table == table && reference.parent == parent)
}

/// Examines all references.
pub(crate) async fn examine(transaction: &DatabaseTransaction) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    for Reference { table, column, parent, kind, listed } in REFERENCES {
        let select = format!("SELECT DISTINCT c.{listed} AS id FROM {}", orphans_sql(table, column, parent));
        let what = if listed == column {
            format!("rows of {table} belong to rows of {parent} that are gone")
        } else {
            format!("rows of {table} whose {column} names a row of {parent} that is gone")
        };
        findings.extend(find_rows(transaction, kind, &select, [], &what).await?);
    }
    Ok(findings)
}

/// SQL for the rows of a table (`c`) that reference a deleted row.
pub(crate) fn orphans_sql(table: &str, column: &str, parent: &str) -> String {
    format!(
        "{table} AS c WHERE c.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {parent} AS p WHERE p.id = c.{column})"
    )
}
