//! `POST /v1/events/{event}/attendance`.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(
    people_are_named_in_three_ways,
    repeating_a_report_changes_nothing,
    each_item_has_its_own_result,
    idempotency_keys_replay_the_results,
    requests_with_one_key_take_effect_once,
    replays_show_what_the_caller_may_see,
    partners_record_their_own_registrations,
    five_hundred_people_are_recorded_at_once,
);

const PATH: &str = "/v1/events/small/attendance";

async fn record(app: &TestApp, token: &str, items: &Value) -> TestResponse {
    app.send("POST", PATH, Some(token), Some(&json!({ "items": items }))).await
}

fn statuses(results: &Value) -> Vec<u64> {
    let results = results["results"].as_array().unwrap();
    assert!(results.iter().enumerate().all(|(index, result)| result["index"] == index));
    results.iter().map(|result| result["status"].as_u64().unwrap()).collect()
}

async fn people_are_named_in_three_ways(app: TestApp) {
    app.publish(&owned("small", "owner", &[])).await;
    let owner = app.partner("owner").await;
    let (ana, ..) = app.registered("small", "ana@example.org").await;
    app.registered("small", "ben@example.org").await;
    let mut cem = person("cem@example.org");
    cem["external_reference"] = json!("crm-1");
    app.registered_by("small", &owner, &cem).await;
    app.set_time("2026-11-24T11:30:00Z");
    let owner = app.partner("owner").await;
    let items = json!([
        {"registration": ana, "attended": true, "attended_at": "2026-11-24T11:02:03.1234567+01:00"},
        {"email": "BEN@example.org", "attended": true},
        {"external_reference": "crm-1", "attended": true, "attended_at": null},
    ]);
    let results = record(&app, &owner, &items).await.expect(200);
    assert_eq!(statuses(&results), [200, 200, 200]);
    let of = |index: usize| &results["results"][index]["registration"];
    assert_eq!(of(0)["attended_at"], "2026-11-24T10:02:03.123456Z");
    assert_eq!((&of(1)["attended_at"], &of(1)["revision"]), (&json!("2026-11-24T11:30:00Z"), &json!(2)));
    assert_eq!(of(2)["email"], "cem@example.org");
    assert_eq!(&app.read(&ana, &owner).await.expect(200), of(0));
    assert_eq!(app.availability("small").await["confirmed"], 3, "attendance does not affect seats");
    app.all_told().await;
    let changes = "/v1/changes?types=registration.attended";
    let changes = app.send("GET", changes, Some(&owner), None).await.expect(200);
    assert_eq!(changes["data"].as_array().unwrap().len(), 3);
}

async fn repeating_a_report_changes_nothing(app: TestApp) {
    app.publish(&owned("small", "owner", &[])).await;
    let owner = app.partner("owner").await;
    let (id, ..) = app.registered("small", "ana@example.org").await;
    let send = async |fields: Value| {
        let mut item = json!({"email": "ana@example.org", "attended": true});
        item.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let results = record(&app, &owner, &json!([item])).await.expect(200);
        let registration = &results["results"][0]["registration"];
        (registration["attended_at"].clone(), registration["revision"].as_i64().unwrap())
    };
    let first = send(json!({})).await;
    assert_eq!(first, (json!("2026-11-23T09:00:00Z"), 2));
    app.set_time("2026-11-23T09:05:00Z");
    assert_eq!(send(json!({})).await, first, "the first time stays");
    let corrected = send(json!({"attended_at": "2026-11-23T08:59:00Z"})).await;
    assert_eq!(corrected, (json!("2026-11-23T08:59:00Z"), 3), "a stated time replaces it");
    assert_eq!(send(json!({"attended_at": "2026-11-23T08:59:00Z"})).await, corrected);
    assert_eq!(send(json!({"attended": false})).await, (Value::Null, 4));
    assert_eq!(send(json!({"attended": false})).await, (Value::Null, 4));
    // The last item for a registration counts, and the registration changes once.
    let items = json!([
        {"email": "ana@example.org", "attended": true},
        {"registration": id, "attended": true, "attended_at": "2026-11-23T08:00:00Z"},
    ]);
    let results = record(&app, &owner, &items).await.expect(200);
    for index in 0..2 {
        let registration = &results["results"][index]["registration"];
        assert_eq!(
            (&registration["attended_at"], &registration["revision"]),
            (&json!("2026-11-23T08:00:00Z"), &json!(5))
        );
    }
}

