//! `GET /v1/changes`: its content, who sees which change, cursors, and long polls.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::database::test_database::Engine;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(
    changes_contain_no_personal_data,
    organisations_see_only_their_changes,
    parameters_and_cursors_are_checked,
    long_polls_end_with_a_change_or_at_the_timeout,
    cursors_beyond_a_restored_feed_expire,
    removed_changes_expire_old_cursors,
    cursors_reveal_nothing_about_other_organisations,
    cursors_survive_a_secret_rotation,
);

const READ: &str = "registrations:read";

fn owned(slug: &str, capacity: Option<u32>, owner: &str, co_organisers: &[&str]) -> Value {
    let mut event = definition(slug, capacity, true);
    event["owner"] = json!(owner);
    event["co_organisers"] = json!(co_organisers);
    event
}

async fn changes(app: &TestApp, token: &str, query: &str) -> TestResponse {
    app.send("GET", &format!("/v1/changes{query}"), Some(token), None).await
}

fn cursor(page: &Value) -> String {
    page["page"]["next_cursor"].as_str().expect("a cursor is always there").to_owned()
}

/// Follows the feed until this many changes have come, and asserts that no more follow.
async fn read(app: &TestApp, token: &str, types: &str, number: usize) -> Vec<Value> {
    let mut all = Vec::new();
    let mut query = format!("?wait=10{types}");
    while all.len() < number {
        let page = changes(app, token, &query).await.expect(200);
        let data = page["data"].as_array().unwrap();
        assert!(!data.is_empty(), "only {} came: {all:#?}", all.len());
        all.extend(data.iter().cloned());
        query = format!("?wait=10{types}&cursor={}", cursor(&page));
    }
    assert_eq!(all.len(), number, "{all:#?}");
    let rest = changes(app, token, &query.replace("wait=10", "wait=0")).await.expect(200);
    assert_eq!(rest["data"], json!([]), "more than expected");
    all
}

fn summary(changes: &[Value]) -> Vec<String> {
    let one = |c: &Value| {
        let status = c["data"]["registration"]["status"].as_str().unwrap_or("-");
        format!("{} {} {status}", c["type"].as_str().unwrap(), c["sequence"])
    };
    changes.iter().map(one).collect()
}

async fn changes_contain_no_personal_data(app: TestApp) {
    app.publish(&owned("small", Some(1), "metropolis", &[])).await;
    let token = app.token_of("metropolis", READ).await;
    let (first, manage, _) = app.registered("small", "a@example.org").await;
    app.set_time("2026-11-23T09:00:01Z");
    let (second, ..) = app.registered("small", "b@example.org").await;
    read(&app, &token, "", 3).await;
    app.set_time("2026-11-23T09:00:02Z");
    app.cancel(&first, &manage).await.expect(200);
    let all = read(&app, &token, "", 5).await;
    assert_eq!(
        summary(&all)[..3],
        ["event.published 1 -", "registration.created 1 confirmed", "registration.created 1 waitlisted"],
        "the status is that of the change"
    );
    let mut last = summary(&all)[3..].to_vec();
    last.sort();
    assert_eq!(last, ["registration.cancelled 2 cancelled", "registration.promoted 2 confirmed"]);
    let data = &all[2]["data"];
    let expected = json!({
        "event": {"id": all[0]["data"]["event"]["id"], "slug": "small"},
        "registration": {
            "id": second, "status": "waitlisted", "source": "public", "external_reference": null, "revision": 1,
            "links": {"self": format!("{}/v1/registrations/{second}", app.base)},
        },
    });
    assert_eq!(*data, expected);
    assert_eq!(all[2]["occurred_at"], "2026-11-23T09:00:01Z");
    assert_eq!(all[0]["data"]["event"]["revision"], 1);
    assert_eq!(all[0]["data"]["changed"], json!([]));
    let response = changes(&app, &token, "?limit=2").await;
    assert!(!response.body.contains("example.org") && !response.body.contains("Pérez"), "{}", response.body);
    assert_eq!(response.header("cache-control"), Some("private, no-cache"));
    let page = response.expect(200);
    assert_eq!((page["data"].as_array().unwrap().len(), &page["page"]["limit"]), (2, &json!(2)));
    assert!(response.header("link").unwrap().contains(&format!("cursor={}", cursor(&page))));
    let mut event = owned("small", Some(2), "metropolis", &[]);
    event["title"] = json!("Another");
    app.publish(&event).await;
    event["status"] = json!("cancelled");
    app.publish(&event).await;
    let all = read(&app, &token, "&types=event.cancelled,event.updated", 2).await;
    assert_eq!(summary(&all), ["event.updated 2 -", "event.cancelled 3 -"]);
    assert_eq!(all[0]["data"]["changed"], json!(["title", "registration"]));
}

