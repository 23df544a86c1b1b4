//! Checks of an event's seats, and the server instances that compete for them.

use crate::support::database::test_database::Engine;
use crate::support::server::app::TestApp;

/// The base addresses of the instances that serve a test: three on PostgreSQL, one on SQLite.
pub async fn instances(app: &TestApp) -> Vec<String> {
    let mut bases = vec![app.base.clone()];
    if app.database.engine == Engine::Postgres {
        bases.push(app.another_instance().await);
        bases.push(app.another_instance().await);
    }
    bases
}

/// Asserts that the counts of the only event's seat row, of its registrations and of its waiting list agree.
pub async fn assert_seat_counts(app: &TestApp, confirmed: i64, waitlisted: i64) {
    let sql = "SELECT s.confirmed AS c, s.waitlisted AS w, \
               (SELECT COUNT(*) FROM registrations r WHERE r.status = 'confirmed') AS rc, \
               (SELECT COUNT(*) FROM registrations r WHERE r.status = 'waitlisted') AS rw, \
               (SELECT COUNT(DISTINCT r.waitlist_number) FROM registrations r) AS q FROM event_seats s";
    let rows = app.database.rows(sql).await;
    let counts = ["c", "w", "rc", "rw", "q"].map(|name| rows[0].try_get::<i64>("", name).expect("a count"));
    assert_eq!(counts, [confirmed, waitlisted, confirmed, waitlisted, waitlisted]);
}
