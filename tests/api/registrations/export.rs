//! `GET /v1/events/{event}/registrations/export`: CSV and NDJSON, filters, and aborted and slow downloads.

use std::collections::HashSet;
use std::time::Duration;

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::person;

crate::on_both_engines!(
    as_csv,
    cells_contain_no_formulas,
    as_ndjson,
    format_negotiation,
    filters,
    every_registration_is_exported_once,
    slow_readers_do_not_block_others,
    an_aborted_export_is_recognisable,
    lost_access_ends_the_export,
);

const PATH: &str = "/v1/events/mine/registrations/export";

async fn export(app: &TestApp, query: &str, token: &str) -> TestResponse {
    app.send("GET", &format!("{PATH}{query}"), Some(token), None).await
}

/// Starts an export, and leaves its body unread.
async fn open(app: &TestApp, token: &str) -> reqwest::Response {
    app.client.get(format!("{}{PATH}?format=ndjson", app.base)).bearer_auth(token).send().await.unwrap()
}

/// An event with questions.
fn event_with_questions() -> Value {
    let mut event = owned("mine", "owner", &["co"]);
    event["registration"]["questions"] = json!([
        {"key": "why", "label": "Why?", "kind": "text"},
        {"key": "topics", "label": "Which?", "kind": "choices", "choices": [
            {"key": "water", "label": "Water"}, {"key": "air", "label": "Air"},
        ]},
        {"key": "first", "label": "First time?", "kind": "yes_no"},
    ]);
    event
}