async fn organisations_see_only_their_changes(app: TestApp) {
    app.publish(&owned("first", None, "metropolis", &["al-las"])).await;
    app.publish(&owned("second", None, "al-las", &[])).await;
    let mut hidden = owned("hidden", None, "al-las", &[]);
    app.publish(&hidden).await;
    hidden["status"] = json!("draft");
    app.publish(&hidden).await;
    let partner = app.token_of("partner", "registrations:read registrations:write").await;
    for (event, email) in [("first", "a@example.org"), ("second", "b@example.org")] {
        app.registered(event, email).await;
        let mut body = person(&format!("partner-{email}"));
        body["external_reference"] = json!(format!("ours-{event}"));
        let path = format!("/v1/events/{event}/registrations");
        app.send("POST", &path, Some(&partner), Some(&body)).await.expect(201);
    }
    let owner = app.token_of("metropolis", READ).await;
    let both = app.token_of("al-las", READ).await;
    let nobody = app.token_of("stranger", READ).await;
    // The number of registrations and of events that each organisation sees.
    for (token, registrations, events) in [(&owner, 2, 2), (&both, 4, 3), (&partner, 2, 2), (&nobody, 0, 2)] {
        let all = read(&app, token, "", registrations + events).await;
        assert_eq!(summary(&all).iter().filter(|s| s.starts_with("registration")).count(), registrations);
    }
    for change in read(&app, &partner, "&types=registration.created", 2).await {
        let registration = &change["data"]["registration"];
        assert_eq!(registration["source"], "partner");
        assert_eq!(
            registration["external_reference"],
            format!("ours-{}", change["data"]["event"]["slug"].as_str().unwrap())
        );
    }
    app.get("/v1/changes").await.expect_problem(401, "unauthenticated");
    let (_, manage, _) = app.registered("first", "holder@example.org").await;
    changes(&app, &manage, "").await.expect_problem(401, "invalid-token");
    let writer = app.token_of("metropolis", "registrations:write").await;
    let problem = changes(&app, &writer, "").await.expect_problem(403, "insufficient-scope");
    assert_eq!(problem["required_scope"], READ);
}

