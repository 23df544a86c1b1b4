//! `GET /v1/events/{event}/messages`: what became of each message, for organisers, without personal data.

use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::database::test_database::Engine;
use crate::support::http::response::TestResponse;
use crate::support::mail::queue::{count_messages, smtp_worker, wait_for_messages};
use crate::support::mail::smtp_server::{MailServer, RecipientPolicy};
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::person;

crate::on_both_engines!(
    rejected_messages_are_listed,
    filters,
    messages_are_visible_to_their_organisations_only,
    pagination_is_complete_and_without_duplicates,
    messages_to_all_have_time_ordered_ids,
    messages_of_erased_registrations_are_removed,
);

/// Requests the messages of an event with a client's token.
async fn list(app: &TestApp, event: &str, token: &str, query: &str) -> TestResponse {
    app.send("GET", &format!("/v1/events/{event}/messages?{query}"), Some(token), None).await
}

async fn listed(app: &TestApp, event: &str, token: &str, query: &str) -> Vec<Value> {
    list(app, event, token, query).await.expect(200)["data"].as_array().unwrap().clone()
}

fn texts<'a>(messages: &'a [Value], field: &str) -> Vec<&'a str> {
    let mut texts: Vec<&str> = messages.iter().map(|message| message[field].as_str().unwrap()).collect();
    texts.sort_unstable();
    texts
}

async fn rejected_messages_are_listed(app: TestApp) {
    let server = MailServer::start().await;
    server.reject("nobody");
    let worker = smtp_worker(&app, &server).await;
    let mut document = owned("mine", "owner", &[]);
    document["starts"] = json!("2027-03-01T10:00");
    app.publish(&document).await;
    let owner = app.partner("owner").await;
    let (ana, ..) = app.registered("mine", "ana@example.org").await;
    let (nobody, ..) = app.registered("mine", "nobody@example.org").await;
    wait_for_messages(&app, "state <> 'pending'", 2).await;
    let rejected = listed(&app, "mine", &owner, "status=refused").await;
    let at = "2026-11-23T09:00:00Z";
    assert_eq!(
        rejected,
        [json!({
            "id": rejected[0]["id"], "kind": "registered", "registration_id": nobody, "status": "refused",
            "reason": "rejected", "smtp_code": 550, "attempts": 1, "next_attempt_at": null, "ended_at": at,
            "created_at": at,
        })]
    );
    let sent = listed(&app, "mine", &owner, "status=sent").await;
    assert_eq!((&sent[0]["registration_id"], &sent[0]["ended_at"]), (&json!(ana), &json!(at)));
    assert_eq!((&sent[0]["reason"], &sent[0]["smtp_code"], sent.len()), (&Value::Null, &Value::Null, 1));
    // The server's reply contains the address; the API's response does not.
    server.set_policy(RecipientPolicy::Reply("451 4.7.1 come back later, carla@example.org"));
    let (carla, ..) = app.registered("mine", "carla@example.org").await;
    wait_for_messages(&app, "state = 'pending' AND attempts = 1 AND claimed_until IS NULL", 1).await;
    let queued = listed(&app, "mine", &owner, "status=queued").await;
    assert_eq!((&queued[0]["registration_id"], &queued[0]["attempts"]), (&json!(carla), &json!(1)));
    assert_eq!((&queued[0]["next_attempt_at"], &queued[0]["ended_at"]), (&json!("2026-11-23T09:01:00Z"), &Value::Null));
    let all = list(&app, "mine", &owner, "").await;
    assert_eq!(all.expect(200)["data"].as_array().unwrap().len(), 3);
    for secret in ["@", "Ana", "example.org", "5.1.1", "4.7.1"] {
        assert!(!all.body.contains(secret), "{}", all.body);
    }
    // The list has an entity tag and supports conditional requests.
    let tag = all.header("etag").unwrap().to_owned();
    assert_eq!(all.header("cache-control"), Some("private, no-cache"));
    let url = format!("{}/v1/events/mine/messages", app.base);
    let again = app.client.get(&url).bearer_auth(&owner).header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    // A message that is deferred for four days is given up, with a reason of its own.
    for attempts in 2.. {
        app.clock.set(app.now() + TimeDelta::hours(25));
        wait_for_messages(&app, &format!("error = '451' OR attempts = {attempts} AND claimed_until IS NULL"), 1).await;
        if count_messages(&app, "error = '451'").await == 1 {
            break;
        }
    }
    let owner = app.partner("owner").await;
    let expired = listed(&app, "mine", &owner, &format!("registration={carla}")).await.remove(0);
    assert_eq!((&expired["status"], &expired["reason"]), (&json!("refused"), &json!("expired")));
    assert_eq!((&expired["smtp_code"], &expired["next_attempt_at"]), (&json!(451), &Value::Null));
    assert_eq!(listed(&app, "mine", &owner, "status=refused").await.len(), 2);
    worker.stop().await;
}

