//! Confirming addresses: all that can be seen of it without the mail itself.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::concurrency::{counts_agree, instances};
use crate::erasing::found;
use crate::support::partners::owned;
use crate::support::{Answer, TestApp, definition, person};

crate::on_both_engines!(
    from_the_form_to_the_seat,
    everybody_is_answered_the_same,
    nobody_is_flooded,
    what_is_not_confirmed_is_forgotten,
    a_token_is_for_one_thing,
    it_may_be_too_late,
    capacity_is_exact,
    equal_requests_at_once,
    partners_learn_nothing_either,
    a_lost_answer_is_given_again,
    the_link_once_more,
);

/// What is in the queue of mails: kind and state of each.
pub(crate) async fn messages(app: &TestApp) -> Vec<(String, String)> {
    let connection = app.database.connect().await;
    let sql = "SELECT kind, language, state, attempts, data FROM messages ORDER BY created_at, kind";
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    let mut all = Vec::new();
    for row in rows {
        let text = |name: &str| row.try_get::<String>("", name).unwrap();
        assert_eq!((text("state"), row.try_get::<i64>("", "attempts").unwrap()), ("pending".to_owned(), 0));
        assert_eq!(row.try_get::<Value>("", "data").unwrap(), json!({}), "neither token nor address");
        all.push((text("kind"), text("language")));
    }
    all
}

fn kinds(all: &[(String, String)]) -> Vec<&str> {
    all.iter().map(|(kind, _)| kind.as_str()).collect()
}

async fn resend(app: &TestApp, event: &str, email: &str) -> Answer {
    let path = format!("/v1/events/{event}/registrations/resend");
    app.send("POST", &path, None, Some(&json!({ "email": email }))).await
}