async fn parameters_and_cursors_are_checked(app: TestApp) {
    app.publish(&owned("small", None, "metropolis", &[])).await;
    let (token, other) = (app.token_of("metropolis", READ).await, app.token_of("al-las", READ).await);
    for wrong in [
        "?limit=0",
        "?limit=101",
        "?limit=x",
        "?wait=31",
        "?wait=-1",
        "?wait=",
        "?wait=1.5",
        "?types=",
        "?types=registration.made",
        "?types=event.updated,",
        "?types=event.updated,event.updated",
        "?cursor=",
        "?cursor=x",
        "?cursor=LATEST",
        "?wiat=1",
    ] {
        let problem = changes(&app, &token, wrong).await.expect_problem(400, "invalid-parameter");
        let name = wrong[1..].split('=').next().unwrap();
        assert!(problem["detail"].as_str().unwrap().contains(name), "{problem:#}");
    }
    let all = changes(&app, &token, "?wait=10").await.expect(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
    let plain = cursor(&all);
    let filtered = cursor(&changes(&app, &token, "?types=event.updated,event.published").await.expect(200));
    for (token, query) in [
        (&other, format!("?cursor={plain}")),
        (&token, format!("?cursor={plain}&types=event.updated")),
        (&token, format!("?cursor={filtered}")),
        (&token, format!("?cursor={filtered}&types=event.updated")),
    ] {
        changes(&app, token, &query).await.expect_problem(400, "invalid-parameter");
    }
    // Another client of the organisation, another order of the types and another limit keep the cursor valid.
    let colleague = app.token_of("metropolis", READ).await;
    let query = format!("?cursor={filtered}&types=event.published,event.updated&limit=3");
    changes(&app, &colleague, &query).await.expect(200);
    // `latest` starts at the end of the feed.
    let latest = changes(&app, &token, "?cursor=latest").await.expect(200);
    assert_eq!(latest["data"], json!([]));
    app.registered("small", "a@example.org").await;
    let next = changes(&app, &token, &format!("?wait=10&cursor={}", cursor(&latest))).await.expect(200);
    assert_eq!(summary(next["data"].as_array().unwrap()), ["registration.created 1 confirmed"]);
    // The same request has the same response.
    let query = format!("?cursor={}", cursor(&next));
    let response = changes(&app, &token, &query).await;
    let request = app.client.get(format!("{}/v1/changes{query}", app.base)).bearer_auth(&token);
    let again = request.header("if-none-match", response.header("etag").unwrap()).send().await.unwrap();
    assert_eq!(again.status(), 304);
}

async fn long_polls_end_with_a_change_or_at_the_timeout(app: TestApp) {
    app.publish(&owned("ours", None, "metropolis", &[])).await;
    app.publish(&owned("theirs", None, "al-las", &[])).await;
    let token = app.token_of("metropolis", READ).await;
    let start = cursor(&changes(&app, &token, "?cursor=latest&wait=1").await.expect(200));
    // Without a change of its own, a long poll ends at the timeout. Changes of others do not end it.
    let started = Instant::now();
    let query = format!("?wait=2&cursor={start}");
    let (page, ()) = tokio::join!(changes(&app, &token, &query), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        app.registered("theirs", "a@example.org").await;
    });
    let page = page.expect(200);
    assert_eq!(page["data"], json!([]));
    assert!(started.elapsed() >= Duration::from_secs(2), "{:?}", started.elapsed());
    assert_ne!(cursor(&page), start, "the cursor advances over changes of other organisations");
    // A change ends it immediately.
    let query = format!("?wait=30&cursor={}", cursor(&page));
    let (page, done) = tokio::join!(
        async {
            let page = changes(&app, &token, &query).await.expect(200);
            (page, Instant::now())
        },
        async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            app.registered("ours", "b@example.org").await;
            Instant::now()
        }
    );
    assert_eq!(summary(page.0["data"].as_array().unwrap()), ["registration.created 1 confirmed"]);
    assert!(page.1 < done + Duration::from_secs(2), "woken {:?} later", page.1 - done);
}

