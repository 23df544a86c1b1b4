//! What is not a caller's own is not there for it, in any operation of the specification: the list comes from
//! `openapi/v1.json`, so no operation can be forgotten. `isolation.rs` tells the stories; this one tries all doors.

use sea_orm::{ConnectionTrait as _, FromQueryResult as _, Statement};
use uuid::Uuid;

use crate::support::app::WEBINAR;
use crate::support::partners::owned;
use crate::support::smtp::MailServer;
use crate::support::{Call, TestApp, spec, webinar};

crate::on_both_engines!(strangers_find_nothing, filters_and_cursors_find_nothing_more, drafts_are_not_there);

/// What anybody may do without a token. This list only gets shorter: whoever adds an operation for everybody says so
/// here, and has it reviewed.
const FOR_EVERYBODY: [&str; 21] = [
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
    "read_event",
    "read_keys",
    "read_openapi",
    "read_programme",
    "read_programme_calendar",
    "read_session",
    "read_speaker",
    "resend_link",
];

/// Every scope that there is.
const ALL_SCOPES: &str = "registrations:read registrations:write events:write webhooks:manage audit:read";

#[test]
fn what_is_for_everybody_is_listed() {
    let is_open = |operation: &serde_json::Value| {
        operation["security"].as_array().is_none_or(|all| all.iter().any(|one| one == &serde_json::json!({})))
    };
    let open: Vec<String> = spec::operations()
        .into_iter()
        .filter(|(.., operation)| is_open(operation))
        .map(|(.., operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    for id in &open {
        assert!(FOR_EVERYBODY.contains(&id.as_str()), "{id} needs no token, and is not on the list");
    }
    for id in FOR_EVERYBODY {
        assert!(open.iter().any(|other| other == id), "{id} needs a token now: it goes from the list");
    }
}

/// A registration as the database has it.
#[derive(Clone, Debug, PartialEq, sea_orm::FromQueryResult)]
struct Kept {
    id: Uuid,
    email: String,
    external_reference: Option<String>,
    status: String,
    revision: i64,
    attended: bool,
}

async fn kept(app: &TestApp) -> Vec<Kept> {
    let connection = app.database.connect().await;
    let sql = "SELECT id, email, external_reference, status, revision, attended_at IS NOT NULL AS attended \
               FROM registrations ORDER BY id";
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let all = Kept::find_by_statement(statement).all(&connection).await.unwrap();
    connection.close().await.unwrap();
    all
}

/// Nothing in this text is of any of these people.
#[track_caller]
fn tells_nothing(what: &str, text: &str, all: &[Kept]) {
    for one in all {
        assert!(!text.contains(&one.id.to_string()), "{what} tells an id: {text}");
        assert!(!text.contains(&one.email), "{what} tells an address: {text}");
        assert!(one.external_reference.as_ref().is_none_or(|name| !text.contains(name)), "{what}: {text}");
    }
}

/// Who is registered for the other event.
const OF_THEIRS: &str = "somebody@example.org";

/// Whether the call itself names the registration.
fn names_it(call: &Call, one: &Kept) -> bool {
    call.names.iter().any(|(_, name)| *name == one.id.to_string())
}

fn by(call: &Call, token: Option<&str>) -> Call {
    Call { authorization: token.map(|token| format!("Bearer {token}")), ..call.clone() }
}

async fn strangers_find_nothing(app: TestApp) {
    app.publish(&webinar()).await;
    app.publish(&owned("theirs", "elsewhere", &["also-elsewhere"])).await;
    let (_, other_manage, _) = app.registered("theirs", OF_THEIRS).await;
    let calls = Call::all(&app).await;
    let before = kept(&app).await;
    assert!(before.len() > 5);
    let mut tried = 0;
    for call in calls.iter().filter(|call| call.needs_token()) {
        let named = call.names.iter().any(|(name, _)| name != "event");
        let holders = call.schemes().iter().any(|scheme| scheme == "bearerAuth");
        let clients = call.schemes().iter().any(|scheme| scheme == "oauth2");
        // What the caller names itself, it knows.
        let of_mine = |one: &&Kept| one.email != OF_THEIRS && !names_it(call, one);
        let others: Vec<Kept> = before.iter().filter(of_mine).cloned().collect();
        // Nobody.
        let answer = by(call, None).send(&app).await;
        answer.expect_problem(401, "unauthenticated");
        tells_nothing(&format!("{call} for nobody"), &answer.body, &others);
        // The holder of another registration.
        let (status, code) = if holders { (404, "not-found") } else { (401, "invalid-token") };
        let answer = by(call, Some(&other_manage)).send(&app).await;
        assert_eq!(answer.status, status, "{call} for another holder: {}", answer.body);
        answer.expect_problem(status, code);
        // A partner who has made nothing, and the organisers of another event.
        for organisation in ["stranger", "elsewhere", "also-elsewhere"] {
            let token = app.token_of(organisation, ALL_SCOPES).await;
            let what = format!("{call} for {organisation}");
            let answer = by(call, Some(&token)).send(&app).await;
            if !clients {
                answer.expect_problem(401, "invalid-token");
            } else if named {
                assert_eq!(answer.status, 404, "{what}: {}", answer.body);
                answer.expect_problem(404, "not-found");
            } else {
                assert!((200..300).contains(&answer.status), "{what}: {}", answer.body);
            }
            // A cursor, a link and a header say no more than the body.
            tells_nothing(&what, &answer.body, &others);
            tells_nothing(&what, &format!("{:?}", answer.headers), &others);
        }
        // Whoever sees it, with a token for something else.
        let scopeless = app.token_of("maker", "audit:read").await;
        let answer = by(call, Some(&scopeless)).send(&app).await;
        let (status, code) = if clients { (403, "insufficient-scope") } else { (401, "invalid-token") };
        answer.expect_problem(status, code);
        tells_nothing(&format!("{call} without the scope"), &answer.body, &others);
        tried += 1;
    }
    assert!(tried >= 7, "only {tried}");
    let after = kept(&app).await;
    for one in before {
        assert!(after.contains(&one), "{one:?} was changed by a stranger");
    }
}

async fn filters_and_cursors_find_nothing_more(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    let token = async |organisation| app.token_of(organisation, ALL_SCOPES).await;
    let (owner, maker, stranger) = (token("owner").await, token("maker").await, token("stranger").await);
    for url in ["https://hooks.example.org/1", "https://hooks.example.org/2"] {
        app.endpoint_of("owner", url).await;
    }
    let mut body = crate::support::person("made@example.org");
    body["external_reference"] = serde_json::json!("crm-1");
    app.registered_by("mine", &maker, &body).await;
    app.registered("mine", "public@example.org").await;
    // So that there are two messages as well.
    let mails = MailServer::start().await;
    let worker = crate::mail::smtp(&app, &mails).await;
    mails.until(2).await;
    worker.stop().await;
    let all = kept(&app).await;
    for (method, template, operation) in spec::operations() {
        if method != "GET"
            || !operation["security"].to_string().contains("oauth2")
            || template.contains("{registration}")
            || template.contains("{endpoint}")
        {
            continue;
        }
        let path = template.replace("{event}", "mine");
        let parameters: Vec<String> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
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
            // Messages have words of their own.
            let messages = operation["operationId"] == "list_messages";
            let value = if messages && name == "status" { "sent" } else { value };
            let query = format!("{path}?{name}={value}");
            let answer = app.send("GET", &query, Some(&stranger), None).await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.body);
            tells_nothing(&query, &answer.body, &all);
            // The feed goes on for everybody, whatever there is.
            let goes_on = operation["operationId"] == "list_changes";
            assert!(goes_on || answer.header("link").is_none(), "{query}: there is a next page of nothing");
        }
        // A cursor of one organisation is none of another's; the feed's says a place in it and nothing else.
        if parameters.iter().any(|name| name == "cursor") {
            let page = app.send("GET", &format!("{path}?limit=1"), Some(&owner), None).await.expect(200);
            let cursor = page["page"]["next_cursor"].as_str().unwrap();
            let answer = app.send("GET", &format!("{path}?limit=1&cursor={cursor}"), Some(&stranger), None).await;
            tells_nothing(&path, &answer.body, &all);
            if operation["operationId"] == "list_registrations" {
                answer.expect_problem(400, "invalid-parameter");
            }
        }
    }
    // A batch tells nobody who is registered already, nor under which name.
    let mut again = crate::support::person("public@example.org");
    again["external_reference"] = serde_json::json!("crm-1");
    for atomic in [false, true] {
        let body = serde_json::json!({"items": [again], "atomic": atomic});
        let answer = app.send("POST", "/v1/events/mine/registrations/batch", Some(&stranger), Some(&body)).await;
        let refused = if atomic { answer.json() } else { answer.expect(200)["results"][0]["problem"].clone() };
        assert_eq!(refused["code"], "already-registered", "{refused}");
        tells_nothing("a batch", &answer.body, &all);
    }
    assert_eq!(kept(&app).await, all);
}

/// An event that is no longer public is there for its organisers alone.
async fn drafts_are_not_there(app: TestApp) {
    let mut event = webinar();
    event["owner"] = serde_json::json!("owner");
    app.publish(&event).await;
    let calls: Vec<Call> =
        Call::all(&app).await.into_iter().filter(|call| call.names.iter().any(|(name, _)| name == "event")).collect();
    event["status"] = serde_json::json!("draft");
    app.publish(&event).await;
    let stranger = app.token_of("stranger", ALL_SCOPES).await;
    for call in calls {
        assert!(call.path().contains(WEBINAR));
        let answer = by(&call, Some(&stranger)).send(&app).await;
        assert_eq!(answer.status, 404, "{call}: {}", answer.body);
        answer.expect_problem(404, "not-found");
    }
}
