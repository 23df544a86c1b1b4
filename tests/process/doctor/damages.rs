//! Damages to a database, each with the findings that `plenaria doctor` must report.

use plenaria_domain::values::time_zone;
use uuid::Uuid;

use super::damaged_database::{DamagedDatabase, OLD, ago};
use crate::support::database::test_database::Engine;

/// The SQL that causes a damage, the expected findings, and the SQL that undoes it.
pub(super) struct Damage {
    pub(super) sql: String,
    pub(super) findings: Vec<(&'static str, Vec<Uuid>)>,
    pub(super) undo: String,
}

pub(super) fn damage(sql: impl Into<String>, kind: &'static str, ids: &[Uuid], undo: impl Into<String>) -> Damage {
    Damage { sql: sql.into(), findings: vec![(kind, ids.to_vec())], undo: undo.into() }
}

pub(super) fn new() -> Uuid {
    Uuid::now_v7()
}

/// The start and end of the events, as SQL literals.
pub(super) const START: &str = "'2090-01-01T10:00:00+00:00'";
pub(super) const END: &str = "'2090-01-01T11:00:00+00:00'";

/// Damages that `--repair` leaves alone.
#[allow(clippy::too_many_lines, reason = "a table")]
pub(super) fn unrepairable(damaged: &DamagedDatabase) -> Vec<Damage> {
    let id = |id: Uuid| damaged.id(id);
    let (hot, open) = (id(damaged.hot), id(damaged.open));
    let first = damaged.confirmed[0];
    let (gone, other) = (new(), new());
    let delete = |table: &str, own: Uuid| format!("DELETE FROM {table} WHERE id = {}", id(own));
    let set_aside = |table: &str, which: &str| {
        format!("CREATE TABLE saved AS SELECT * FROM {table} WHERE {which}; DELETE FROM {table} WHERE {which}")
    };
    let restore = |table: &str| format!("INSERT INTO {table} SELECT * FROM saved; DROP TABLE saved");
    let times = |table: &str, at: &str| format!("UPDATE {table} SET starts_at = {at}, ends_at = {at}");
    // The definition must have the same times, or the doctor also reports wrong stored times.
    let defined = |starts: &str, minutes: u32| {
        let document = match damaged.database.engine {
            Engine::Postgres => format!(
                "jsonb_set(jsonb_set(document, '{{starts}}', '\"{starts}\"'), '{{duration_minutes}}', '{minutes}')"
            ),
            Engine::Sqlite => format!("json_set(document, '$.starts', '{starts}', '$.duration_minutes', {minutes})"),
        };
        format!("UPDATE events SET document = {document} WHERE id = {open}")
    };
    let closes = |at: &str| format!("UPDATE event_seats SET closes_at = {at} WHERE event_id = {open}");
    let moved = |table: &str, by: i64| format!("UPDATE {table} SET position = position + {by}");
    vec![
        // Seats.
        damage(
            set_aside("event_seats", &format!("event_id = {open}")),
            "missing-seats",
            &[damaged.open],
            restore("event_seats"),
        ),
        damage(
            format!("UPDATE event_seats SET ends_at = {} WHERE event_id = {hot}", ago(0)),
            "stale-seat-copies",
            &[damaged.hot],
            format!(
                "UPDATE event_seats SET ends_at = (SELECT ends_at FROM events WHERE id = {hot}) WHERE event_id = {hot}"
            ),
        ),
        // History.
        damage(
            set_aside("event_revisions", &format!("event_id = {open}")),
            "missing-revision",
            &[damaged.open],
            restore("event_revisions"),
        ),
        // Rows whose parent is missing.
        damage(
            format!("INSERT INTO sessions (id, event_id, key, position) VALUES ({}, {}, 'x', 0)", id(other), id(gone)),
            "orphans",
            &[other],
            delete("sessions", other),
        ),
        damage(
            format!("INSERT INTO event_topics (event_id, topic) VALUES ({0}, 'a'), ({0}, 'b')", id(gone)),
            "orphans",
            &[gone],
            format!("DELETE FROM event_topics WHERE event_id = {}", id(gone)),
        ),
        damage(damaged.insert(other, gone, "confirmed", OLD), "orphans", &[other], delete("registrations", other)),
        damage(
            format!("UPDATE registrations SET client_id = {} WHERE id = {}", id(gone), id(first)),
            "orphans",
            &[first],
            format!("UPDATE registrations SET client_id = NULL WHERE id = {}", id(first)),
        ),
        damage(
            format!(
                "INSERT INTO webhook_attempts (id, delivery_id, at, duration_ms, url) VALUES ({}, {}, {OLD}, 1, 'x')",
                id(other),
                id(gone)
            ),
            "orphans",
            &[other],
            delete("webhook_attempts", other),
        ),
        // Retention, which depends on settings and definitions.
        damage(
            format!(
                "{} WHERE id = {open}; {} WHERE event_id = {open}; UPDATE events SET retention_days = 1 WHERE id = {open}; \
                 {}; {}",
                times("events", OLD),
                times("event_seats", OLD),
                closes(OLD),
                defined("2020-01-01T00:00:00", 0)
            ),
            "retention",
            &[damaged.open],
            format!(
                "UPDATE events SET starts_at = {START}, ends_at = {END}, retention_days = NULL WHERE id = {open}; \
                 UPDATE event_seats SET starts_at = {START}, ends_at = {END} WHERE event_id = {open}; {}; {}",
                closes(START),
                defined("2090-01-01T10:00:00", 60)
            ),
        ),
        // The feed and its readers.
        damage(set_aside("changes", "position IN (2, 3, 5)"), "feed-positions", &[], restore("changes")),
        damage(moved("mail_feed_position", 5), "reader-ahead", &[], moved("mail_feed_position", -5)),
        damage(moved("webhook_endpoints", 5), "reader-ahead", &[damaged.endpoint], moved("webhook_endpoints", -5)),
        Damage {
            sql: "UPDATE feed SET last_position = last_position - 1".to_owned(),
            findings: vec![
                ("feed-positions", vec![]),
                ("reader-ahead", vec![]),
                ("reader-ahead", vec![damaged.endpoint]),
            ],
            undo: "UPDATE feed SET last_position = last_position + 1".to_owned(),
        },
        Damage {
            sql: format!(
                "UPDATE changes SET occurred_at = {} WHERE position = 4; CREATE TABLE saved AS SELECT position FROM mail_feed_position; \
                 UPDATE mail_feed_position SET position = 3; UPDATE webhook_endpoints SET position = 3",
                ago(20)
            ),
            findings: vec![("reader-behind", vec![]), ("reader-behind", vec![damaged.endpoint])],
            undo: format!(
                "UPDATE changes SET occurred_at = {} WHERE position = 4; \
                 UPDATE mail_feed_position SET position = (SELECT position FROM saved); \
                 UPDATE webhook_endpoints SET position = (SELECT position FROM saved); DROP TABLE saved",
                ago(0)
            ),
        },
        damage(set_aside("mail_feed_position", "id = 1"), "missing-row", &[], restore("mail_feed_position")),
        damage(set_aside("derivation", "id = 1"), "missing-row", &[], restore("derivation")),
        // Queues.
        damage(damaged.message(other, first, OLD, "NULL"), "overdue", &[other], delete("messages", other)),
        damage(damaged.message(other, first, OLD, OLD), "leases", &[other], delete("messages", other)),
        damage(damaged.delivery(other, "pending", OLD, None), "overdue", &[other], delete("webhook_deliveries", other)),
        damage(
            damaged.delivery(other, "pending", OLD, Some(gone)),
            "leases",
            &[other],
            delete("webhook_deliveries", other),
        ),
        // The schema.
        damage(
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_later', 1)",
            "schema-unknown",
            &[],
            "DELETE FROM seaql_migrations WHERE version = 'm20990101_000001_later'",
        ),
        damage(
            set_aside("seaql_migrations", "version = 'm20261127_000006_mail'"),
            "schema-behind",
            &[],
            restore("seaql_migrations"),
        ),
        // Advice. A newer program may derive other values than this one.
        damage(
            format!(
                "UPDATE derivation SET zone_rules = '2099a'; {} WHERE id = {open}; {} WHERE event_id = {open}",
                times("events", OLD),
                times("event_seats", OLD)
            ),
            "newer-rules",
            &[],
            format!(
                "UPDATE derivation SET zone_rules = '{}'; \
                 UPDATE events SET starts_at = {START}, ends_at = {END} WHERE id = {open}; \
                 UPDATE event_seats SET starts_at = {START}, ends_at = {END} WHERE event_id = {open}",
                time_zone::rules_version()
            ),
        ),
        damage(
            format!("UPDATE changes SET registration_id = {} WHERE position = 4", id(gone)),
            "changes-of-deleted-rows",
            &[damaged.changes[3]],
            format!("UPDATE changes SET registration_id = {} WHERE position = 4", id(first)),
        ),
        damage(
            format!("UPDATE changes SET occurred_at = {OLD} WHERE position = 1"),
            "old-rows",
            &[damaged.changes[0]],
            format!("UPDATE changes SET occurred_at = {} WHERE position = 1", ago(0)),
        ),
    ]
}

/// Damages that `--repair` repairs; `undo` is a query whose column `n` is 1 after the repair.
#[allow(clippy::too_many_lines, reason = "a table")]
pub(super) fn repairable(damaged: &DamagedDatabase) -> Vec<Damage> {
    let id = |id: Uuid| damaged.id(id);
    let (hot, open) = (id(damaged.hot), id(damaged.open));
    let (gone, other) = (new(), new());
    let last = damaged.waiting[1];
    let (late, later) = ("'2090-01-01T11:00:00+00:00'", "'2090-01-01T12:00:00+00:00'");
    let seats = |is: &str| format!("SELECT COUNT(*) AS n FROM event_seats WHERE event_id = {hot} AND {is}");
    let none = |table: &str| format!("SELECT 1 - COUNT(*) AS n FROM {table} WHERE id = {}", id(other));
    vec![
        damage(
            format!("UPDATE event_seats SET confirmed = 1, waitlisted = 1 WHERE event_id = {hot}"),
            "seat-counts",
            &[damaged.hot],
            seats("confirmed = 3 AND waitlisted = 2 AND max_confirmed = 3 AND last_waitlist_number = 2"),
        ),
        damage(
            format!("UPDATE registrations SET waitlist_number = 9 WHERE id = {}", id(last)),
            "waitlist-counter",
            &[damaged.hot],
            seats("confirmed = 3 AND waitlisted = 2 AND last_waitlist_number = 9"),
        ),
        damage(
            format!("UPDATE event_seats SET capacity = 4, max_confirmed = 4 WHERE event_id = {hot}"),
            "waitlist-beside-free-seats",
            &[damaged.hot],
            format!(
                "SELECT COUNT(*) AS n FROM registrations WHERE id = {} AND status = 'confirmed' AND EXISTS \
                 (SELECT 1 FROM outbox AS o WHERE o.registration_id = registrations.id AND o.type = 'registration.promoted')",
                id(damaged.waiting[0])
            ),
        ),
        damage(
            damaged.idempotency_record(other, Some(gone), &ago(0)),
            "orphaned-idempotency-records",
            &[other],
            format!(
                "SELECT COUNT(*) AS n FROM idempotency_records WHERE id = {} AND status = 404 AND body = ''",
                id(other)
            ),
        ),
        damage(damaged.message(other, gone, &ago(0), "NULL"), "orphaned-messages", &[other], none("messages")),
        damage(
            damaged.idempotency_record(gone, None, OLD),
            "expired-idempotency-records",
            &[gone],
            format!("SELECT 1 - COUNT(*) AS n FROM idempotency_records WHERE id = {}", id(gone)),
        ),
        // Times as derived by older time zone rules.
        damage(
            format!(
                "UPDATE events SET starts_at = {late}, ends_at = {later} WHERE id = {open}; \
                 UPDATE event_seats SET starts_at = {late}, closes_at = {late}, ends_at = {later} WHERE event_id = {open}"
            ),
            "stored-times",
            &[damaged.open],
            format!(
                "SELECT COUNT(*) AS n FROM events AS e JOIN event_seats AS s ON s.event_id = e.id WHERE e.id = {open} \
                 AND e.starts_at = {START} AND e.ends_at = {END} AND s.starts_at = {START} AND s.closes_at = {START} \
                 AND s.ends_at = {END} AND EXISTS (SELECT 1 FROM outbox AS o WHERE o.event_id = e.id \
                 AND o.type = 'event.updated')"
            ),
        ),
        damage(
            format!("UPDATE event_seats SET opens_at = {OLD} WHERE event_id = {open}"),
            "stored-times",
            &[damaged.open],
            format!("SELECT COUNT(*) AS n FROM event_seats WHERE event_id = {open} AND opens_at IS NULL"),
        ),
        damage(damaged.insert(other, damaged.hot, "pending", OLD), "unconfirmed", &[other], none("registrations")),
        damage(
            format!(
                "INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) VALUES \
                 ({}, 'registration.updated', {hot}, {}, 9, {}, '{{\"status\":\"confirmed\"}}')",
                id(other),
                id(damaged.confirmed[0]),
                ago(5)
            ),
            "outbox",
            &[other],
            format!("SELECT COUNT(*) AS n FROM changes WHERE id = {}", id(other)),
        ),
        damage(
            damaged.delivery(other, "waiting", &ago(0), None),
            "delivery-order",
            &[other],
            format!("SELECT COUNT(*) AS n FROM webhook_deliveries WHERE id = {} AND state = 'pending'", id(other)),
        ),
    ]
}
