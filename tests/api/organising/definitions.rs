//! Definitions over HTTP: both formats, validation errors with their lines, conditions, who may see and change what, and
//! redirects from former slugs.

use serde_json::{Value, json};

use crate::support::http::client::http_without_redirects;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::organiser::{JSON, NEW, Organiser, YAML};
use crate::support::server::partners::owned;
use crate::support::server::sample_events::WEBINAR;

crate::on_both_engines!(
    a_definition_survives_both_formats,
    yaml_errors_have_lines,
    unreadable_documents_are_explained,
    conditions_are_required_and_checked,
    a_dry_run_changes_nothing,
    organisations_see_their_own_events,
    a_co_organiser_may_do_less_than_the_owner,
    drafts_are_previewed,
    the_history_is_listed,
    former_slugs_redirect,
    a_repeated_command_is_replayed,
);

/// The real webinar's file, with a year.
fn webinar_file() -> String {
    include_str!("../../../programmes/internationalisation-and-metropolitan-spaces-en.yaml")
        .replace("starts: 07-22T15:00", "starts: 2027-07-22T15:00")
}

fn path(slug: &str, what: &str) -> String {
    format!("/v1/events/{slug}/{what}")
}

async fn a_definition_survives_both_formats(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    let path = path(WEBINAR, "definition");
    let created = metropolis.call("PUT", &path, &[YAML, NEW], &webinar_file()).await;
    assert_eq!(created.header("location"), Some(path.as_str()));
    let created = created.expect(201);
    assert_eq!(
        (&created["outcome"], &created["revision"], &created["etag"]),
        (&json!("created"), &json!(1), &json!("\"1\""))
    );
    // The event shows at once.
    assert_eq!(app.get(&format!("/v1/events/{WEBINAR}")).await.expect(200)["id"], created["event"]["id"]);

    let as_json = metropolis.get(&path).await;
    assert_eq!(as_json.header("etag"), Some("\"1\""));
    assert_eq!(as_json.json()["starts"], "2027-07-22T15:00:00");
    let as_yaml = metropolis.call("GET", &path, &[("accept", "application/yaml")], "").await;
    assert_eq!((as_yaml.status, as_yaml.header("content-type")), (200, Some("application/yaml")));
    assert_eq!(as_yaml.header("etag"), Some("\"1.yaml\""));
    assert!(as_yaml.header("vary").is_some_and(|vary| vary.contains("Accept")));
    assert!(as_yaml.body.contains("\nseries: internationalisation-and-metropolitan-spaces\n"), "{}", as_yaml.body);
    let cached = [("accept", "application/yaml"), ("if-none-match", "\"1.yaml\"")];
    assert_eq!(metropolis.call("GET", &path, &cached, "").await.status, 304);

    for (content_type, body) in
        [(JSON, &as_json.body), (YAML, &as_yaml.body), (("content-type", "text/yaml"), &as_yaml.body)]
    {
        for etag in ["\"1\"", "\"1.yaml\"", "\"0\", \"1\"", "*"] {
            let again = metropolis.call("PUT", &path, &[content_type, ("if-match", etag)], body).await.expect(200);
            assert_eq!((&again["outcome"], &again["revision"]), (&json!("unchanged"), &json!(1)));
        }
    }
    let not_acceptable = metropolis.call("GET", &path, &[("accept", "text/html")], "").await;
    not_acceptable.expect_problem(406, "not-acceptable");
}

