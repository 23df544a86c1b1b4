//! Promotion: a free seat goes to the head of the waiting list, in the transaction that frees it.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{definition, person};
use crate::support::server::seats::{assert_seat_counts, instances};

crate::on_both_engines!(
    raising_the_capacity_promotes_thousands,
    no_promotion_after_the_start,
    no_promotion_at_a_cancelled_event,
    promotion_follows_waitlist_order_under_concurrency,
);

async fn numbers(app: &TestApp, sql: &str) -> Vec<i64> {
    app.database.rows(sql).await.iter().map(|row| row.try_get("", "n").unwrap()).collect()
}

async fn raising_the_capacity_promotes_thousands(app: TestApp) {
    let mut event = owned("crowd", "metropolis", &[]);
    event["registration"] = json!({"capacity": 1, "waitlist": true});
    app.publish(&event).await;
    let client = app.partner("metropolis").await;
    for batch in 0..6 {
        let items: Vec<Value> = (0..500).map(|n| person(&format!("p{}@example.org", batch * 500 + n))).collect();
        let path = "/v1/events/crowd/registrations/batch";
        app.send("POST", path, Some(&client), Some(&json!({"items": items, "atomic": true}))).await.expect(200);
    }
    event["registration"]["capacity"] = json!(2_501);
    app.set_time("2026-11-23T09:10:00Z");
    assert_eq!(app.publish(&event).await.effects.promoted, 2_500);
    assert_seat_counts(&app, 2_501, 499).await;
    // The earliest are promoted, and each promotion is in the feed once.
    let waiting = "SELECT CAST(substr(email, 2, length(email) - 13) AS BIGINT) AS n FROM registrations \
                   WHERE status = 'waitlisted' ORDER BY waitlist_number";
    assert_eq!(numbers(&app, waiting).await, (2_501..3_000).collect::<Vec<i64>>());
    let promotions = "SELECT COUNT(DISTINCT registration_id) AS n FROM (SELECT registration_id, type, sequence FROM outbox \
                UNION ALL SELECT registration_id, type, sequence FROM changes) AS c \
                WHERE type = 'registration.promoted' AND sequence = 2";
    assert_eq!(numbers(&app, promotions).await, [2_500]);
    let revised = "SELECT COUNT(*) AS n FROM registrations WHERE revision = 2 AND status = 'confirmed' \
                   AND confirmed_at = updated_at AND confirmed_at > created_at";
    assert_eq!(numbers(&app, revised).await, [2_500]);
    // The positions of the others are up to date.
    let path = "/v1/events/crowd/registrations?status=waitlisted&limit=1";
    let one = app.send("GET", path, Some(&client), None).await.expect(200)["data"][0].clone();
    let position = one["waitlist_position"].as_u64().unwrap();
    assert_eq!(one["email"], format!("p{}@example.org", 2_500 + position));
    event["registration"]["capacity"] = json!(null);
    assert_eq!(app.publish(&event).await.effects.promoted, 499, "without a capacity all are promoted");
    assert_seat_counts(&app, 3_000, 0).await;
}

async fn no_promotion_after_the_start(app: TestApp) {
    app.publish(&definition("small", Some(1), true)).await;
    let (id, token, _) = app.registered("small", "a@example.org").await;
    let (second, second_token, _) = app.registered("small", "b@example.org").await;
    app.registered("small", "c@example.org").await;
    app.set_time("2026-11-24T10:00:00Z");
    assert_eq!(app.publish(&definition("small", Some(2), true)).await.effects.promoted, 0);
    app.cancel(&id, &token).await.expect(200);
    app.send("DELETE", &format!("/v1/registrations/{second}"), Some(&second_token), None).await.expect(204);
    assert_seat_counts(&app, 0, 1).await;
}

async fn no_promotion_at_a_cancelled_event(app: TestApp) {
    app.publish(&definition("small", Some(1), true)).await;
    let (id, token, _) = app.registered("small", "a@example.org").await;
    app.registered("small", "b@example.org").await;
    let mut event = definition("small", Some(5), true);
    event["status"] = json!("cancelled");
    assert_eq!(app.publish(&event).await.effects.promoted, 0);
    app.send("DELETE", &format!("/v1/registrations/{id}"), Some(&token), None).await.expect(204);
    assert_seat_counts(&app, 0, 1).await;
}

/// Everyone with a seat and some people on the waiting list cancel or are erased concurrently, while others update or
/// register: the seats go to the first on the waiting list.
async fn promotion_follows_waitlist_order_under_concurrency(app: TestApp) {
    app.publish(&definition("small", Some(8), true)).await;
    let mut people = Vec::new();
    for number in 0..60 {
        people.push(app.registered("small", &format!("p{number}@example.org")).await);
    }
    let bases = instances(&app).await;
    let one = |number: usize| {
        let (app, base, person) = (&app, &bases[number % bases.len()], people.get(number));
        async move {
            let Some((id, token, _)) = person else {
                let url = format!("{base}/v1/events/small/registrations");
                let request = app
                    .client
                    .post(url)
                    .json(&crate::support::server::sample_events::person(&format!("late{number}@example.org")));
                let response = request.send().await.unwrap();
                assert_eq!(response.status(), 201);
                assert_eq!(
                    response.json::<Value>().await.unwrap()["status"],
                    "waitlisted",
                    "no late registration overtakes the waiting list"
                );
                return;
            };
            let url = format!("{base}/v1/registrations/{id}");
            let (request, status) = match number {
                // Everyone with a seat, and every third person on the waiting list.
                n if n < 8 || n % 3 == 0 => match n % 2 {
                    0 => (app.client.delete(url), 204),
                    _ => (app.client.post(format!("{url}/cancel")), 200),
                },
                n => (app.client.patch(url).json(&json!({"city": format!("City {n}")})), 200),
            };
            let response = request.bearer_auth(token).send().await.unwrap();
            assert_eq!(response.status(), status, "{number}: {}", response.text().await.unwrap());
        }
    };
    // In mixed order.
    join_all((0..90).map(|n| one(n * 37 % 90))).await;
    let left: Vec<usize> = (8..60).filter(|n| n % 3 != 0).collect();
    assert_seat_counts(&app, 8, i64::try_from(left.len() - 8 + 30).unwrap()).await;
    for (position, number) in left.into_iter().enumerate() {
        let (id, token, _) = &people[number];
        let read = app.read(id, token).await.expect(200);
        let expected =
            if position < 8 { (json!("confirmed"), json!(null)) } else { (json!("waitlisted"), json!(position - 7)) };
        assert_eq!((&read["status"], &read["waitlist_position"]), (&expected.0, &expected.1), "{number}");
        assert_eq!(read["city"], format!("City {number}"), "no update is lost");
    }
}