async fn from_the_form_to_the_seat(app: TestApp) {
    let mut event = definition("careful", Some(1), true);
    event["owner"] = json!("metropolis");
    app.publish_confirming(&event).await;
    let mut body = person("Ana@Example.org");
    body["language"] = json!("ca");
    let answer = app.register("careful", &body).await;
    assert_eq!(answer.expect(202), json!({"status": "confirmation_sent"}));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!((answer.header("location"), answer.header("etag")), (None, None));
    assert_eq!(messages(&app).await, [("confirm_address".to_owned(), "ca".to_owned())]);
    counts_agree(&app, 0, 0).await;
    let token = app.confirmation_token("ana@example.org").await;
    assert!(found(&app, &token.rsplit('.').next().unwrap().to_lowercase()).await.is_empty(), "no token is kept");
    app.set_time("2026-11-23T09:05:00Z");
    let confirmed = app.confirm(&token).await;
    let made = confirmed.expect(201);
    let (id, manage) = (made["id"].as_str().unwrap().to_owned(), made["manage_token"].as_str().unwrap().to_owned());
    assert_eq!(confirmed.header("location"), Some(&*format!("/v1/registrations/{id}")));
    assert_eq!((confirmed.header("etag"), confirmed.header("cache-control")), (Some("\"2\""), Some("no-store")));
    assert_eq!((&made["status"], &made["email"]), (&json!("confirmed"), &json!("Ana@Example.org")));
    assert_eq!(
        (&made["created_at"], &made["confirmed_at"]),
        (&json!("2026-11-23T09:00:00Z"), &json!("2026-11-23T09:05:00Z"))
    );
    let mut read = app.read(&id, &manage).await.expect(200);
    read["manage_token"] = json!(manage);
    assert_eq!(read, made);
    counts_agree(&app, 1, 0).await;
    // Once; and as long as it lives the answer can be had again.
    app.set_time("2026-11-23T09:06:00Z");
    assert_eq!(app.confirm(&token).await.expect(200), made);
    // The next one waits.
    app.register("careful", &person("bea@example.org")).await.expect(202);
    let waiting = app.confirm(&app.confirmation_token("bea@example.org").await).await.expect(201);
    assert_eq!((&waiting["status"], &waiting["waitlist_position"]), (&json!("waitlisted"), &json!(1)));
    app.cancel(&id, &manage).await.expect(200);
    counts_agree(&app, 1, 0).await;
    app.confirm(&token).await.expect_problem(409, "conflict");
    // Partners are told of it once it is one.
    let client = app.partner("metropolis").await;
    let expected = json!(["confirmed", "waitlisted", "cancelled", "promoted"]);
    let mut told = json!([]);
    for _ in 0..100 {
        let path = "/v1/changes?types=registration.created,registration.confirmed,registration.waitlisted,registration.cancelled,registration.promoted";
        let all = app.send("GET", path, Some(&client), None).await.expect(200);
        let types = all["data"].as_array().unwrap().iter().map(|change| change["type"].as_str().unwrap());
        told = types.map(|name| json!(name.trim_start_matches("registration."))).collect();
        if told.as_array().unwrap().len() == 4 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let sorted = |value: &Value| {
        let mut all: Vec<String> = value.as_array().unwrap().iter().map(Value::to_string).collect();
        all.sort();
        all
    };
    assert_eq!(sorted(&told), sorted(&expected));
}

/// All that an answer says but ids and times.
fn said(answer: &Answer) -> (u16, BTreeMap<String, String>, String) {
    let varies = ["request-id", "date"];
    let headers = answer.headers.iter().filter(|(name, _)| !varies.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (answer.status, headers, answer.body.clone())
}

async fn everybody_is_answered_the_same(app: TestApp) {
    app.publish_confirming(&definition("careful", None, false)).await;
    let new = app.register("careful", &person("ana@example.org")).await;
    let pending = app.register("careful", &person("ana@example.org")).await;
    app.confirm(&app.confirmation_token("ana@example.org").await).await.expect(201);
    let registered = app.register("careful", &person("ANA@example.org")).await;
    new.expect(202);
    assert_eq!(said(&new), said(&pending));
    assert_eq!(said(&new), said(&registered));
    assert_eq!(kinds(&messages(&app).await), ["already_registered", "confirm_address"]);
    let [known, unknown] =
        [resend(&app, "careful", "ana@example.org").await, resend(&app, "careful", "x@example.org").await];
    assert_eq!(said(&known), said(&unknown));
    assert_eq!(said(&known), said(&new));
    counts_agree(&app, 1, 0).await;
    // A form that is not in order is told so, whoever it is.
    let bad = app.register("careful", &json!({"email": "ana@example.org"})).await;
    assert_eq!(bad.faults().len(), 2);
}

async fn nobody_is_flooded(app: TestApp) {
    app.publish_confirming(&definition("careful", None, false)).await;
    let ask = async |time: &str| {
        app.set_time(time);
        for _ in 0..3 {
            app.register("careful", &person("ana@example.org")).await.expect(202);
            resend(&app, "careful", "ana@example.org").await.expect(202);
        }
    };
    ask("2026-11-23T09:00:00Z").await;
    ask("2026-11-23T09:04:59Z").await;
    assert_eq!(kinds(&messages(&app).await), ["confirm_address"]);
    ask("2026-11-23T09:05:00Z").await;
    assert_eq!(kinds(&messages(&app).await), ["confirm_address", "confirm_address"]);
    app.confirm(&app.confirmation_token("ana@example.org").await).await.expect(201);
    ask("2026-11-23T09:06:00Z").await;
    ask("2026-11-23T09:07:00Z").await;
    let all = messages(&app).await;
    // That makes three within the hour, which is the budget of a mailbox: the link is not sent.
    assert_eq!(kinds(&all)[2..], ["already_registered"]);
    ask("2026-11-23T10:04:59Z").await;
    assert_eq!(kinds(&messages(&app).await)[3..], ["already_registered"], "one of those before was over an hour ago");
    ask("2026-11-23T10:06:30Z").await;
    assert_eq!(kinds(&messages(&app).await)[4..], ["manage_link"], "and so were two");
}

async fn what_is_not_confirmed_is_forgotten(app: TestApp) {
    let mut event = definition("careful", None, false);
    event["starts"] = json!("2026-12-24T10:00");
    app.publish_confirming(&event).await;
    let mut body = person("zebedee@example.org");
    body["organisation"] = json!("Zebedee & Sons");
    let url = format!("{}/v1/events/careful/registrations", app.base);
    let keyed = app.client.post(url).header("idempotency-key", "k").json(&body).send().await.unwrap();
    assert_eq!(keyed.status(), 202);
    let token = app.confirmation_token("zebedee@example.org").await;
    app.set_time("2026-11-25T08:59:59Z");
    assert_eq!(app.store.remove_unconfirmed(app.now()).await.unwrap(), 0);
    // Who asks again has as long again.
    app.register("careful", &person("bea@example.org")).await.expect(202);
    app.set_time("2026-11-25T09:00:00Z");
    assert_eq!(app.confirm(&token).await.faults(), [("/confirmation_token".to_owned(), "token".to_owned())]);
    assert!(!found(&app, "zebedee").await.is_empty());
    assert_eq!(app.store.remove_unconfirmed(app.now()).await.unwrap(), 1);
    app.store.empty_log().await.unwrap();
    assert_eq!(found(&app, "zebedee").await, [""; 0]);
    assert_eq!(kinds(&messages(&app).await), ["confirm_address"], "its message is gone too");
    app.confirm(&app.confirmation_token("bea@example.org").await).await.expect(201);
    app.set_time("2026-12-01T00:00:00Z");
    assert_eq!(app.store.remove_unconfirmed(app.now()).await.unwrap(), 0, "who has confirmed stays");
    counts_agree(&app, 1, 0).await;
}

async fn a_token_is_for_one_thing(app: TestApp) {
    app.publish_confirming(&definition("careful", None, false)).await;
    app.publish(&definition("plain", None, false)).await;
    app.register("careful", &person("ana@example.org")).await.expect(202);
    let token = app.confirmation_token("ana@example.org").await;
    let (id, manage, _) = app.registered("plain", "ana@example.org").await;
    app.read(&id, &token).await.expect_problem(401, "invalid-token");
    let bad = [("/confirmation_token".to_owned(), "token".to_owned())];
    for wrong in [&manage, "x", "a.b.c", &token[..token.len() - 2], &format!("{token}x")] {
        assert_eq!(app.confirm(wrong).await.faults(), bad, "{wrong}");
    }
    let path = "/v1/registrations/confirm";
    app.send("GET", path, None, None).await.expect_problem(405, "method-not-allowed");
    for missing in [json!({}), json!({"confirmation_token": ""})] {
        let faults = app.send("POST", path, None, Some(&missing)).await.faults();
        assert_eq!(faults, [("/confirmation_token".to_owned(), "required".to_owned())]);
    }
    let made = app.confirm(&token).await.expect(201);
    app.send(
        "DELETE",
        &format!("/v1/registrations/{}", made["id"].as_str().unwrap()),
        made["manage_token"].as_str(),
        None,
    )
    .await
    .expect(204);
    assert_eq!(app.confirm(&token).await.faults(), bad, "what it was for has been erased");
}

async fn it_may_be_too_late(app: TestApp) {
    app.publish_confirming(&definition("careful", Some(1), false)).await;
    let mut tokens = Vec::new();
    for name in ["a", "b", "c"] {
        let email = format!("{name}@example.org");
        app.register("careful", &person(&email)).await.expect(202);
        tokens.push(app.confirmation_token(&email).await);
    }
    let first = app.confirm(&tokens[0]).await.expect(201);
    app.confirm(&tokens[1]).await.expect_problem(409, "event-full");
    // That all seats are taken says nothing of anybody.
    for email in ["a@example.org", "b@example.org", "new@example.org"] {
        app.register("careful", &person(email)).await.expect_problem(409, "event-full");
    }
    app.cancel(first["id"].as_str().unwrap(), first["manage_token"].as_str().unwrap()).await.expect(200);
    assert_eq!(app.confirm(&tokens[1]).await.expect(201)["status"], "confirmed", "a token outlives a refusal");
    app.set_time("2026-11-24T10:00:00Z");
    for answer in [app.confirm(&tokens[2]).await, app.register("careful", &person("d@example.org")).await] {
        answer.expect_problem(409, "registration-closed");
    }
    app.set_time("2026-11-24T11:00:00Z");
    app.confirm(&tokens[2]).await.expect_problem(409, "event-ended");
    counts_agree(&app, 1, 0).await;
}

async fn capacity_is_exact(app: TestApp) {
    app.publish_confirming(&definition("careful", Some(20), true)).await;
    let bases = instances(&app).await;
    let one = |n: usize| {
        let (app, base) = (&app, &bases[n % bases.len()]);
        async move {
            let email = format!("p{n}@example.org");
            let url = format!("{base}/v1/events/careful/registrations");
            assert_eq!(app.client.post(url).json(&person(&email)).send().await.unwrap().status(), 202);
            let body = json!({"confirmation_token": app.confirmation_token(&email).await});
            let confirm = || app.client.post(format!("{base}/v1/registrations/confirm")).json(&body).send();
            // Twice at once: it has one effect.
            let both = futures_util::join!(confirm(), confirm());
            let mut statuses = [both.0.unwrap().status().as_u16(), both.1.unwrap().status().as_u16()];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 201]);
        }
    };
    for some in (0..60).collect::<Vec<_>>().chunks(20) {
        join_all(some.iter().map(|n| one(*n))).await;
    }
    counts_agree(&app, 20, 40).await;
}

