//! Inserts many registrations at once, by SQL.

use sea_orm::ConnectionTrait as _;

use crate::support::database::test_database::Engine;
use crate::support::server::app::TestApp;

impl TestApp {
    /// Inserts confirmed registrations of an event directly into the table; the event's counts do not change. The ids end
    /// in the numbers from 1.
    pub async fn insert_registrations(&self, event: &str, number: usize) {
        let connection = self.database.connect().await;
        let id = self.get(&format!("/v1/events/{event}")).await.expect(200)["id"].as_str().expect("an id").to_owned();
        let (numbers, own_id, event_id) = match self.database.engine {
            Engine::Postgres => (
                format!("generate_series(1, {number}) AS numbers (n)"),
                "('019a0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid",
                format!("'{id}'::uuid"),
            ),
            Engine::Sqlite => (
                format!(
                    "(WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {number}) SELECT n FROM c)"
                ),
                "unhex(printf('019a0000000070008000%012x', n))",
                format!("x'{}'", id.replace('-', "")),
            ),
        };
        let at = "'2026-11-23T09:00:00+00:00'";
        let sql = format!(
            "INSERT INTO registrations (id, event_id, status, email, active_email, name, language, newsletter, answers, \
             source, privacy_notice, privacy_accepted_at, created_at, updated_at, confirmed_at, revision) \
             SELECT {own_id}, {event_id}, 'confirmed', 'p' || n || '@example.org', 'p' || n || '@example.org', \
             'Person ' || n, 'en', false, '{{}}', 'public', '1', {at}, {at}, {at}, {at}, 1 FROM {numbers}"
        );
        connection.execute_unprepared(&sql).await.expect("filled");
        connection.close().await.expect("closed");
    }
}