async fn each_item_has_its_own_result(app: TestApp) {
    let mut event = definition("small", Some(1), true);
    event["owner"] = json!("owner");
    app.publish(&event).await;
    let owner = app.partner("owner").await;
    app.registered("small", "ana@example.org").await;
    app.registered("small", "waiting@example.org").await;
    let (gone, token, _) = app.registered("small", "gone@example.org").await;
    app.cancel(&gone, &token).await.expect(200);
    let (erased, token, _) = app.registered("small", "erased@example.org").await;
    app.send("DELETE", &format!("/v1/registrations/{erased}"), Some(&token), None).await.expect(204);
    let items = json!([
        {"email": "ana@example.org", "attended": true},
        {"email": "waiting@example.org", "attended": true},
        {"email": "gone@example.org", "attended": true},
        {"email": "nobody@example.org", "attended": true},
        {"registration": erased, "attended": true},
        {"registration": "some id", "attended": true},
        {"external_reference": "unknown", "attended": true},
        {"attended": true},
        {"email": "ana@example.org", "registration": gone, "attended": true},
        {"email": "ana", "atended": true},
        {"email": "ana@example.org", "attended": true, "attended_at": "2026-11-23T09:00:01Z"},
        {"email": "ana@example.org", "attended": true, "attended_at": "yesterday"},
        7,
    ]);
    let results = record(&app, &owner, &items).await.expect(200);
    assert_eq!(statuses(&results), [200, 409, 409, 404, 404, 404, 404, 422, 422, 422, 422, 422, 422]);
    let problem = |index: usize| &results["results"][index]["problem"];
    assert_eq!((&problem(1)["code"], &problem(1)["retryable"]), (&json!("conflict"), &json!(true)));
    assert_eq!((&problem(2)["code"], &problem(2)["retryable"]), (&json!("conflict"), &json!(false)));
    let errors = |index: usize| {
        let errors = problem(index)["errors"].as_array().unwrap().iter();
        errors
            .map(|e| format!("{} {}", e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(errors(7), [" choice"]);
    assert_eq!(errors(8), [" choice"]);
    let mut of_ninth = errors(9);
    of_ninth.sort_unstable();
    assert_eq!(of_ninth, ["/atended unknown-field", "/attended required", "/email email"]);
    assert_eq!(errors(10), ["/attended_at range"]);
    assert_eq!(errors(11), ["/attended_at format"]);
    for items in [json!([]), json!(vec![json!({"email": "a@example.org", "attended": true}); 501])] {
        assert_eq!(record(&app, &owner, &items).await.field_errors(), [("/items".to_owned(), "length".to_owned())]);
    }
}

async fn idempotency_keys_replay_the_results(app: TestApp) {
    app.publish(&owned("small", "owner", &[])).await;
    let owner = app.partner("owner").await;
    let (ana, ..) = app.registered("small", "ana@example.org").await;
    let send = async |attended: bool| {
        let items = json!([{"email": "ana@example.org", "attended": attended}, {"email": "x", "attended": true}]);
        let request = app.client.post(format!("{}{PATH}", app.base)).bearer_auth(&owner);
        let request = request.header("idempotency-key", "k").json(&json!({ "items": items }));
        TestResponse::read("POST", PATH, request.send().await.unwrap()).await
    };
    let first = send(true).await;
    assert_eq!(first.header("idempotency-replayed"), None);
    let withdrawn = json!([{"email": "ana@example.org", "attended": false}]);
    record(&app, &owner, &withdrawn).await.expect(200);
    let again = send(true).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let again = again.expect(200);
    assert_eq!(statuses(&again), [200, 422]);
    assert_eq!(again["results"][1], first.expect(200)["results"][1]);
    assert_eq!(again["results"][0]["registration"]["attended_at"], Value::Null, "the registration as it is now");
    send(false).await.expect_problem(422, "idempotency-mismatch");
    app.send("DELETE", &format!("/v1/registrations/{ana}"), Some(&owner), None).await.expect(204);
    assert_eq!(statuses(&send(true).await.expect(200)), [404, 422]);
}

/// Records with an `Idempotency-Key`.
async fn record_once(app: &TestApp, token: &str, items: &Value) -> TestResponse {
    let request = app.client.post(format!("{}{PATH}", app.base)).bearer_auth(token);
    let request = request.header("idempotency-key", "report-1").json(&json!({ "items": items }));
    TestResponse::read("POST", PATH, request.send().await.unwrap()).await
}

async fn requests_with_one_key_take_effect_once(app: TestApp) {
    app.publish(&owned("small", "owner", &[])).await;
    let owner = app.partner("owner").await;
    app.registered("small", "ana@example.org").await;
    let items = json!([
        {"email": "ana@example.org", "attended": true},
        {"email": "late@example.org", "attended": true},
        {"external_reference": "unknown", "attended": true},
    ]);
    let responses = join_all((0..6).map(|_| record_once(&app, &owner, &items))).await;
    let first = responses.iter().filter(|response| response.header("idempotency-replayed").is_none());
    assert_eq!(first.count(), 1);
    for response in &responses {
        assert_eq!(response.body, responses[0].body, "everybody gets the first response");
    }
    let recorded = "SELECT COUNT(*) AS n FROM audit_entries WHERE action = 'attendance.recorded'";
    assert_eq!(app.database.number(recorded).await, 1);
    // What happens later does not change the results of the first request.
    app.registered("small", "late@example.org").await;
    assert_eq!(statuses(&record_once(&app, &owner, &items).await.expect(200)), [200, 404, 404]);
    assert_eq!(statuses(&record(&app, &owner, &items).await.expect(200)), [200, 200, 404]);
}

async fn replays_show_what_the_caller_may_see(app: TestApp) {
    app.publish(&owned("small", "owner", &["helper"])).await;
    let helper = app.partner("helper").await;
    app.registered("small", "ana@example.org").await;
    app.registered_by("small", &helper, &person("ben@example.org")).await;
    let items = json!([
        {"email": "ana@example.org", "attended": true},
        {"email": "ben@example.org", "attended": true},
    ]);
    assert_eq!(statuses(&record_once(&app, &helper, &items).await.expect(200)), [200, 200]);
    app.publish(&owned("small", "owner", &[])).await;
    let again = record_once(&app, &helper, &items).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(statuses(&again.expect(200)), [404, 200], "only its own registration");
    assert!(!again.body.contains("ana@example.org"));
}

async fn partners_record_their_own_registrations(app: TestApp) {
    app.publish(&owned("small", "owner", &[])).await;
    let (maker, other) = (app.partner("maker").await, app.partner("another").await);
    let with_reference = |email: &str| {
        let mut body = person(email);
        body["external_reference"] = json!("1");
        body
    };
    app.registered_by("small", &maker, &with_reference("ana@example.org")).await;
    app.registered_by("small", &other, &with_reference("ben@example.org")).await;
    app.registered("small", "cem@example.org").await;
    let items = json!([
        {"email": "ana@example.org", "attended": true},
        {"email": "ben@example.org", "attended": true},
        {"email": "cem@example.org", "attended": true},
        {"external_reference": "1", "attended": true},
    ]);
    let results = record(&app, &maker, &items).await.expect(200);
    assert_eq!(statuses(&results), [200, 404, 404, 200]);
    assert_eq!(results["results"][3]["registration"]["email"], "ana@example.org");
    let owner = app.partner("owner").await;
    let results = record(&app, &owner, &items).await.expect(200);
    assert_eq!(statuses(&results), [200, 200, 200, 409], "the owner sees two registrations with this reference");
    assert_eq!(results["results"][3]["problem"]["retryable"], false);
    let reader = app.token_of("owner", "registrations:read").await;
    record(&app, &reader, &items).await.expect_problem(403, "insufficient-scope");
    let draft = json!({"status": "draft", "slug": "draft", "owner": "owner"});
    let mut event = owned("draft", "owner", &[]);
    event.as_object_mut().unwrap().extend(draft.as_object().unwrap().clone());
    app.publish(&event).await;
    let body = json!({ "items": items });
    let of_draft = app.send("POST", "/v1/events/draft/attendance", Some(&maker), Some(&body)).await;
    of_draft.expect_problem(404, "not-found");
}

async fn five_hundred_people_are_recorded_at_once(app: TestApp) {
    let mut event = owned("small", "owner", &[]);
    event["registration"]["capacity"] = Value::Null;
    app.publish(&event).await;
    let owner = app.partner("owner").await;
    let people: Vec<Value> = (0..500).map(|number| person(&format!("p{number}@example.org"))).collect();
    let batch = json!({ "items": people });
    app.send("POST", "/v1/events/small/registrations/batch", Some(&owner), Some(&batch)).await.expect(200);
    let item = |number: usize| {
        let at = format!("2026-11-23T08:{:02}:{:02}Z", number / 60, number % 60);
        json!({"email": format!("p{number}@example.org"), "attended": true, "attended_at": at})
    };
    let items: Vec<Value> = (0..500).map(item).collect();
    let results = record(&app, &owner, &json!(items)).await.expect(200);
    for (item, result) in items.iter().zip(results["results"].as_array().unwrap()) {
        assert_eq!((&result["status"], &result["registration"]["revision"]), (&json!(200), &json!(2)));
        assert_eq!(result["registration"]["attended_at"], item["attended_at"]);
    }
    let attended = "SELECT COUNT(*) AS n FROM registrations WHERE attended_at IS NOT NULL AND revision = 2";
    assert_eq!(app.database.number(attended).await, 500);
}
