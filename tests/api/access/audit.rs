//! The audit log: every operation that changes something or reads people's data in bulk writes an entry, which the
//! organisations concerned can read, and which has no personal data.

use serde_json::{Value, json};

use crate::support::http::calls::Call;
use crate::support::mail::queue::{smtp_worker, wait_for_messages};
use crate::support::mail::smtp_server::MailServer;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{WEBINAR, definition, person, webinar};

crate::on_both_engines!(
    every_operation_is_recorded_or_listed,
    organisations_see_what_they_did_and_what_was_done_to_their_events,
    filters_and_pages,
    what_has_no_effect_is_not_recorded,
    entries_have_no_personal_data,
    old_entries_are_removed,
    commands_and_background_tasks_are_recorded,
);

/// The operations that need no entry, although they change something or need a token, with the reason.
const NOT_RECORDED: [(&str, &str); 22] = [
    ("create_registration", "registering must cost nothing more; a registration says who made it and when"),
    ("create_registrations_batch", "as create_registration"),
    ("confirm_registration", "as create_registration"),
    ("resend_link", "changes nothing and tells the caller nothing: the person gets a mail"),
    ("read_registration", "one person's data, for that person or for a client that knows the registration"),
    ("read_registration_calendar", "as read_registration"),
    ("read_join", "as read_registration"),
    ("list_changes", "has no personal data"),
    ("list_audit", "has no personal data"),
    ("list_definitions", "has no personal data"),
    ("read_definition", "has no personal data"),
    ("preview_event", "has no personal data"),
    ("list_revisions", "has no personal data"),
    ("read_revision", "has no personal data"),
    ("read_statistics", "counts people, and names none"),
    ("read_statistics_chart", "as read_statistics"),
    ("list_webhook_endpoints", "has no personal data"),
    ("read_webhook_endpoint", "has no personal data"),
    ("list_webhook_deliveries", "has no personal data"),
    ("read_webhook_delivery", "has no personal data"),
    ("explain_problem", "public"),
    ("read_specification", "public"),
];

/// The actions that were recorded for a request.
async fn recorded(app: &TestApp, request_id: &str) -> Vec<String> {
    let sql = format!("SELECT action FROM audit_entries WHERE request_id = '{request_id}' ORDER BY id");
    app.database.rows(&sql).await.iter().map(|row| row.try_get("", "action").unwrap()).collect()
}

async fn every_operation_is_recorded_or_listed(app: TestApp) {
    let mut event = webinar();
    event["owner"] = json!("metropolis");
    app.publish(&event).await;
    // The list of messages records only what it shows.
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    app.registered(WEBINAR, "ana@example.org").await;
    wait_for_messages(&app, "state <> 'pending'", 1).await;
    worker.stop().await;
    let calls = Call::all(&app).await;
    let owner = app.token_of("metropolis", "registrations:read registrations:write events:write audit:read").await;
    for (number, mut call) in calls.into_iter().enumerate() {
        if call.is_read() && !call.needs_token() {
            continue;
        }
        // The owner sees people in every list of its event.
        if call.template.contains("{event}") && call.needs_token() {
            call.authorization = Some(format!("Bearer {owner}"));
        }
        let id = format!("audited-{number}");
        let header = ("request-id", &*id.clone().leak());
        let response = Call { header: Some(header), ..call.clone() }.send(&app).await;
        assert!((200..300).contains(&response.status), "{call}: {}", response.body);
        let actions = recorded(&app, &id).await;
        match NOT_RECORDED.iter().find(|(operation, _)| *operation == call.id()) {
            Some((_, reason)) => {
                assert!(actions.is_empty(), "{call} records {actions:?}, although it is listed: {reason}");
            }
            None => assert_eq!(
                actions.len(),
                1,
                "{call} records {actions:?}. An operation that changes something, or reads people's data in bulk, passes an \
                 `AuditContext` to the store, which calls `persistence::audit::record` in its transaction. Any other operation \
                 is listed in NOT_RECORDED ({}), with the reason.",
                file!()
            ),
        }
    }
}