async fn filters(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    let owner = app.partner("owner").await;
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let (ana, token, _) = app.registered("mine", "ana@example.org").await;
    let (eva, ..) = app.registered("mine", "eva@example.org").await;
    server.wait_for(2).await;
    app.clock.set(app.now() + TimeDelta::seconds(1));
    app.cancel(&ana, &token).await.expect(200);
    wait_for_messages(&app, "state = 'sent'", 3).await;
    let (app, owner) = (&app, &owner);
    let kinds = async |query: &str| -> Vec<String> {
        let found = listed(app, "mine", owner, query).await;
        texts(&found, "kind").into_iter().map(str::to_owned).collect()
    };
    assert_eq!(kinds("").await, ["cancelled", "registered", "registered"]);
    assert_eq!(kinds(&format!("registration={ana}")).await, ["cancelled", "registered"]);
    assert_eq!(kinds(&format!("registration={ana}&status=sent")).await, ["cancelled", "registered"]);
    assert!(kinds(&format!("registration={eva}&status=refused")).await.is_empty());
    assert!(kinds("status=queued").await.is_empty());
    assert!(kinds("registration=019a0000-0000-7000-8000-000000000000").await.is_empty());
    let newest = listed(app, "mine", owner, "limit=1").await;
    assert_eq!(newest[0]["kind"], "cancelled");
    for bad in [
        "status=failed",
        "registration=ana",
        "registration=00000000-0000-4000-8000-000000000000",
        "limit=0",
        "limit=101",
        "cursor=x",
        "sttus=sent",
        "status=sent&status=refused",
    ] {
        list(app, "mine", owner, bad).await.expect_problem(400, "invalid-parameter");
    }
    let cursor = list(app, "mine", owner, "limit=1").await.expect(200)["page"]["next_cursor"].clone();
    let cursor = cursor.as_str().unwrap();
    list(app, "mine", owner, &format!("limit=1&cursor={cursor}")).await.expect(200);
    for other in ["status=sent".to_owned(), "status=refused".to_owned(), format!("registration={ana}")] {
        let query = format!("limit=1&{other}&cursor={cursor}");
        list(app, "mine", owner, &query).await.expect_problem(400, "invalid-parameter");
    }
    worker.stop().await;
}

