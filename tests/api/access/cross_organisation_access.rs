//! No operation of the specification reveals another organisation's registrations. The list of operations comes from
//! `openapi/v1.json`, so that none is forgotten; `isolation.rs` tests single cases.

use sea_orm::{ConnectionTrait as _, FromQueryResult as _, Statement};
use uuid::Uuid;

use crate::support::http::calls::Call;
use crate::support::http::spec;
use crate::support::mail::queue::smtp_worker;
use crate::support::mail::smtp_server::MailServer;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{WEBINAR, webinar};

crate::on_both_engines!(other_organisations_find_nothing, filters_and_cursors_reveal_nothing, drafts_are_not_found);

/// Operations that need no token. Adding one here needs a review.
const PUBLIC_OPERATIONS: [&str; 26] = [
    "confirm_registration",
    "create_access_token",
    "create_registration",
    "explain_problem",
    "health_live",
    "health_ready",
    "list_event_speakers",
    "list_events",
    "list_sessions",
    "list_speakers",
    "read_authorization_server",
    "read_availability",
    "read_calendar",
    "read_definition_schema",
    "read_event",
    "read_events_calendar",
    "read_keys",
    "read_openapi",
    "read_programme",
    "read_programme_calendar",
    "read_schedule_json",
    "read_schedule_xml",
    "read_session",
    "read_speaker",
    "resend_link",
    "stream_availability",
];

/// All scopes.
const ALL_SCOPES: &str = "registrations:read registrations:write events:write webhooks:manage audit:read";