async fn log(app: &TestApp, token: &str, query: &str) -> Vec<Value> {
    let response = app.send("GET", &format!("/v1/audit?{query}"), Some(token), None).await;
    assert_eq!(response.header("cache-control"), Some("private, no-cache"));
    response.expect(200)["data"].as_array().unwrap().clone()
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

async fn reader(app: &TestApp, organisation: &str) -> String {
    app.token_of(organisation, "audit:read").await
}

async fn organisations_see_what_they_did_and_what_was_done_to_their_events(app: TestApp) {
    app.publish(&owned("mine", "owner", &["co"])).await;
    app.publish(&owned("other", "stranger", &[])).await;
    let (owner, co, partner) = (reader(&app, "owner").await, reader(&app, "co").await, reader(&app, "partner").await);
    let seller = app.add_client("partner", "registrations:read registrations:write").await;
    let token = app.token(&seller).await;
    let since = "since=2026-11-23T09:00:00.001Z";
    app.set_time("2026-11-23T09:00:01Z");
    let (holder, manage, _) = app.registered("mine", "ana@example.org").await;
    app.cancel(&holder, &manage).await.expect(200);
    app.set_time("2026-11-23T09:00:02Z");
    let sold = app.registered_by("mine", &token, &person("bea@example.org")).await["id"].clone();
    let path = format!("/v1/registrations/{}/attendance", sold.as_str().unwrap());
    let attended = app.send("POST", &path, Some(&token), Some(&json!({"attended": true}))).await;
    attended.expect(200);
    let all = log(&app, &owner, since).await;
    assert_eq!(actions(&all), ["attendance.recorded", "registration.cancelled"]);
    let event = all[0]["event"]["id"].clone();
    assert_eq!(
        all[0],
        json!({
            "id": all[0]["id"], "at": "2026-11-23T09:00:02Z",
            "actor": {"kind": "client", "organisation": "partner", "client_id": seller.id.to_string()},
            "action": "attendance.recorded", "target": {"kind": "registration", "id": sold},
            "event": {"id": event, "slug": "mine"}, "request_id": attended.header("request-id").unwrap(),
            "details": {"attended": true},
        })
    );
    assert_eq!(all[1]["actor"], json!({"kind": "holder", "organisation": null, "client_id": null}));
    assert_eq!(all[1]["target"]["id"], json!(holder));
    assert_eq!(log(&app, &co, since).await, all, "a co-organiser sees what the owner sees");
    assert_eq!(actions(&log(&app, &partner, since).await), ["attendance.recorded"], "its own work, not the holder's");
    assert_eq!(actions(&log(&app, &partner, "event=mine").await), ["attendance.recorded"]);
    let stranger = reader(&app, "stranger").await;
    assert_eq!(log(&app, &stranger, since).await, [Value::Null; 0]);
    assert_eq!(log(&app, &stranger, "event=mine").await, [Value::Null; 0]);
    app.send("GET", "/v1/audit", Some(&token), None).await.expect_problem(403, "insufficient-scope");
}

async fn filters_and_pages(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    app.publish(&owned("second", "owner", &[])).await;
    let owner = app.add_client("owner", "audit:read").await;
    let writer = app.add_client("owner", "registrations:read registrations:write").await;
    app.set_time("2026-11-23T09:00:01Z");
    let begin = "since=2026-11-23T09:00:01Z";
    for number in 0..7 {
        let (id, manage, _) = app.registered("mine", &format!("person-{number}@example.org")).await;
        app.cancel(&id, &manage).await.expect(200);
    }
    app.registered("second", "ana@example.org").await;
    // Old entries of other days are found too, beyond the times that the first attempts look at.
    app.set_time("2027-02-01T09:00:00Z");
    let (owner, token) = (app.token(&owner).await, app.token(&writer).await);
    app.send("GET", "/v1/events/second/registrations?status=confirmed", Some(&token), None).await.expect(200);
    app.send("GET", "/v1/events/second/registrations/export", Some(&token), None).await;
    let all = log(&app, &owner, &format!("{begin}&limit=100")).await;
    assert_eq!(all.len(), 9);
    assert_eq!(actions(&all)[2], "registration.cancelled");
    // Entries of the same millisecond come in any order.
    let with = |action: &str| all[..2].iter().find(|entry| entry["action"] == action).unwrap();
    assert_eq!(with("registrations.exported")["details"], json!({"format": "csv", "filters": []}));
    assert_eq!(with("registrations.listed")["details"], json!({"registrations": 1, "filters": ["status"]}));
    let mut paged = Vec::new();
    let mut path = format!("/v1/audit?{begin}&limit=2");
    loop {
        let page = app.send("GET", &path, Some(&owner), None).await.expect(200);
        paged.extend(page["data"].as_array().unwrap().clone());
        let Some(cursor) = page["page"]["next_cursor"].as_str() else { break };
        path = format!("/v1/audit?{begin}&limit=2&cursor={cursor}");
    }
    assert_eq!(paged, all, "every entry once, in the same order");
    for (query, number) in [
        ("event=mine&actor=holder", 7),
        ("event=second&action=registrations.exported", 1),
        ("event=second&actor=client", 2),
        ("action=registration.cancelled", 7),
        (&format!("actor={}", writer.id), 2),
        ("actor=019a0000-0000-7000-8000-000000000000", 0),
        ("since=2027-02-01T09:00:00Z", 2),
        ("since=2027-02-01T09:00:00.000001Z", 0),
        ("event=no-such-event", 0),
        (&format!("event={}", all[0]["event"]["id"].as_str().unwrap()), 2),
    ] {
        let found = log(&app, &owner, &format!("{query}&limit=100")).await;
        let found: Vec<&Value> = found.iter().filter(|entry| entry["action"] != "definition.put").collect();
        assert_eq!(found.len(), number, "{query}: {found:?}");
    }
    for query in
        ["action=everything", "actor=nobody", "since=yesterday", "event=mine&cursor=x", "event=", "event=My%20event"]
    {
        let path = format!("/v1/audit?{query}");
        app.send("GET", &path, Some(&owner), None).await.expect_problem(400, "invalid-parameter");
    }
}

async fn what_has_no_effect_is_not_recorded(app: TestApp) {
    app.publish(&definition("small", Some(10), true)).await;
    let (id, token, _) = app.registered("small", "ana@example.org").await;
    let path = format!("/v1/registrations/{id}");
    let before = app.database.number("SELECT COUNT(*) AS n FROM audit_entries").await;
    let unchanged = json!({"name": person("ana@example.org")["name"]});
    app.send("PATCH", &path, Some(&token), Some(&unchanged)).await.expect(200);
    app.send("PATCH", &path, Some(&token), Some(&json!({"name": ""}))).await.expect(422);
    let request = app.client.post(format!("{}{path}/cancel", app.base)).bearer_auth(&token);
    assert_eq!(request.header("if-match", "\"stale\"").send().await.unwrap().status(), 412);
    assert_eq!(app.database.number("SELECT COUNT(*) AS n FROM audit_entries").await, before);
    for _ in 0..3 {
        app.cancel(&id, &token).await.expect(200);
    }
    assert_eq!(app.database.number("SELECT COUNT(*) AS n FROM audit_entries").await, before + 1);
}

async fn entries_have_no_personal_data(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    let owner = app.partner("owner").await;
    let (id, token, _) = app.registered("mine", "zebedee@example.org").await;
    let path = format!("/v1/registrations/{id}");
    let change = json!({"name": "Zebedee Quux", "city": "Zebedeeville", "answers": {}});
    app.send("PATCH", &path, Some(&owner), Some(&change)).await.expect(200);
    let list = "/v1/events/mine/registrations?email=zebedee@example.org";
    assert_eq!(app.send("GET", list, Some(&owner), None).await.expect(200)["data"].as_array().unwrap().len(), 1);
    let reason = json!({"reason": "Zebedee is ill"});
    app.send("POST", &format!("{path}/cancel"), Some(&token), Some(&reason)).await.expect(200);
    app.send("DELETE", &path, Some(&owner), None).await.expect(204);
    let entries = log(&app, &reader(&app, "owner").await, "event=mine").await;
    let expected = ["registration.cancelled", "registration.erased", "registration.updated", "registrations.listed"];
    let mut made: Vec<&str> = actions(&entries).into_iter().filter(|action| *action != "definition.put").collect();
    made.sort_unstable();
    assert_eq!(made, expected);
    let updated = entries.iter().find(|entry| entry["action"] == "registration.updated").unwrap();
    assert_eq!(updated["details"], json!({"changed": ["name", "city"]}));
    assert!(!json!(entries).to_string().to_lowercase().contains("zebedee"), "{entries:?}");
}

async fn old_entries_are_removed(app: TestApp) {
    app.publish(&definition("small", Some(10), true)).await;
    let (id, token, _) = app.registered("small", "ana@example.org").await;
    app.cancel(&id, &token).await.expect(200);
    let count = "SELECT COUNT(*) AS n FROM audit_entries WHERE action = 'registration.cancelled'";
    app.store.remove_old_audit_entries(app.now()).await.unwrap();
    assert_eq!(app.database.number(count).await, 1, "what is not older stays");
    app.set_time("2026-11-23T09:00:01Z");
    assert!(app.store.remove_old_audit_entries(app.now()).await.unwrap() > 0);
    assert_eq!(app.database.number("SELECT COUNT(*) AS n FROM audit_entries").await, 0);
}

async fn commands_and_background_tasks_are_recorded(app: TestApp) {
    let client = app.add_client("owner", "audit:read").await;
    app.store.disable_client(client.id, app.now()).await.unwrap().unwrap();
    let sql = format!("SELECT action FROM audit_entries WHERE actor = 'operator' AND target_id = '{}'", client.id);
    let rows = app.database.rows(&sql).await;
    let mut actions: Vec<String> = rows.iter().map(|row| row.try_get("", "action").unwrap()).collect();
    actions.sort();
    assert_eq!(actions, ["client.added", "client.disabled"]);
    app.publish(&owned("mine", "owner", &[])).await;
    app.registered("mine", "ana@example.org").await;
    app.set_time("2027-11-23T09:00:00Z");
    app.store.anonymise_expired(Some(chrono::TimeDelta::days(30)), app.now()).await.unwrap();
    let entries = log(&app, &reader(&app, "owner").await, "actor=system").await;
    let action = ("registrations.anonymised", &json!({"registrations": 1}));
    assert_eq!(
        (entries[0]["action"].as_str().unwrap(), &entries[0]["details"], entries.len()),
        (action.0, action.1, 1)
    );
}
