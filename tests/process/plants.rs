//! What the tests of `plenaria doctor` plant: things that are wrong, each with what is to be found of it.

use plenaria_domain::time_zone;
use uuid::Uuid;

use super::patient::{OLD, Patient, ago};
use crate::support::Engine;

/// Something wrong: how it is made, what is found, how it is undone.
pub(super) struct Plant {
    pub(super) sql: String,
    pub(super) found: Vec<(&'static str, Vec<Uuid>)>,
    pub(super) undo: String,
}

pub(super) fn plant(sql: impl Into<String>, kind: &'static str, ids: &[Uuid], undo: impl Into<String>) -> Plant {
    Plant { sql: sql.into(), found: vec![(kind, ids.to_vec())], undo: undo.into() }
}

pub(super) fn new() -> Uuid {
    Uuid::now_v7()
}

/// When the events start and end.
pub(super) const START: &str = "'2090-01-01T10:00:00+00:00'";
pub(super) const END: &str = "'2090-01-01T11:00:00+00:00'";

/// Wrong things that only people can put right.
#[allow(clippy::too_many_lines, reason = "a table")]
pub(super) fn left_alone(patient: &Patient) -> Vec<Plant> {
    let id = |id: Uuid| patient.id(id);
    let (hot, open) = (id(patient.hot), id(patient.open));
    let first = patient.confirmed[0];
    let (gone, other) = (new(), new());
    let delete = |table: &str, own: Uuid| format!("DELETE FROM {table} WHERE id = {}", id(own));
    let kept = |table: &str, which: &str| {
        format!("CREATE TABLE kept AS SELECT * FROM {table} WHERE {which}; DELETE FROM {table} WHERE {which}")
    };
    let put_back = |table: &str| format!("INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept");
    let times = |table: &str, at: &str| format!("UPDATE {table} SET starts_at = {at}, ends_at = {at}");
    // The definition must say the same, or the stored times are wrong.
    let defined = |starts: &str, minutes: u32| {
        let document = match patient.database.engine {
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
        plant(
            kept("event_seats", &format!("event_id = {open}")),
            "missing-seats",
            &[patient.open],
            put_back("event_seats"),
        ),
        plant(
            format!("UPDATE event_seats SET ends_at = {} WHERE event_id = {hot}", ago(0)),
            "seat-copies",
            &[patient.hot],
            format!(
                "UPDATE event_seats SET ends_at = (SELECT ends_at FROM events WHERE id = {hot}) WHERE event_id = {hot}"
            ),
        ),
        // What has lost what it belongs to.
        plant(
            format!("INSERT INTO sessions (id, event_id, key, position) VALUES ({}, {}, 'x', 0)", id(other), id(gone)),
            "orphans",
            &[other],
            delete("sessions", other),
        ),
        plant(
            format!("INSERT INTO event_topics (event_id, topic) VALUES ({0}, 'a'), ({0}, 'b')", id(gone)),
            "orphans",
            &[gone],
            format!("DELETE FROM event_topics WHERE event_id = {}", id(gone)),
        ),
        plant(patient.insert(other, gone, "confirmed", OLD), "orphans", &[other], delete("registrations", other)),
        plant(
            format!("UPDATE registrations SET client_id = {} WHERE id = {}", id(gone), id(first)),
            "orphans",
            &[first],
            format!("UPDATE registrations SET client_id = NULL WHERE id = {}", id(first)),
        ),
        plant(
            format!(
                "INSERT INTO webhook_attempts (id, delivery_id, at, duration_ms, url) VALUES ({}, {}, {OLD}, 1, 'x')",
                id(other),
                id(gone)
            ),
            "orphans",
            &[other],
            delete("webhook_attempts", other),
        ),
        // Retention, under settings and definitions that may be others elsewhere.
        plant(
            format!(
                "{} WHERE id = {open}; {} WHERE event_id = {open}; UPDATE events SET retention_days = 1 WHERE id = {open}; \
                 {}; {}",
                times("events", OLD),
                times("event_seats", OLD),
                closes(OLD),
                defined("2020-01-01T00:00:00", 0)
            ),
            "retention",
            &[patient.open],
            format!(
                "UPDATE events SET starts_at = {START}, ends_at = {END}, retention_days = NULL WHERE id = {open}; \
                 UPDATE event_seats SET starts_at = {START}, ends_at = {END} WHERE event_id = {open}; {}; {}",
                closes(START),
                defined("2090-01-01T10:00:00", 60)
            ),
        ),
        // The feed and its readers.
        plant(kept("changes", "position IN (2, 3, 5)"), "feed-positions", &[], put_back("changes")),
        plant(moved("mailer", 5), "reader-ahead", &[], moved("mailer", -5)),
        plant(moved("webhook_endpoints", 5), "reader-ahead", &[patient.endpoint], moved("webhook_endpoints", -5)),
        Plant {
            sql: "UPDATE feed SET last_position = last_position - 1".to_owned(),
            found: vec![("feed-positions", vec![]), ("reader-ahead", vec![]), ("reader-ahead", vec![patient.endpoint])],
            undo: "UPDATE feed SET last_position = last_position + 1".to_owned(),
        },
        Plant {
            sql: format!(
                "UPDATE changes SET occurred_at = {} WHERE position = 4; CREATE TABLE kept AS SELECT position FROM mailer; \
                 UPDATE mailer SET position = 3; UPDATE webhook_endpoints SET position = 3",
                ago(20)
            ),
            found: vec![("reader-behind", vec![]), ("reader-behind", vec![patient.endpoint])],
            undo: format!(
                "UPDATE changes SET occurred_at = {} WHERE position = 4; \
                 UPDATE mailer SET position = (SELECT position FROM kept); \
                 UPDATE webhook_endpoints SET position = (SELECT position FROM kept); DROP TABLE kept",
                ago(0)
            ),
        },
        plant(kept("mailer", "id = 1"), "missing-row", &[], put_back("mailer")),
        plant(kept("derivation", "id = 1"), "missing-row", &[], put_back("derivation")),
        // Queues.
        plant(patient.message(other, first, OLD, "NULL"), "overdue", &[other], delete("messages", other)),
        plant(patient.message(other, first, OLD, OLD), "leases", &[other], delete("messages", other)),
        plant(patient.delivery(other, "pending", OLD, None), "overdue", &[other], delete("webhook_deliveries", other)),
        plant(
            patient.delivery(other, "pending", OLD, Some(gone)),
            "leases",
            &[other],
            delete("webhook_deliveries", other),
        ),
        // The schema.
        plant(
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_later', 1)",
            "schema-unknown",
            &[],
            "DELETE FROM seaql_migrations WHERE version = 'm20990101_000001_later'",
        ),
        plant(
            kept("seaql_migrations", "version = 'm20261127_000006_mail'"),
            "schema-behind",
            &[],
            put_back("seaql_migrations"),
        ),
        // Advice. What a newer program has derived may be other than what this one would derive.
        plant(
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
        plant(
            format!("UPDATE changes SET registration_id = {} WHERE position = 4", id(gone)),
            "survivors",
            &[patient.changes[3]],
            format!("UPDATE changes SET registration_id = {} WHERE position = 4", id(first)),
        ),
        plant(
            format!("UPDATE changes SET occurred_at = {OLD} WHERE position = 1"),
            "old-rows",
            &[patient.changes[0]],
            format!("UPDATE changes SET occurred_at = {} WHERE position = 1", ago(0)),
        ),
    ]
}

/// Wrong things that are put right; `undo` gives the number that shows it (as `n`), which is then 1.
#[allow(clippy::too_many_lines, reason = "a table")]
pub(super) fn mended(patient: &Patient) -> Vec<Plant> {
    let id = |id: Uuid| patient.id(id);
    let (hot, open) = (id(patient.hot), id(patient.open));
    let (gone, other) = (new(), new());
    let last = patient.waiting[1];
    let (late, later) = ("'2090-01-01T11:00:00+00:00'", "'2090-01-01T12:00:00+00:00'");
    let seats = |is: &str| format!("SELECT COUNT(*) AS n FROM event_seats WHERE event_id = {hot} AND {is}");
    let none = |table: &str| format!("SELECT 1 - COUNT(*) AS n FROM {table} WHERE id = {}", id(other));
    vec![
        plant(
            format!("UPDATE event_seats SET confirmed = 1, waitlisted = 1 WHERE event_id = {hot}"),
            "seat-counts",
            &[patient.hot],
            seats("confirmed = 3 AND waitlisted = 2 AND ceiling = 3 AND last_queue_number = 2"),
        ),
        plant(
            format!("UPDATE registrations SET queue_number = 9 WHERE id = {}", id(last)),
            "queue-counter",
            &[patient.hot],
            seats("confirmed = 3 AND waitlisted = 2 AND last_queue_number = 9"),
        ),
        plant(
            format!("UPDATE event_seats SET capacity = 4, ceiling = 4 WHERE event_id = {hot}"),
            "empty-seats",
            &[patient.hot],
            format!(
                "SELECT COUNT(*) AS n FROM registrations WHERE id = {} AND status = 'confirmed' AND EXISTS \
                 (SELECT 1 FROM outbox AS o WHERE o.registration_id = registrations.id AND o.type = 'registration.promoted')",
                id(patient.waiting[0])
            ),
        ),
        plant(
            patient.answer(other, Some(gone), &ago(0)),
            "answers-of-gone",
            &[other],
            format!(
                "SELECT COUNT(*) AS n FROM idempotency_records WHERE id = {} AND status = 404 AND body = ''",
                id(other)
            ),
        ),
        plant(patient.message(other, gone, &ago(0), "NULL"), "messages-of-gone", &[other], none("messages")),
        plant(
            patient.answer(gone, None, OLD),
            "old-answers",
            &[gone],
            format!("SELECT 1 - COUNT(*) AS n FROM idempotency_records WHERE id = {}", id(gone)),
        ),
        // As old rules of a time zone leave it.
        plant(
            format!(
                "UPDATE events SET starts_at = {late}, ends_at = {later} WHERE id = {open}; \
                 UPDATE event_seats SET starts_at = {late}, closes_at = {late}, ends_at = {later} WHERE event_id = {open}"
            ),
            "stored-times",
            &[patient.open],
            format!(
                "SELECT COUNT(*) AS n FROM events AS e JOIN event_seats AS s ON s.event_id = e.id WHERE e.id = {open} \
                 AND e.starts_at = {START} AND e.ends_at = {END} AND s.starts_at = {START} AND s.closes_at = {START} \
                 AND s.ends_at = {END} AND EXISTS (SELECT 1 FROM outbox AS o WHERE o.event_id = e.id \
                 AND o.type = 'event.updated')"
            ),
        ),
        plant(
            format!("UPDATE event_seats SET opens_at = {OLD} WHERE event_id = {open}"),
            "stored-times",
            &[patient.open],
            format!("SELECT COUNT(*) AS n FROM event_seats WHERE event_id = {open} AND opens_at IS NULL"),
        ),
        plant(patient.insert(other, patient.hot, "pending", OLD), "unconfirmed", &[other], none("registrations")),
        plant(
            format!(
                "INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) VALUES \
                 ({}, 'registration.updated', {hot}, {}, 9, {}, '{{\"status\":\"confirmed\"}}')",
                id(other),
                id(patient.confirmed[0]),
                ago(5)
            ),
            "outbox",
            &[other],
            format!("SELECT COUNT(*) AS n FROM changes WHERE id = {}", id(other)),
        ),
        plant(
            patient.delivery(other, "waiting", &ago(0), None),
            "delivery-order",
            &[other],
            format!("SELECT COUNT(*) AS n FROM webhook_deliveries WHERE id = {} AND state = 'pending'", id(other)),
        ),
    ]
}