async fn yaml_errors_have_lines(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    let text = "slug: other\nlanguage: en\ntitle: 1984\nstarts: 03-18T15:00\ntime_zone: Mars/Olympus\norganizers: []\n\
                programme:\n  sessions:\n    - { key: a, title: A, minutes: 0 }\n";
    let response =
        metropolis.call("PUT", "/v1/events/talk/definition", &[YAML, NEW, ("accept-language", "es")], text).await;
    let problem = response.expect_problem(422, "validation-failed");
    let found: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (error["pointer"].as_str().unwrap(), error["line"].as_u64().unwrap(), error["column"].as_u64().unwrap())
        })
        .collect();
    let expected = [
        ("/slug", 1, 1),
        ("/title", 3, 1),
        ("/starts", 4, 1),
        ("/time_zone", 5, 1),
        ("/organizers", 6, 1),
        ("/programme/sessions/0/minutes", 9, 27),
    ];
    assert_eq!(found, expected, "{problem:#}");
    assert!(problem["errors"][1]["detail"].as_str().unwrap().contains("Sin comillas no es texto"), "{problem:#}");
    // The same document as JSON has the same errors, without positions.
    let document = json!({
        "slug": "other", "language": "en", "title": 1984, "starts": "03-18T15:00", "time_zone": "Mars/Olympus",
        "organizers": [], "programme": {"sessions": [{"key": "a", "title": "A", "minutes": 0}]},
    });
    let response = metropolis.call("PUT", "/v1/events/talk/definition", &[JSON, NEW], &document.to_string()).await;
    let problem = response.expect_problem(422, "validation-failed");
    let mut pointers: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    let mut expected = expected.map(|(pointer, ..)| pointer);
    pointers.sort_unstable();
    expected.sort_unstable();
    assert_eq!(pointers, expected);
    assert!(problem["errors"][0].get("line").is_none());
}

async fn unreadable_documents_are_explained(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    let level = |n: i32| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", "));
    let bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned() + &(1..10).map(level).collect::<Vec<_>>().concat();
    let deep = format!("slug: {}", "[".repeat(100_000));
    for (content_type, body) in [
        (YAML, "a: [\n"),
        (YAML, "a: 1\n---\nb: 2\n"),
        (YAML, &bomb),
        (YAML, &deep),
        (JSON, "{\"slug\": \"a\", \"slug\": \"b\"}"),
        (JSON, "slug: a"),
    ] {
        let response = metropolis.call("PUT", "/v1/events/talk/definition", &[content_type, NEW], body).await;
        response.expect_problem(400, "malformed-request");
    }
    for body in ["[]", "5"] {
        let response = metropolis.call("PUT", "/v1/events/talk/definition", &[JSON, NEW], body).await;
        assert_eq!(response.field_errors(), [(String::new(), "type".to_owned())]);
    }
}

async fn conditions_are_required_and_checked(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    let mut document = owned("talk", "metropolis", &[]);
    let none = ("x-nothing", "");
    metropolis.put(&document, none).await.expect_problem(428, "precondition-required");
    metropolis.put(&document, ("if-match", "\"1\"")).await.expect_problem(404, "not-found");
    metropolis.put(&document, NEW).await.expect(201);
    let taken = metropolis.put(&document, NEW).await;
    taken.expect_problem(412, "precondition-failed");
    assert_eq!(taken.header("etag"), Some("\"1\""));
    metropolis.put(&document, none).await.expect_problem(428, "precondition-required");
    document["title"] = json!("Another");
    assert_eq!(
        metropolis.replace(&document, 1).await["changes"],
        json!([
            {"pointer": "/title/en", "op": "replace", "from": "talk", "to": "Another"},
        ])
    );
    let stale = metropolis.put(&document, ("if-match", "\"1\"")).await;
    stale.expect_problem(412, "precondition-failed");
    assert_eq!(stale.header("etag"), Some("\"2\""));
    metropolis.put(&document, ("if-match", "2")).await.expect_problem(400, "malformed-request");
    // Errors in the document come before those of the condition.
    document["title"] = json!("");
    metropolis.put(&document, ("if-match", "\"1\"")).await.expect_problem(422, "validation-failed");
}

async fn a_dry_run_changes_nothing(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    let mut document = owned("talk", "metropolis", &[]);
    let path = path("talk", "definition?dry_run=true");
    let planned = metropolis.call("PUT", &path, &[JSON], &document.to_string()).await.expect(200);
    assert_eq!(planned["event"], json!({"id": null, "slug": "talk"}));
    assert_eq!((&planned["outcome"], &planned["etag"]), (&json!("created"), &Value::Null));
    metropolis.get("/v1/events/talk/definition").await.expect_problem(404, "not-found");
    metropolis.put(&document, NEW).await.expect(201);
    app.registered("talk", "ana@example.org").await;
    document["starts"] = json!("2026-11-24T11:00");
    document["registration"]["capacity"] = json!(0);
    let planned = metropolis.call("PUT", &path, &[JSON], &document.to_string()).await.expect(200);
    assert_eq!(planned["effects"], json!({"promoted": 0, "attendees_to_notify": 1, "over_capacity": 1}));
    assert_eq!(planned["revision"], 2);
    let stale = metropolis.call("PUT", &path, &[JSON, ("if-match", "\"7\"")], &document.to_string()).await;
    stale.expect_problem(412, "precondition-failed");
    assert_eq!(metropolis.get("/v1/events/talk/definition").await.header("etag"), Some("\"1\""));
    let bad = metropolis.call("PUT", "/v1/events/talk/definition?dry_run=yes", &[JSON], &document.to_string()).await;
    bad.expect_problem(400, "invalid-parameter");
}