async fn equal_requests_at_once(app: TestApp) {
    app.publish_confirming(&definition("careful", None, false)).await;
    let bases = instances(&app).await;
    let one = |n: usize| {
        let request = app.client.post(format!("{}/v1/events/careful/registrations", bases[n % bases.len()]));
        let request = if n.is_multiple_of(2) { request.header("idempotency-key", "one") } else { request };
        async move { request.json(&person("ana@example.org")).send().await.unwrap().status().as_u16() }
    };
    let answers = join_all((0..30).map(one)).await;
    assert_eq!(answers, [202; 30]);
    assert_eq!(kinds(&messages(&app).await), ["confirm_address"]);
    app.confirm(&app.confirmation_token("ana@example.org").await).await.expect(201);
    counts_agree(&app, 1, 0).await;
}

async fn partners_learn_nothing_either(app: TestApp) {
    app.publish_confirming(&owned("summit", "metropolis", &[])).await;
    let (partner, owner) = (app.partner("al-las").await, app.partner("metropolis").await);
    let register = async |email: &str, reference: &str| {
        let mut body = person(email);
        body["external_reference"] = json!(reference);
        app.send("POST", "/v1/events/summit/registrations", Some(&partner), Some(&body)).await
    };
    app.register("summit", &person("known@example.org")).await.expect(202);
    app.confirm(&app.confirmation_token("known@example.org").await).await.expect(201);
    for (email, time) in [("known@example.org", "2026-11-23T09:01:00Z"), ("new@example.org", "2026-11-23T09:02:00Z")] {
        app.set_time(time);
        assert_eq!(register(email, email).await.expect(202), json!({"status": "confirmation_sent"}));
        // Its own name for somebody who is pending is as free as one for somebody who is not.
        assert_eq!(register("other@example.org", email).await.expect(202), json!({"status": "confirmation_sent"}));
    }
    let listed = async |token: &str| {
        let list = app.send("GET", "/v1/events/summit/registrations", Some(token), None).await.expect(200);
        list["data"].as_array().unwrap().len()
    };
    assert_eq!((listed(&partner).await, listed(&owner).await), (0, 4), "who organises it sees who is pending");
    let made = app.confirm(&app.confirmation_token("other@example.org").await).await.expect(201);
    assert_eq!((&made["source"], &made["external_reference"]), (&json!("al-las"), &json!("new@example.org")));
    assert_eq!(listed(&partner).await, 1);
    register("third@example.org", "new@example.org").await.expect_problem(409, "conflict");
    // Several of them are answered one by one, and take no seat.
    let path = "/v1/events/summit/registrations/batch";
    let items = json!([person("known@example.org"), person("b@example.org"), {"email": "x"}]);
    let post = async |body: Value| {
        let request = app.client.post(format!("{}{path}", app.base)).bearer_auth(&partner);
        let answer = request.header("idempotency-key", "batch").json(&body).send().await.unwrap();
        Answer::read("POST", path, answer).await
    };
    for _ in 0..2 {
        let results = post(json!({ "items": items })).await.expect(200)["results"].clone();
        assert_eq!(results[0], json!({"index": 0, "status": 202}));
        assert_eq!(results[1], json!({"index": 1, "status": 202}));
        assert_eq!((&results[2]["status"], &results[2]["problem"]["code"]), (&json!(422), &json!("validation-failed")));
    }
    let together = json!({"items": [person("c@example.org")], "atomic": true});
    app.send("POST", path, Some(&partner), Some(&together)).await.expect_problem(409, "conflict");
    counts_agree(&app, 2, 0).await;
}