async fn removed_changes_expire_old_cursors(app: TestApp) {
    app.publish(&owned("small", None, "metropolis", &[])).await;
    let token = app.token_of("metropolis", READ).await;
    let page = changes(&app, &token, "?wait=10").await.expect(200);
    let early = cursor(&page);
    app.registered("small", "a@example.org").await;
    let page = changes(&app, &token, &format!("?wait=10&cursor={early}")).await.expect(200);
    let middle = cursor(&page);
    app.set_time("2026-12-23T09:00:00Z");
    let mut event = owned("later", None, "metropolis", &[]);
    event["starts"] = json!("2027-01-24T10:00");
    app.publish(&event).await;
    let token = app.token_of("metropolis", READ).await;
    let page = changes(&app, &token, &format!("?wait=10&cursor={middle}")).await.expect(200);
    let late = cursor(&page);
    let before = app.now() - TimeDelta::days(29);
    assert_eq!(app.store.remove_old_changes(before).await.unwrap(), 2);
    assert_eq!(app.store.remove_old_changes(before).await.unwrap(), 0);
    let problem = changes(&app, &token, &format!("?cursor={early}")).await.expect_problem(410, "cursor-expired");
    assert_eq!(problem["retryable"], false);
    // A cursor behind the removed changes stays valid.
    for cursor in [format!("?cursor={middle}"), String::new()] {
        let page = changes(&app, &token, &cursor).await.expect(200);
        assert_eq!(summary(page["data"].as_array().unwrap()), ["event.published 1 -"]);
    }
    // Positions continue when no changes are left.
    app.set_time("2027-02-23T09:00:00Z");
    assert_eq!(app.store.remove_old_changes(app.now()).await.unwrap(), 1);
    let token = app.token_of("metropolis", READ).await;
    changes(&app, &token, &format!("?cursor={middle}")).await.expect_problem(410, "cursor-expired");
    for cursor in [format!("?cursor={late}"), String::new(), "?cursor=latest".to_owned()] {
        assert_eq!(changes(&app, &token, &cursor).await.expect(200)["data"], json!([]));
    }
    event["title"] = json!("Another");
    app.publish(&event).await;
    let page = changes(&app, &token, &format!("?wait=10&cursor={late}")).await.expect(200);
    assert_eq!(summary(page["data"].as_array().unwrap()), ["event.updated 2 -"]);
}

/// After restoring a backup the last change is missing, and later another change gets its position.
async fn cursors_beyond_a_restored_feed_expire(app: TestApp) {
    app.publish(&owned("small", None, "metropolis", &[])).await;
    let token = app.token_of("metropolis", READ).await;
    let restored = cursor(&changes(&app, &token, "?wait=10").await.expect(200));
    app.registered("small", "lost@example.org").await;
    let lost = cursor(&changes(&app, &token, &format!("?wait=10&cursor={restored}")).await.expect(200));
    let page_after_lost = changes(&app, &token, &format!("?cursor={lost}")).await.expect(200);
    assert_eq!(page_after_lost["data"], json!([]));
    app.all_told().await;
    let connection = app.database.connect().await;
    for sql in ["DELETE FROM changes WHERE position = 2", "UPDATE feed SET last_position = 1"] {
        connection.execute_unprepared(sql).await.unwrap();
    }
    // Pages are cached for a second, which is shorter than restoring a database takes.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    for wait in [0, 2] {
        let query = format!("?cursor={lost}&wait={wait}");
        changes(&app, &token, &query).await.expect_problem(410, "cursor-expired");
    }
    app.registered("small", "after@example.org").await;
    let page = changes(&app, &token, &format!("?wait=10&cursor={restored}")).await.expect(200);
    assert_eq!(summary(page["data"].as_array().unwrap()), ["registration.created 1 confirmed"]);
    changes(&app, &token, &format!("?cursor={lost}")).await.expect_problem(410, "cursor-expired");
    let on = changes(&app, &token, &format!("?cursor={}", cursor(&page))).await.expect(200);
    assert_eq!(on["data"], json!([]));
}