async fn messages_are_visible_to_their_organisations_only(app: TestApp) {
    let server = MailServer::start().await;
    server.reject("example");
    let worker = smtp_worker(&app, &server).await;
    app.publish(&owned("mine", "owner", &["co"])).await;
    app.publish(&owned("theirs", "elsewhere", &[])).await;
    let (owner, co) = (app.partner("owner").await, app.partner("co").await);
    let (maker, stranger, elsewhere) =
        (app.partner("maker").await, app.partner("stranger").await, app.partner("elsewhere").await);
    let created =
        app.registered_by("mine", &maker, &person("made@example.org")).await["id"].as_str().unwrap().to_owned();
    let (public, manage, _) = app.registered("mine", "public@example.org").await;
    app.registered("theirs", "theirs@example.org").await;
    wait_for_messages(&app, "state = 'failed'", 3).await;
    let mut both = vec![created.as_str(), &public];
    both.sort_unstable();
    for (token, expected) in
        [(&owner, both.as_slice()), (&co, &both), (&maker, &[created.as_str()]), (&stranger, &[]), (&elsewhere, &[])]
    {
        for query in ["", "status=refused"] {
            assert_eq!(texts(&listed(&app, "mine", token, query).await, "registration_id"), expected, "{query}");
        }
        let about = listed(&app, "mine", token, &format!("registration={public}")).await;
        assert_eq!(about.len(), usize::from(expected.len() == 2));
    }
    assert!(listed(&app, "theirs", &elsewhere, &format!("registration={public}")).await.is_empty());
    // A cursor is valid for one organisation only.
    let page = list(&app, "mine", &owner, "limit=1").await.expect(200);
    let query = format!("limit=1&cursor={}", page["page"]["next_cursor"].as_str().unwrap());
    list(&app, "mine", &owner, &query).await.expect(200);
    list(&app, "mine", &co, &query).await.expect_problem(400, "invalid-parameter");
    // No token, a manage token, and a client with another scope.
    app.get("/v1/events/mine/messages").await.expect_problem(401, "unauthenticated");
    list(&app, "mine", &manage, "").await.expect_problem(401, "invalid-token");
    let writer = app.token_of("owner", "registrations:write").await;
    let problem = list(&app, "mine", &writer, "").await.expect_problem(403, "insufficient-scope");
    assert_eq!(problem["required_scope"], "registrations:read");
    // A pending registration is visible to the event's organisers only, not to its creator.
    app.publish_confirming(&owned("careful", "owner", &[])).await;
    app.send("POST", "/v1/events/careful/registrations", Some(&maker), Some(&person("new@example.org")))
        .await
        .expect(202);
    wait_for_messages(&app, "state = 'failed'", 4).await;
    assert_eq!(texts(&listed(&app, "careful", &owner, "status=refused").await, "kind"), ["confirm_address"]);
    assert!(listed(&app, "careful", &maker, "").await.is_empty());
    // A draft is visible to its organisers only; an unknown event to no client.
    let mut draft = owned("mine", "owner", &[]);
    draft["status"] = json!("draft");
    app.publish(&draft).await;
    assert_eq!(listed(&app, "mine", &owner, "").await.len(), 2);
    list(&app, "mine", &maker, "limit=0").await.expect_problem(404, "not-found");
    list(&app, "nothing", &owner, "limit=0").await.expect_problem(404, "not-found");
    worker.stop().await;
}