async fn a_lost_answer_is_given_again(app: TestApp) {
    app.publish_confirming(&definition("careful", None, false)).await;
    let post = async |path: &str, key: &str, body: &Value| {
        let request = app.client.post(format!("{}{path}", app.base)).header("idempotency-key", key);
        Answer::read("POST", path, request.json(body).send().await.unwrap()).await
    };
    let path = "/v1/events/careful/registrations";
    let first = post(path, "a", &person("ana@example.org")).await;
    let again = post(path, "a", &person("ana@example.org")).await;
    assert_eq!((first.expect(202), again.header("idempotency-replayed")), (again.expect(202), Some("true")));
    post(path, "a", &person("bea@example.org")).await.expect_problem(422, "idempotency-mismatch");
    let body = json!({"confirmation_token": app.confirmation_token("ana@example.org").await});
    let first = post("/v1/registrations/confirm", "a", &body).await;
    let again = post("/v1/registrations/confirm", "a", &body).await;
    assert_eq!(first.expect(201), again.expect(201));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    counts_agree(&app, 1, 0).await;
}

async fn the_link_once_more(app: TestApp) {
    app.publish(&definition("plain", None, false)).await;
    let (id, token, _) = app.registered("plain", "ana@example.org").await;
    let answer = resend(&app, "plain", " ANA@example.org ").await;
    assert_eq!(answer.expect(202), json!({"status": "confirmation_sent"}));
    assert_eq!(messages(&app).await, [("manage_link".to_owned(), "en".to_owned())]);
    resend(&app, "plain", "nobody@example.org").await.expect(202);
    resend(&app, "nowhere", "ana@example.org").await.expect_problem(404, "not-found");
    assert_eq!(resend(&app, "plain", "ana").await.faults(), [("/email".to_owned(), "email".to_owned())]);
    app.cancel(&id, &token).await.expect(200);
    app.set_time("2026-11-23T09:10:00Z");
    resend(&app, "plain", "ana@example.org").await.expect(202);
    assert_eq!(messages(&app).await.len(), 1, "there is nothing to manage");
    app.send("DELETE", &format!("/v1/registrations/{id}"), Some(&token), None).await.expect(204);
    assert_eq!(messages(&app).await.len(), 0, "messages go with the person");
}