/// Cursors and entity tags do not reveal whether other organisations have changes.
async fn cursors_reveal_nothing_about_other_organisations(app: TestApp) {
    app.publish(&owned("ours", None, "metropolis", &[])).await;
    app.publish(&owned("theirs", None, "al-las", &[])).await;
    app.all_told().await;
    let token = app.token_of("metropolis", READ).await;
    let start = cursor(&changes(&app, &token, "?cursor=latest").await.expect(200));
    let read = async |query: String| {
        let response = changes(&app, &token, &query).await;
        let page = response.expect(200);
        assert_eq!(page["data"], json!([]));
        (cursor(&page), response.header("etag").unwrap().to_owned())
    };
    let quiet = [read(format!("?cursor={start}")).await, read(format!("?cursor={start}")).await];
    for number in 0..20 {
        app.registered("theirs", &format!("p{number}@example.org")).await;
    }
    app.all_told().await;
    let busy = [read(format!("?cursor={start}")).await, read(format!("?cursor={start}")).await];
    let all: Vec<&(String, String)> = quiet.iter().chain(&busy).collect();
    for (number, (cursor, tag)) in all.iter().enumerate() {
        assert_eq!((cursor.len(), tag), (start.len(), &all[0].1));
        assert!(all[..number].iter().all(|(other, _)| other != cursor), "every cursor is different");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap();
        assert!(!bytes.starts_with(b"[") && serde_json::from_slice::<Value>(&bytes).is_err(), "{bytes:?}");
    }
    // Every one of the cursors continues without gaps and duplicates.
    app.registered("ours", "ana@example.org").await;
    for (cursor, _) in all {
        let page = changes(&app, &token, &format!("?wait=10&cursor={cursor}")).await.expect(200);
        assert_eq!(summary(page["data"].as_array().unwrap()), ["registration.created 1 confirmed"]);
    }
}

/// Cursors made with the previous secret key stay valid.
async fn cursors_survive_a_secret_rotation(app: TestApp) {
    use plenaria_http::auth::keys::{SecretKey, SecretKeys};
    app.publish(&owned("small", None, "metropolis", &[])).await;
    let (base, _) = app
        .another_instance_with(|settings| {
            settings.public_url = Some(app.base.clone());
            let previous = Some(std::mem::replace(&mut settings.secrets.current, SecretKey::from_bytes([8; 32])));
            settings.secrets = SecretKeys { current: SecretKey::from_bytes([8; 32]), previous };
        })
        .await;
    let token = app.token_of("metropolis", READ).await;
    let old = cursor(&changes(&app, &token, "?wait=10").await.expect(200));
    let read = async |cursor: &str| {
        let url = format!("{base}/v1/changes?cursor={cursor}");
        let response = app.client.get(url).bearer_auth(&token).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json::<Value>().await.unwrap()
    };
    let page = read(&old).await;
    assert_eq!(page["data"], json!([]));
    let new = cursor(&page);
    read(&new).await;
    changes(&app, &token, &format!("?cursor={new}")).await.expect_problem(400, "invalid-parameter");
}

/// With one slot, a second long poll is rejected with Retry-After, and the first ends when the server stops.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_polls_are_limited_and_end_at_shutdown() {
    let url =
        |s: &mut crate::support::server::app::TestSettings| s.public_url = Some("http://api.example.org".to_owned());
    let app = TestApp::start_with(Engine::Sqlite, url).await;
    let token = app.token_of("metropolis", READ).await;
    let (base, stopper) = app
        .another_instance_with(|settings| {
            url(settings);
            settings.max_long_polls = 1;
            settings.shutdown_timeout = Duration::from_secs(20);
        })
        .await;
    let ask = |wait: u32| app.client.get(format!("{base}/v1/changes?wait={wait}")).bearer_auth(&token).send();
    let started = Instant::now();
    let (first, ()) = tokio::join!(ask(30), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let second = ask(1).await.unwrap();
        assert_eq!((second.status().as_u16(), second.headers()["retry-after"].to_str().unwrap()), (503, "2"));
        assert_eq!(second.json::<Value>().await.unwrap()["code"], "overloaded");
        assert_eq!(ask(0).await.unwrap().status(), 200, "a request without `wait` needs no slot");
        stopper.stop().await;
    });
    let page: Value = first.unwrap().json().await.unwrap();
    assert_eq!(page["data"], json!([]));
    cursor(&page);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}