async fn as_csv(app: TestApp) {
    app.publish(&event_with_questions()).await;
    let (owner, maker) = (app.partner("owner").await, app.partner("maker").await);
    let mut ana = person("ana@example.org");
    ana["name"] = json!("=HYPERLINK(A1,\"Ana\")");
    ana["organisation"] = json!("Ajuntament, \"Barcelona\"");
    ana["position"] = json!("+34 600 000 000");
    ana["city"] = json!("Barcelona – Sant Martí");
    ana["country"] = json!("ES");
    ana["access_needs"] = json!("@SUM(A1:A9)");
    ana["external_reference"] = json!("-1");
    ana["answers"] = json!({"why": "\"=1+1", "topics": ["water", "air"], "first": true});
    let created = app.registered_by("mine", &maker, &ana).await;
    let (id, manage, _) = app.registered("mine", "b@example.org").await;
    app.cancel(&id, &manage).await.expect(200);
    let all = export(&app, "", &owner).await;
    assert_eq!(all.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(all.header("content-disposition"), Some("attachment; filename=\"mine-registrations.csv\""));
    assert_eq!((all.header("cache-control"), all.header("etag")), (Some("private, no-cache"), None));
    let at = "2026-11-23T09:00:00Z";
    let expected = [
        "id,status,waitlist_position,email,name,organisation,position,city,country,audience,language,newsletter,\
         access_needs,external_reference,answers.why,answers.topics,answers.first,other_answers,source,created_at,\
         updated_at,confirmed_at,cancelled_at,cancellation_reason,attended_at,revision"
            .to_owned(),
        format!(
            "{},confirmed,,ana@example.org,\"'=HYPERLINK(A1,\"\"Ana\"\")\",\
             \"Ajuntament, \"\"Barcelona\"\"\",'+34 600 000 000,Barcelona – Sant Martí,ES,,en,false,'@SUM(A1:A9),'-1,\
             \"'\"\"=1+1\",water;air,true,,maker,{at},{at},{at},,,,1",
            created["id"].as_str().unwrap()
        ),
        format!("{id},cancelled,,b@example.org,Ana Pérez,,,,,,en,false,,,,,,,public,{at},{at},{at},{at},,,2"),
    ];
    assert!(all.body.ends_with("\r\n") && all.body.matches('\n').count() == 3, "{}", all.body);
    // Both were created at the same instant of the tests' clock, so their order is undefined.
    let mut rows: Vec<&str> = all.body.lines().collect();
    rows[1..].sort_by_key(|row| row.contains("cancelled"));
    assert_eq!(rows, expected);
    // When a question is removed, its answers stay.
    let mut event = event_with_questions();
    event["registration"]["questions"].as_array_mut().unwrap().remove(0);
    app.publish(&event).await;
    let all = export(&app, "?status=confirmed", &owner).await;
    assert!(all.body.contains(",external_reference,answers.topics,answers.first,other_answers,"), "{}", all.body);
    assert!(all.body.contains(",water;air,true,\"{\"\"why\"\":\"\"\\\"\"=1+1\"\"}\",maker,"), "{}", all.body);
    // Without registrations there is only the header line.
    assert_eq!(export(&app, "?status=pending", &owner).await.body.lines().count(), 1);
    assert_eq!(export(&app, "?status=pending&format=ndjson", &owner).await.body, "");
}

/// A cell cannot begin with a formula, whichever separator the program that opens the file uses.
async fn cells_contain_no_formulas(app: TestApp) {
    app.publish(&event_with_questions()).await;
    let (owner, maker) = (app.partner("owner").await, app.partner("maker").await);
    let mut ana = person("ana@example.org");
    ana["name"] = json!("Ana;=HYPERLINK(A1)");
    ana["organisation"] = json!("Ajuntament, +1");
    ana["position"] = json!("a|@x");
    ana["city"] = json!("Sant Martí; Barcelona");
    ana["access_needs"] = json!("one\n-two\n\n three");
    ana["external_reference"] = json!("a;\"=1");
    ana["answers"] = json!({"why": "b;;＝1"});
    app.registered_by("mine", &maker, &ana).await;
    let all = export(&app, "", &owner).await;
    assert_eq!(all.status, 200, "{}", all.body);
    for cell in [
        ",Ana;'=HYPERLINK(A1),",
        ",\"Ajuntament,' +1\",",
        ",a|'@x,",
        ",Sant Martí; Barcelona,",
        ",\"one\n'-two\n\n three\",",
        ",\"a;'\"\"=1\",",
        ",b;;'＝1,",
    ] {
        assert!(all.body.contains(cell), "{cell} in {}", all.body);
    }
    let line = export(&app, "?format=ndjson", &owner).await;
    assert_eq!(serde_json::from_str::<Value>(line.body.trim_end()).unwrap()["name"], "Ana;=HYPERLINK(A1)");
}

async fn as_ndjson(app: TestApp) {
    let mut event = event_with_questions();
    event["registration"]["capacity"] = json!(2);
    app.publish(&event).await;
    let (owner, maker) = (app.partner("owner").await, app.partner("maker").await);
    let mut ana = person("ana@example.org");
    ana["name"] = json!("=Ana \"\\ Pérez");
    ana["external_reference"] = json!("crm-1");
    ana["answers"] = json!({"topics": ["air"], "first": false, "why": "=1"});
    app.registered_by("mine", &maker, &ana).await;
    let (cancelled, manage, _) = app.registered("mine", "b@example.org").await;
    app.cancel(&cancelled, &manage).await.expect(200);
    for email in ["c@example.org", "d@example.org", "e@example.org", "f@example.org"] {
        app.registered("mine", email).await;
    }
    let all = export(&app, "?format=ndjson", &owner).await;
    assert_eq!(all.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(all.header("content-disposition"), Some("attachment; filename=\"mine-registrations.ndjson\""));
    let lines: Vec<Value> = all.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() == 6 && all.body.ends_with("}\n"));
    for line in &lines {
        let read = app.read(line["id"].as_str().unwrap(), &owner).await;
        assert_eq!(*line, read.expect(200));
        let text = all.body.lines().find(|text| text.contains(line["id"].as_str().unwrap())).unwrap();
        let names = |text: &str| -> Vec<String> {
            serde_json::from_str::<serde_json::Map<String, Value>>(text).unwrap().keys().cloned().collect()
        };
        assert_eq!(names(text), names(&read.body), "in the same order");
    }
    let position = |email: &str| &lines.iter().find(|line| line["email"] == email).unwrap()["waitlist_position"];
    let positions = ["ana", "c", "d", "e", "f"].map(|name| position(&format!("{name}@example.org")).clone());
    assert_eq!(positions, [Value::Null, Value::Null, json!(1), json!(2), json!(3)]);
}

async fn format_negotiation(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    let owner = app.partner("owner").await;
    let form = async |query: &str, accept: &str| {
        let request = app.client.get(format!("{}{PATH}{query}", app.base)).bearer_auth(&owner);
        let response = request.header("accept", accept).send().await.unwrap();
        TestResponse::read("GET", PATH, response).await
    };
    for (query, accept, expected) in [
        ("", "*/*", "text/csv; charset=utf-8; header=present"),
        ("", "application/x-ndjson", "application/x-ndjson"),
        ("", "application/*, text/csv;q=0.5", "application/x-ndjson"),
        ("", "application/x-ndjson;q=0.5, text/csv", "text/csv; charset=utf-8; header=present"),
        ("?format=ndjson", "*/*", "application/x-ndjson"),
        ("?format=csv", "text/csv", "text/csv; charset=utf-8; header=present"),
    ] {
        let response = form(query, accept).await;
        assert_eq!((response.status, response.header("content-type")), (200, Some(expected)), "{query} {accept}");
        assert_eq!(response.header("vary"), Some("Accept, Accept-Encoding"));
    }
    form("?format=csv", "application/x-ndjson").await.expect_problem(406, "not-acceptable");
    for bad in ["?format=xlsx", "?format=", "?format=CSV", "?limit=5", "?status=there", "?updated_since=yesterday"] {
        form(bad, "*/*").await.expect_problem(400, "invalid-parameter");
    }
    let path = format!("{}{PATH}", app.base);
    let head = app.client.head(&path).bearer_auth(&owner).send().await.unwrap();
    assert_eq!(
        (head.status().as_u16(), head.headers()["content-type"].to_str().unwrap()),
        (200, "text/csv; charset=utf-8; header=present")
    );
    let coded = app.client.get(&path).bearer_auth(&owner).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(coded.headers()["content-encoding"], "gzip");
    assert_eq!(coded.bytes().await.unwrap()[..2], [0x1f, 0x8b]);
}

async fn filters(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    let (owner, maker) = (app.partner("owner").await, app.partner("maker").await);
    let mut body = person("a@example.org");
    body["external_reference"] = json!("crm-1");
    app.registered_by("mine", &maker, &body).await;
    app.registered("mine", "b@example.org").await;
    let (id, manage, _) = app.registered("mine", "c@example.org").await;
    app.set_time("2026-11-23T09:05:00Z");
    app.cancel(&id, &manage).await.expect(200);
    for (query, expected) in [
        ("", vec!["a", "b", "c"]),
        ("&status=confirmed", vec!["a", "b"]),
        ("&status=cancelled", vec!["c"]),
        ("&email=C%40EXAMPLE.org", vec!["c"]),
        ("&external_reference=crm-1", vec!["a"]),
        ("&updated_since=2026-11-23T09:01:00Z", vec!["c"]),
        ("&status=confirmed&email=c%40example.org", vec![]),
    ] {
        let all = export(&app, &format!("?format=ndjson{query}"), &owner).await;
        assert_eq!(all.status, 200, "{}", all.body);
        let email = |line| serde_json::from_str::<Value>(line).unwrap()["email"].as_str().unwrap().to_owned();
        let mut emails: Vec<String> = all.body.lines().map(email).collect();
        emails.sort();
        let expected: Vec<String> = expected.into_iter().map(|name| format!("{name}@example.org")).collect();
        assert_eq!(emails, expected, "{query}");
    }
}

/// At the boundaries of chunks, in both formats.
async fn every_registration_is_exported_once(app: TestApp) {
    for (event, number) in [("mine", 2000), ("other", 2501)] {
        app.publish(&owned(event, "owner", &[])).await;
        if event == "mine" {
            app.insert_registrations(event, number).await;
        }
    }
    let owner = app.partner("owner").await;
    for more in [0, 1, 1] {
        if more == 1 {
            app.registered("mine", &format!("more-{}@example.org", uuid::Uuid::now_v7())).await;
        }
        let path = "/v1/events/mine/registrations?limit=1";
        assert_eq!(app.send("GET", path, Some(&owner), None).await.expect(200)["data"].as_array().unwrap().len(), 1);
        let ndjson = export(&app, "?format=ndjson", &owner).await;
        let csv = export(&app, "?format=csv", &owner).await;
        let of_lines: Vec<String> = ndjson
            .body
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
            .collect();
        let of_rows: Vec<&str> = csv.body.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
        assert_eq!(of_lines, of_rows);
        let ids: HashSet<&String> = of_lines.iter().collect();
        assert!(ids.len() == of_lines.len() && of_lines.is_sorted(), "no duplicates, in order");
        assert!(of_lines.len() >= 2000);
    }
    let other = app.send("GET", "/v1/events/other/registrations/export", Some(&owner), None).await;
    assert_eq!(other.body.lines().count(), 1, "nothing of another event");
}

/// Enough registrations that an export does not fit into the socket buffers.
const MANY: usize = 40_000;

async fn slow_readers_do_not_block_others(app: TestApp) {
    app.publish(&owned("mine", "owner", &["co"])).await;
    app.insert_registrations("mine", MANY).await;
    // More exports than connections to SQLite, and nearly as many as to PostgreSQL.
    let mut opened = Vec::new();
    let mut tokens = Vec::new();
    for organisation in ["owner", "co", "owner"] {
        let token = app.partner(organisation).await;
        for _ in 0..4 {
            let response = open(&app, &token).await;
            assert_eq!(response.status().as_u16(), 200);
            opened.push(response);
        }
        let fifth = export(&app, "", &token).await;
        assert_eq!(fifth.header("retry-after"), Some("10"));
        assert_eq!(fifth.expect_problem(429, "rate-limited")["retry_after"], 10);
        tokens.push(token);
    }
    // No stalled export holds a database connection or blocks writers.
    let path = "/v1/events/mine/registrations?limit=100";
    for _ in 0..20 {
        app.send("GET", path, Some(&tokens[0]), None).await.expect(200);
    }
    app.registered("mine", "new@example.org").await;
    // One of them is read to the end.
    let complete = opened.pop().unwrap().text().await.unwrap();
    assert!(complete.lines().count() >= MANY);
    // When the others disconnect, their slots are free.
    drop(opened);
    for _ in 0..200 {
        let response = app.client.head(format!("{}{PATH}", app.base)).bearer_auth(&tokens[0]).send().await.unwrap();
        if response.status() == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("their slots are not released");
}

async fn an_aborted_export_is_recognisable(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    app.insert_registrations("mine", MANY).await;
    let owner = app.partner("owner").await;
    let mut response = open(&app, &owner).await;
    assert!(response.chunk().await.unwrap().is_some());
    let connection = app.database.connect().await;
    connection.execute_unprepared("ALTER TABLE registrations RENAME TO gone").await.unwrap();
    let mut read = 0;
    let error = loop {
        match response.chunk().await {
            Ok(Some(piece)) => read += piece.len(),
            Ok(None) => panic!("{read} bytes look like a complete export"),
            Err(error) => break error,
        }
    };
    assert!(error.is_body() || error.is_decode() || error.is_request(), "{error:?}");
    // An error before the first byte is a problem document.
    export(&app, "", &owner).await.expect_problem(500, "internal");
    connection.execute_unprepared("ALTER TABLE gone RENAME TO registrations").await.unwrap();
}

/// An organisation that loses access gets no further chunks, even during an export.
async fn lost_access_ends_the_export(app: TestApp) {
    app.publish(&owned("mine", "owner", &["co"])).await;
    app.insert_registrations("mine", MANY).await;
    let co = app.partner("co").await;
    let response = open(&app, &co).await;
    app.publish(&owned("mine", "owner", &[])).await;
    let lines = response.text().await.unwrap().lines().count();
    // Only chunks that had been read already.
    assert!((500..MANY).contains(&lines), "{lines}");
}