#[test]
fn public_operations_are_listed() {
    let is_open = |operation: &serde_json::Value| {
        operation["security"].as_array().is_none_or(|all| all.iter().any(|one| one == &serde_json::json!({})))
    };
    let open: Vec<String> = spec::operations()
        .into_iter()
        .filter(|(.., operation)| is_open(operation))
        .map(|(.., operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    for id in &open {
        assert!(PUBLIC_OPERATIONS.contains(&id.as_str()), "{id} needs no token and is not in PUBLIC_OPERATIONS");
    }
    for id in PUBLIC_OPERATIONS {
        assert!(open.iter().any(|other| other == id), "{id} needs a token now: remove it from PUBLIC_OPERATIONS");
    }
}

/// A row of the registrations table.
#[derive(Clone, Debug, PartialEq, sea_orm::FromQueryResult)]
struct StoredRegistration {
    id: Uuid,
    email: String,
    external_reference: Option<String>,
    status: String,
    revision: i64,
    attended: bool,
}

async fn stored_registrations(app: &TestApp) -> Vec<StoredRegistration> {
    let connection = app.database.connect().await;
    let sql = "SELECT id, email, external_reference, status, revision, attended_at IS NOT NULL AS attended \
               FROM registrations ORDER BY id";
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let all = StoredRegistration::find_by_statement(statement).all(&connection).await.unwrap();
    connection.close().await.unwrap();
    all
}

/// Asserts that a text contains no id, address or reference of these registrations.
#[track_caller]
fn assert_reveals_nothing(what: &str, text: &str, all: &[StoredRegistration]) {
    for one in all {
        assert!(!text.contains(&one.id.to_string()), "{what} reveals an id: {text}");
        assert!(!text.contains(&one.email), "{what} reveals an address: {text}");
        assert!(one.external_reference.as_ref().is_none_or(|name| !text.contains(name)), "{what}: {text}");
    }
}

/// The address that is registered for the other organisation's event.
const OTHER_ADDRESS: &str = "somebody@example.org";

/// Whether the registration's id is a path parameter of the call.
fn is_about(call: &Call, one: &StoredRegistration) -> bool {
    call.path_parameters.iter().any(|(_, name)| *name == one.id.to_string())
}

fn as_caller(call: &Call, token: Option<&str>) -> Call {
    Call { authorization: token.map(|token| format!("Bearer {token}")), ..call.clone() }
}

async fn other_organisations_find_nothing(app: TestApp) {
    app.publish(&webinar()).await;
    app.publish(&owned("theirs", "elsewhere", &["also-elsewhere"])).await;
    let (_, other_manage, _) = app.registered("theirs", OTHER_ADDRESS).await;
    let calls = Call::all(&app).await;
    let before = stored_registrations(&app).await;
    assert!(before.len() > 5);
    let mut tried = 0;
    for call in calls.iter().filter(|call| call.needs_token()) {
        let named = (call.is_of_organisers() && !call.path_parameters.is_empty())
            || call.path_parameters.iter().any(|(name, _)| name != "event");
        let holders = call.schemes().iter().any(|scheme| scheme == "bearerAuth");
        let clients = call.schemes().iter().any(|scheme| scheme == "oauth2");
        // The caller knows the ids that it sends.
        let is_hidden = |one: &&StoredRegistration| one.email != OTHER_ADDRESS && !is_about(call, one);
        let hidden: Vec<StoredRegistration> = before.iter().filter(is_hidden).cloned().collect();
        // Without a token.
        let response = as_caller(call, None).send(&app).await;
        response.expect_problem(401, "unauthenticated");
        assert_reveals_nothing(&format!("{call} for nobody"), &response.body, &hidden);
        // The holder of another registration.
        let (status, code) = if holders { (404, "not-found") } else { (401, "invalid-token") };
        let response = as_caller(call, Some(&other_manage)).send(&app).await;
        assert_eq!(response.status, status, "{call} for another holder: {}", response.body);
        response.expect_problem(status, code);
        // A partner without registrations, and the organisers of another event.
        for organisation in ["stranger", "elsewhere", "also-elsewhere"] {
            let token = app.token_of(organisation, ALL_SCOPES).await;
            let what = format!("{call} for {organisation}");
            let response = as_caller(call, Some(&token)).send(&app).await;
            if !clients {
                response.expect_problem(401, "invalid-token");
            } else if named {
                assert_eq!(response.status, 404, "{what}: {}", response.body);
                response.expect_problem(404, "not-found");
            } else {
                assert!((200..300).contains(&response.status), "{what}: {}", response.body);
            }
            // Headers, including links and cursors, reveal no more than the body.
            assert_reveals_nothing(&what, &response.body, &hidden);
            assert_reveals_nothing(&what, &format!("{:?}", response.headers), &hidden);
        }
        // An organisation that may see it, with a token of another scope.
        let other_scope = if call.id() == "list_audit" { "registrations:read" } else { "audit:read" };
        let scopeless = app.token_of("maker", other_scope).await;
        let response = as_caller(call, Some(&scopeless)).send(&app).await;
        let (status, code) = if clients { (403, "insufficient-scope") } else { (401, "invalid-token") };
        response.expect_problem(status, code);
        assert_reveals_nothing(&format!("{call} without the scope"), &response.body, &hidden);
        tried += 1;
    }
    assert!(tried >= 7, "only {tried}");
    let after = stored_registrations(&app).await;
    for one in before {
        assert!(after.contains(&one), "{one:?} was changed by another organisation");
    }
}

async fn filters_and_cursors_reveal_nothing(app: TestApp) {
    // Two events with two revisions each.
    for slug in ["mine", "mine-too"] {
        let mut event = owned(slug, "owner", &[]);
        app.publish(&event).await;
        event["summary"] = serde_json::json!("Changed");
        app.publish(&event).await;
    }
    let token = async |organisation| app.token_of(organisation, ALL_SCOPES).await;
    let (owner, maker, stranger) = (token("owner").await, token("maker").await, token("stranger").await);
    for url in ["https://hooks.example.org/1", "https://hooks.example.org/2"] {
        app.endpoint_of("owner", url).await;
    }
    let mut body = crate::support::server::sample_events::person("made@example.org");
    body["external_reference"] = serde_json::json!("crm-1");
    app.registered_by("mine", &maker, &body).await;
    app.registered("mine", "public@example.org").await;
    // Two messages exist as well.
    let mails = MailServer::start().await;
    let worker = smtp_worker(&app, &mails).await;
    mails.wait_for(2).await;
    worker.stop().await;
    let all = stored_registrations(&app).await;
    for (method, template, operation) in spec::operations() {
        if method != "GET"
            || !operation["security"].to_string().contains("oauth2")
            || template.contains("{registration}")
            || template.contains("{endpoint}")
        {
            continue;
        }
        let path = template.replace("{event}", "mine");
        // What only organisers may read does not exist for others.
        let of_organisers = template.contains("{event}")
            && ["definitions", "statistics"].iter().any(|tag| operation["tags"][0] == *tag);
        let parameters: Vec<String> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(spec::resolved)
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect();
        for (name, value) in [
            ("email", "public%40example.org"),
            ("email", "made%40example.org"),
            ("external_reference", "crm-1"),
            ("status", "confirmed"),
            ("updated_since", "2020-01-01T00:00:00Z"),
            ("types", "registration.created"),
            ("format", "ndjson"),
            ("limit", "1"),
        ] {
            if !parameters.iter().any(|other| other == name) {
                continue;
            }
            // Messages and events have statuses of their own.
            let value = match (operation["operationId"].as_str(), name) {
                (Some("list_messages"), "status") => "sent",
                (Some("list_definitions"), "status") => "published",
                _ => value,
            };
            let query = format!("{path}?{name}={value}");
            let response = app.send("GET", &query, Some(&stranger), None).await;
            assert_eq!(response.status, if of_organisers { 404 } else { 200 }, "{query}: {}", response.body);
            assert_reveals_nothing(&query, &response.body, &all);
            // The feed always links to the next page.
            let always_has_next = operation["operationId"] == "list_changes";
            assert!(
                always_has_next || response.header("link").is_none(),
                "{query}: an empty list links to a next page"
            );
        }
        // A cursor of a list is valid for one organisation only; the feed's cursor contains a position and nothing else.
        if parameters.iter().any(|name| name == "cursor") {
            let page = app.send("GET", &format!("{path}?limit=1"), Some(&owner), None).await.expect(200);
            let cursor = page["page"]["next_cursor"].as_str().unwrap_or_else(|| panic!("{path} has one page"));
            let response = app.send("GET", &format!("{path}?limit=1&cursor={cursor}"), Some(&stranger), None).await;
            assert_reveals_nothing(&path, &response.body, &all);
            if operation["operationId"] == "list_registrations" {
                response.expect_problem(400, "invalid-parameter");
            }
        }
    }
    // A batch reveals neither who is already registered nor a reference.
    let mut again = crate::support::server::sample_events::person("public@example.org");
    again["external_reference"] = serde_json::json!("crm-1");
    for atomic in [false, true] {
        let body = serde_json::json!({"items": [again], "atomic": atomic});
        let response = app.send("POST", "/v1/events/mine/registrations/batch", Some(&stranger), Some(&body)).await;
        let problem = if atomic { response.json() } else { response.expect(200)["results"][0]["problem"].clone() };
        assert_eq!(problem["code"], "already-registered", "{problem}");
        assert_reveals_nothing("a batch", &response.body, &all);
    }
    assert_eq!(stored_registrations(&app).await, all);
}

/// An event that is no longer public is visible to its organisers only.
async fn drafts_are_not_found(app: TestApp) {
    let mut event = webinar();
    event["owner"] = serde_json::json!("owner");
    app.publish(&event).await;
    let calls: Vec<Call> = Call::all(&app)
        .await
        .into_iter()
        // The stream that is called is of another event (see events::availability_stream for its drafts).
        .filter(|call| {
            !call.is_of_organisers()
                && !call.is_event_stream()
                && call.path_parameters.iter().any(|(name, _)| name == "event")
        })
        .collect();
    event["status"] = serde_json::json!("draft");
    app.publish(&event).await;
    let stranger = app.token_of("stranger", ALL_SCOPES).await;
    for call in calls {
        assert!(call.path().contains(WEBINAR));
        let response = as_caller(&call, Some(&stranger)).send(&app).await;
        assert_eq!(response.status, 404, "{call}: {}", response.body);
        response.expect_problem(404, "not-found");
    }
}