async fn pagination_is_complete_and_without_duplicates(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    app.publish(&owned("mine", "owner", &[])).await;
    let owner = app.partner("owner").await;
    for number in 0..25 {
        // Not at a full second: its timestamp has no fraction, and the test compares timestamps as text.
        app.clock.set(app.now() + TimeDelta::milliseconds(5));
        app.registered("mine", &format!("p{number}@example.org")).await;
    }
    wait_for_messages(&app, "state = 'sent'", 25).await;
    let before: Vec<Value> = listed(&app, "mine", &owner, "limit=100").await;
    let times: Vec<&str> = before.iter().map(|message| message["created_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "the newest first: {times:?}");
    let (mut listed, mut next) = (Vec::new(), Some("/v1/events/mine/messages?limit=10".to_owned()));
    while let Some(path) = next {
        let response = app.send("GET", &path, Some(&owner), None).await;
        let page = response.expect(200);
        listed.extend(page["data"].as_array().unwrap().iter().cloned());
        let cursor = page["page"]["next_cursor"].as_str();
        let link = response.header("link").map(str::to_owned);
        assert_eq!(link.is_some(), cursor.is_some());
        next = cursor.map(|cursor| format!("/v1/events/mine/messages?limit=10&cursor={cursor}"));
        if let Some(link) = link {
            assert!(link.contains("rel=\"next\"") && link.contains(cursor.unwrap()), "{link}");
            app.registered("mine", &format!("late{}@example.org", listed.len())).await;
            wait_for_messages(&app, "state = 'sent'", 25 + i64::try_from(listed.len() / 10).unwrap()).await;
        }
    }
    assert_eq!(texts(&listed, "id"), texts(&before, "id"));
    assert_eq!(listed, before);
    worker.stop().await;
}

async fn messages_to_all_have_time_ordered_ids(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let mut document = owned("mine", "owner", &[]);
    document["starts"] = json!("2026-11-26T10:00");
    app.publish(&document).await;
    let owner = app.partner("owner").await;
    for name in ["ana", "eva"] {
        app.registered("mine", &format!("{name}@example.org")).await;
    }
    server.wait_for(2).await;
    app.set_time("2026-11-23T09:05:00Z");
    document["starts"] = json!("2026-11-26T11:00");
    app.publish(&document).await;
    server.wait_for(4).await;
    app.set_time("2026-11-25T11:00:30Z");
    server.wait_for(6).await;
    wait_for_messages(&app, "state = 'sent'", 6).await;
    let token = app.partner("owner").await;
    let all = listed(&app, "mine", &token, "").await;
    let kinds: Vec<&str> = all.iter().map(|message| message["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["reminder", "reminder", "event_changed", "event_changed", "registered", "registered"]);
    for message in &all {
        let id = Uuid::parse_str(message["id"].as_str().unwrap()).unwrap();
        let (seconds, _) = id.get_timestamp().unwrap().to_unix();
        let at: chrono::DateTime<chrono::Utc> = message["created_at"].as_str().unwrap().parse().unwrap();
        assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122), "{message}");
        assert_eq!(i64::try_from(seconds).unwrap(), at.timestamp(), "{message}");
    }
    assert_ne!(owner, token);
    worker.stop().await;
}

async fn messages_of_erased_registrations_are_removed(app: TestApp) {
    let server = MailServer::start().await;
    server.reject("gone");
    let worker = smtp_worker(&app, &server).await;
    app.publish(&owned("mine", "owner", &[])).await;
    let owner = app.partner("owner").await;
    let (gone, manage, _) = app.registered("mine", "gone@example.org").await;
    let (stays, ..) = app.registered("mine", "stays@example.org").await;
    wait_for_messages(&app, "state <> 'pending'", 2).await;
    assert_eq!(listed(&app, "mine", &owner, "status=refused").await.len(), 1);
    app.send("DELETE", &format!("/v1/registrations/{gone}"), Some(&manage), None).await.expect(204);
    app.all_told().await;
    wait_for_messages(&app, "state = 'pending'", 0).await;
    let left = list(&app, "mine", &owner, "").await;
    assert_eq!(texts(left.expect(200)["data"].as_array().unwrap(), "registration_id"), [stays.as_str()]);
    let about = format!("registration={gone}");
    assert!(!left.body.contains(&gone) && listed(&app, "mine", &owner, &about).await.is_empty());
    assert_eq!(count_messages(&app, "1 = 1").await, 1);
    // A message that is enqueued during the erasure is not listed either.
    let id = match app.database.engine {
        Engine::Postgres => format!("'{gone}'"),
        Engine::Sqlite => format!("x'{}'", gone.replace('-', "")),
    };
    let late = format!("UPDATE messages SET registration_id = {id}");
    app.database.connect().await.execute_unprepared(&late).await.unwrap();
    for query in ["", about.as_str(), "status=sent"] {
        assert!(listed(&app, "mine", &owner, query).await.is_empty(), "{query}");
    }
    worker.stop().await;
}