async fn organisations_see_their_own_events(app: TestApp) {
    let (metropolis, other) = (Organiser::of(&app, "metropolis").await, Organiser::of(&app, "other").await);
    for number in 0..3 {
        app.set_time(&format!("2026-11-23T09:00:0{number}Z"));
        metropolis.put(&owned(&format!("talk-{number}"), "metropolis", &[]), NEW).await.expect(201);
    }
    let mut draft = owned("draft", "metropolis", &["other"]);
    draft["status"] = json!("draft");
    draft["series"] = json!("drafts");
    app.set_time("2026-11-23T09:00:03Z");
    metropolis.put(&draft, NEW).await.expect(201);
    for (method, what, body) in [
        ("GET", "definition", String::new()),
        ("PUT", "definition", owned("talk-0", "other", &[]).to_string()),
        ("GET", "preview", String::new()),
        ("GET", "revisions", String::new()),
        ("GET", "revisions/1", String::new()),
        ("POST", "cancel", "{}".to_owned()),
        ("POST", "reinstate", String::new()),
        ("POST", "rename", json!({"slug": "mine"}).to_string()),
    ] {
        let response = other.call(method, &path("talk-0", what), &[JSON, ("if-match", "*")], &body).await;
        response.expect_problem(404, "not-found");
    }
    let slugs = |response: TestResponse| -> Vec<String> {
        let page = response.expect(200);
        page["data"].as_array().unwrap().iter().map(|e| e["event"]["slug"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(slugs(other.get("/v1/definitions").await), ["draft"]);
    assert_eq!(other.get("/v1/definitions").await.json()["data"][0]["role"], "co_organiser");
    assert_eq!(slugs(metropolis.get("/v1/definitions").await), ["draft", "talk-2", "talk-1", "talk-0"]);
    assert_eq!(slugs(metropolis.get("/v1/definitions?status=draft&series=drafts&phase=upcoming").await), ["draft"]);
    assert!(slugs(metropolis.get("/v1/definitions?phase=ended").await).is_empty());
    let first = metropolis.get("/v1/definitions?limit=3").await.expect(200);
    let cursor = first["page"]["next_cursor"].as_str().unwrap();
    assert_eq!(slugs(metropolis.get(&format!("/v1/definitions?limit=3&cursor={cursor}")).await), ["talk-0"]);
    other.get(&format!("/v1/definitions?limit=3&cursor={cursor}")).await.expect_problem(400, "invalid-parameter");
    let reader = app.token_of("metropolis", "registrations:read").await;
    let forbidden = app.send("GET", "/v1/definitions", Some(&reader), None).await;
    assert_eq!(forbidden.expect_problem(403, "insufficient-scope")["required_scope"], "events:write");
}

async fn a_co_organiser_may_do_less_than_the_owner(app: TestApp) {
    let (metropolis, al_las) = (Organiser::of(&app, "metropolis").await, Organiser::of(&app, "al-las").await);
    let mut document = owned("talk", "metropolis", &["al-las"]);
    let not_theirs = al_las.put(&document, NEW).await;
    assert_eq!(not_theirs.field_errors(), [("/owner".to_owned(), "choice".to_owned())]);
    metropolis.put(&document, NEW).await.expect(201);
    document["title"] = json!("By AL-LAs");
    al_las.replace(&document, 1).await;
    document["co_organisers"] = json!(["al-las", "another"]);
    let refused = al_las.put(&document, ("if-match", "\"2\"")).await;
    assert_eq!(refused.field_errors(), [("/co_organisers".to_owned(), "owner-only".to_owned())]);
    al_las.post("/v1/events/talk/cancel", &json!({})).await.expect_problem(404, "not-found");
    metropolis.post("/v1/events/talk/cancel", &json!({})).await.expect(200);
}

async fn drafts_are_previewed(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    let draft = webinar_file().replace("status: published", "status: draft");
    metropolis.call("PUT", &path(WEBINAR, "definition"), &[YAML, NEW], &draft).await.expect(201);
    app.get(&format!("/v1/events/{WEBINAR}")).await.expect_problem(404, "not-found");
    let preview = metropolis.get(&path(WEBINAR, "preview?lang=es")).await;
    assert_eq!(preview.header("content-language"), Some("es"));
    let preview = preview.expect(200);
    assert_eq!(preview["event"]["status"], "published");
    assert_eq!(preview["event"]["title"], "La internacionalización y los espacios metropolitanos");
    assert_eq!(preview["programme"]["sessions"].as_array().unwrap().len(), 8);
    let published = draft.replace("status: draft\n\nowner", "status: published\n\nowner");
    metropolis.call("PUT", &path(WEBINAR, "definition"), &[YAML, ("if-match", "\"1\"")], &published).await.expect(200);
    let mut event = app.get(&format!("/v1/events/{WEBINAR}?lang=es")).await.expect(200);
    let mut preview = metropolis.get(&path(WEBINAR, "preview?lang=es")).await.expect(200)["event"].take();
    for event in [&mut event, &mut preview] {
        event["updated_at"].take();
    }
    assert_eq!(event, preview, "as it was previewed");
}

async fn the_history_is_listed(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    let mut document = owned("talk", "metropolis", &[]);
    metropolis.put(&document, NEW).await.expect(201);
    for (revision, capacity) in [(1, 20), (2, 30)] {
        document["registration"]["capacity"] = json!(capacity);
        metropolis.replace(&document, revision).await;
    }
    let all = metropolis.get("/v1/events/talk/revisions").await.expect(200);
    let numbers: Vec<_> = all["data"].as_array().unwrap().iter().map(|one| one["revision"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert_eq!(
        all["data"][0]["changes"],
        json!([
            {"pointer": "/registration/capacity", "op": "replace", "from": 20, "to": 30},
        ])
    );
    assert_eq!(
        (&all["data"][0]["by"]["kind"], &all["data"][0]["by"]["organisation"]),
        (&json!("client"), &json!("metropolis"))
    );
    let page = metropolis.get("/v1/events/talk/revisions?limit=2").await.expect(200);
    let cursor = page["page"]["next_cursor"].as_str().unwrap();
    let rest = metropolis.get(&format!("/v1/events/talk/revisions?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!(rest["data"][0]["revision"], 1);
    // An old document that is put back makes a new revision.
    let first = metropolis.get("/v1/events/talk/revisions/1").await.expect(200);
    let restored = metropolis.replace(&first["definition"], 3).await;
    assert_eq!((&restored["outcome"], &restored["revision"]), (&json!("changed"), &json!(4)));
    assert_eq!(metropolis.get("/v1/events/talk/revisions/4").await.expect(200)["definition"], first["definition"]);
    for unknown in ["0", "5", "-1", "01", "+1", "first"] {
        metropolis.get(&format!("/v1/events/talk/revisions/{unknown}")).await.expect_problem(404, "not-found");
    }
}

async fn former_slugs_redirect(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    let other_instance = app.another_instance().await;
    metropolis.put(&owned("old-name", "metropolis", &[]), NEW).await.expect(201);
    let (id, ..) = app.registered("old-name", "ana@example.org").await;
    let cached = http_without_redirects();
    assert_eq!(cached.get(format!("{other_instance}/v1/events/old-name")).send().await.unwrap().status(), 200);
    let renamed = metropolis.post("/v1/events/old-name/rename", &json!({"slug": "new-name"})).await.expect(200);
    assert_eq!(renamed["event"]["slug"], "new-name");
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let public = [
        ("GET", ""),
        ("GET", "?lang=es"),
        ("HEAD", "/programme"),
        ("GET", "/calendar.ics"),
        ("GET", "/sessions/any"),
        ("GET", "/availability"),
        ("POST", "/registrations"),
    ];
    let of_clients = [
        ("GET", "/registrations?limit=1"),
        ("GET", "/definition"),
        ("PUT", "/definition"),
        ("POST", "/cancel"),
        ("GET", "/statistics"),
        ("GET", "/statistics.svg?chart=countries"),
        ("POST", "/attendance"),
    ];
    for (method, rest) in public.into_iter().chain(of_clients) {
        let response =
            metropolis.call(method, &format!("/v1/events/old-name{rest}"), &[JSON, ("if-match", "*")], "").await;
        assert_eq!(response.status, 308, "{method} {rest}: {}", response.body);
        assert_eq!(response.header("location"), Some(format!("/v1/events/new-name{rest}").as_str()));
    }
    // An instance that knew the former slug notices within a second. Tokens are valid at one address only.
    for (method, rest) in public {
        let url = format!("{other_instance}/v1/events/old-name{rest}");
        let response = cached.request(method.parse().unwrap(), url).send().await.unwrap();
        assert_eq!(response.status(), 308, "{method} {rest}");
        assert_eq!(response.headers()["location"], format!("/v1/events/new-name{rest}"));
    }
    let response = app.get("/v1/events/old-name").await;
    assert_eq!(response.expect(200)["slug"], "new-name", "clients that follow redirects need not know");
    let registration = metropolis.get(&format!("/v1/registrations/{id}")).await.expect(200);
    assert_eq!(registration["event"]["slug"], "new-name");
    // Nobody else can take the former slug.
    let other = Organiser::of(&app, "other").await;
    let taken = other.put(&owned("old-name", "other", &[]), NEW).await;
    assert_eq!(taken.field_errors(), [("/slug".to_owned(), "taken".to_owned())]);
    other.put(&owned("theirs", "other", &[]), NEW).await.expect(201);
    let taken = other.post("/v1/events/theirs/rename", &json!({"slug": "old-name"})).await;
    assert_eq!(taken.field_errors(), [("/slug".to_owned(), "taken".to_owned())]);
    // The event can.
    metropolis.post("/v1/events/new-name/rename", &json!({"slug": "old-name"})).await.expect(200);
    assert_eq!(metropolis.get("/v1/events/new-name/definition").await.status, 308);
    assert_eq!(metropolis.get("/v1/events/old-name").await.expect(200)["slug"], "old-name");
    // Only organisers are redirected from the former slug of a draft.
    let mut draft = owned("draft", "metropolis", &[]);
    draft["status"] = json!("draft");
    metropolis.put(&draft, NEW).await.expect(201);
    metropolis.post("/v1/events/draft/rename", &json!({"slug": "secret"})).await.expect(200);
    app.get("/v1/events/draft").await.expect_problem(404, "not-found");
    other.get("/v1/events/draft/definition").await.expect_problem(404, "not-found");
    assert_eq!(metropolis.get("/v1/events/draft/preview").await.status, 308);
}

async fn a_repeated_command_is_replayed(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    metropolis.put(&owned("talk", "metropolis", &[]), NEW).await.expect(201);
    let key = ("idempotency-key", "cancel-it");
    let cancel = async |body: &str| metropolis.call("POST", "/v1/events/talk/cancel", &[JSON, key], body).await;
    let first = cancel("{\"reason\": \"Strike\"}").await;
    let again = cancel("{\"reason\": \"Strike\"}").await;
    assert_eq!((first.status, &first.body), (200, &again.body));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    cancel("{\"reason\": \"Other\"}").await.expect_problem(422, "idempotency-mismatch");
    let once_more = metropolis.post("/v1/events/talk/cancel", &json!({"reason": "Other"})).await.expect(200);
    assert_eq!((&once_more["outcome"], &once_more["revision"]), (&json!("unchanged"), &json!(2)));
    for (body, pointer, code) in [
        (json!({"reason": 5}), "/reason", "type"),
        (json!({"reason": {"english": "x"}}), "/reason/english", "format"),
        (json!({"why": "x"}), "/why", "unknown-field"),
    ] {
        let refused = metropolis.post("/v1/events/talk/cancel", &body).await;
        assert_eq!(refused.field_errors(), [(pointer.to_owned(), code.to_owned())]);
    }
    let mut draft = owned("draft", "metropolis", &[]);
    draft["status"] = json!("draft");
    metropolis.put(&draft, NEW).await.expect(201);
    for command in ["cancel", "reinstate"] {
        let refused = metropolis.call("POST", &path("draft", command), &[("idempotency-key", command)], "").await;
        refused.expect_problem(409, "conflict");
        let again = metropolis.call("POST", &path("draft", command), &[("idempotency-key", command)], "").await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (409, Some("true")));
    }
}
