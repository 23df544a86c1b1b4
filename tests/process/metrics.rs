//! The program's metrics as Prometheus reads them, and the alerts that the documentation recommends.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use promql_parser::parser::{self, Expr};
use promql_parser::util::{ExprVisitor, walk_expr};
use reqwest::StatusCode;
use serde_json::Value;

use crate::program::{Server, command, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::client::http;
use crate::support::http::exposition::Exposition;
use crate::support::server::sample_events::person;

const DEFINITION: &str = "slug: hot\nstatus: published\nlanguage: en\ntitle: Hot\nstarts: 2090-01-01T10:00\n\
                          time_zone: Etc/UTC\nduration_minutes: 60\nowner: metropolis\n\
                          registration: { capacity: 1, waitlist: false }\n";
const OPERATIONS: &str = include_str!("../../docs/operations.md");

fn program(database: &TestDatabase) -> Command {
    let mut command = command(database);
    command.env("PLENARIA_METRICS_LISTEN", "127.0.0.1:0");
    command
}

async fn prepare(engine: Engine) -> TestDatabase {
    prepare_with(engine, DEFINITION).await
}

async fn prepare_with(engine: Engine, definition: &str) -> TestDatabase {
    let database = TestDatabase::create(engine).await;
    succeed(&database, &["migrate"]);
    let file = database.directory.path().join("hot.yaml");
    std::fs::write(&file, definition).unwrap();
    succeed(&database, &["publish", file.to_str().unwrap()]);
    database
}

/// The address of the metrics, from the program's log.
pub(crate) fn address(log: &Path) -> String {
    let log = std::fs::read_to_string(log).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = lines.iter().find(|line| line["message"] == "metrics are served").expect("a line with the address");
    format!("http://{}", line["address"].as_str().unwrap())
}

async fn text(address: &str) -> String {
    let response = http().get(format!("{address}/metrics")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    response.text().await.unwrap()
}

/// Waits until a condition holds of the metrics, and returns them.
pub(crate) async fn wait_for(address: &str, holds: impl Fn(&Exposition) -> bool) -> (String, Exposition) {
    for _ in 0..200 {
        let text = text(address).await;
        let metrics = Exposition::parse(&text);
        if holds(&metrics) {
            return (text, metrics);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the condition never holds:\n{}", text(address).await);
}

async fn status(request: reqwest::RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

/// Sends a few requests of each kind; returns the bodies of the registrations' responses.
async fn send_requests(base: &str) -> Vec<Value> {
    let client = http();
    let get = |path: &str| client.get(format!("{base}{path}"));
    for _ in 0..3 {
        assert_eq!(status(get("/v1/events/hot/programme")).await, 200);
    }
    let first = get("/v1/events/hot/programme").send().await.unwrap();
    let tag = first.headers()["etag"].clone();
    assert_eq!(status(get("/v1/events/hot/programme").header("if-none-match", tag)).await, 304);
    assert_eq!(status(get("/v1/events/ana@example.org")).await, 404);
    assert_eq!(status(get("/nobody/ana@example.org?email=ana@example.org")).await, 404);
    assert_eq!(status(get("/v1/registrations/x").bearer_auth("no token")).await, 401);
    assert_eq!(status(client.delete(format!("{base}/v1/events/hot/programme"))).await, 405);
    assert_eq!(status(client.head(format!("{base}/v1/events/hot"))).await, 200);
    let mut responses = Vec::new();
    for (email, key, expected) in [
        ("ana@example.org", "one", 201),
        ("ana@example.org", "one", 201),
        ("ana@example.org", "two", 409),
        ("bob@example.org", "three", 409),
    ] {
        let request = client.post(format!("{base}/v1/events/hot/registrations")).header("idempotency-key", key);
        let response = request.json(&person(email)).send().await.unwrap();
        assert_eq!(response.status(), expected);
        responses.push(response.json().await.unwrap());
    }
    responses
}

async fn metrics_are_correct_and_contain_no_personal_data(engine: Engine) {
    let database = prepare(engine).await;
    let log = database.directory.path().join("log");
    let server = Server::start_command(program(&database), &log);
    let address = address(&log);
    let responses = send_requests(&server.base).await;
    // The feed has the event's publication and the registration, and the mail about the latter has been sent.
    let (text, metrics) = wait_for(&address, |metrics| {
        metrics.value("plenaria_feed_position", &[]) >= Some(2.0)
            && metrics.value("plenaria_mail_attempts_total", &[("outcome", "sent")]) == Some(1.0)
            && metrics.value("plenaria_outbox_rows", &[]) == Some(0.0)
            && metrics.value("plenaria_mail_queue_depth", &[]) == Some(0.0)
            && metrics.value("plenaria_mail_feed_lag_changes", &[]) == Some(0.0)
    })
    .await;
    let requests = |route, method, status| {
        metrics.value("plenaria_http_requests_total", &[("route", route), ("method", method), ("status", status)])
    };
    assert_eq!(requests("/v1/events/{event}/programme", "GET", "200"), Some(4.0));
    assert_eq!(requests("/v1/events/{event}/programme", "GET", "304"), Some(1.0));
    assert_eq!(requests("/v1/events/{event}/programme", "DELETE", "405"), Some(1.0));
    assert_eq!(requests("/v1/events/{event}", "GET", "404"), Some(1.0));
    assert_eq!(requests("/v1/events/{event}", "HEAD", "200"), Some(1.0));
    assert_eq!(requests("/v1/registrations/{registration}", "GET", "401"), Some(1.0));
    assert_eq!(requests("none", "GET", "404"), Some(1.0));
    assert_eq!(requests("/v1/events/{event}/registrations", "POST", "201"), Some(2.0));
    assert_eq!(requests("/v1/events/{event}/registrations", "POST", "409"), Some(2.0));
    let programme = [("route", "/v1/events/{event}/programme"), ("method", "GET")];
    assert_eq!(metrics.value("plenaria_http_request_duration_seconds_count", &programme), Some(5.0));
    let registered = |outcome| metrics.value("plenaria_registrations_total", &[("outcome", outcome)]);
    for (outcome, number) in
        [("confirmed", 1.0), ("replayed", 1.0), ("already_registered", 1.0), ("event_full", 1.0), ("waitlisted", 0.0)]
    {
        assert_eq!(registered(outcome), Some(number), "{outcome}");
    }
    assert_eq!(metrics.value("plenaria_desk_wait_seconds_count", &[]), Some(4.0));
    assert_eq!(metrics.value("plenaria_desk_batch_size_sum", &[]), Some(4.0));
    let batches = metrics.value("plenaria_desk_batch_duration_seconds_count", &[]);
    assert!(batches >= Some(1.0) && batches == metrics.value("plenaria_desk_batch_size_count", &[]));
    assert_eq!(metrics.value("plenaria_desk_queue_depth", &[]), Some(0.0));
    assert_eq!(metrics.value("plenaria_database_up", &[]), Some(1.0));
    let pools: &[_] = match engine {
        Engine::Postgres => &[("requests", "general"), ("requests", "desk"), ("delivery", "general")],
        Engine::Sqlite => &[("requests", "reads"), ("requests", "writes")],
    };
    for (user, pool) in pools {
        let of = |name: &str| {
            metrics.value(&format!("plenaria_database_connections{name}"), &[("component", user), ("pool", pool)])
        };
        assert!(of("") >= Some(1.0) && of("") <= of("_max") && of("_in_use") <= of(""), "{user} {pool}");
    }
    assert!(metrics.value("process_resident_memory_bytes", &[]) > Some(1e6));
    assert_eq!(metrics.value("plenaria_build_info", &[("version", env!("CARGO_PKG_VERSION"))]), Some(1.0));
    let rules = plenaria_domain::values::time_zone::rules_version();
    assert_eq!(metrics.value("plenaria_time_zone_rules_info", &[("version", rules)]), Some(1.0));
    assert_no_personal_data(&text, &responses);
    assert_separate_listeners(&server.base, &address).await;
    assert_documented(&metrics);
}

fn assert_no_personal_data(text: &str, responses: &[Value]) {
    for secret in ["example.org", "ana@", "Ana", "Pérez", "bob", "/hot", "\"hot"] {
        assert!(!text.contains(secret), "{secret}:\n{text}");
    }
    assert!(!text.contains(responses[0]["id"].as_str().unwrap()));
}

/// Asserts that the metrics' listener has no other paths, and the API's listener no metrics.
async fn assert_separate_listeners(base: &str, address: &str) {
    for path in ["/", "/v1/events", "/metrics/x", "/health/live"] {
        assert_eq!(status(http().get(format!("{address}{path}"))).await, 404, "{path}");
    }
    assert_eq!(status(http().get(format!("{base}/metrics"))).await, 404);
}

/// Collects the names of the metrics in an expression.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl ExprVisitor for Names {
    type Error = String;

    fn pre_visit(&mut self, expression: &Expr) -> Result<bool, String> {
        let selector = match expression {
            Expr::VectorSelector(selector) => selector,
            Expr::MatrixSelector(matrix) => &matrix.vs,
            _ => return Ok(true),
        };
        self.0.insert(selector.name.clone().ok_or("a selector without a name")?);
        Ok(true)
    }
}

/// Asserts that the table of the documentation lists exactly the exposed metrics, and that the alerts use only these.
fn assert_documented(metrics: &Exposition) {
    let section = OPERATIONS.split_once("\n## Metrics\n").expect("the section").1;
    let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(name, _)| name);
    // Process metrics exist on Linux only.
    let rows = rows.filter(|name| cfg!(target_os = "linux") || !name.starts_with("process_"));
    let named: BTreeSet<&str> = rows.map(|name| name.split('{').next().unwrap()).collect();
    let exposed: BTreeSet<&str> = metrics.families.keys().map(String::as_str).collect();
    assert_eq!(named, exposed, "left: the table of docs/operations.md, right: the exposed metrics");
    let alerts: Vec<&str> =
        section.split("```promql\n").skip(1).flat_map(|rest| rest.split("```").next().unwrap().lines()).collect();
    let expressions: Vec<&&str> = alerts.iter().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(expressions.len() >= 8, "{expressions:?}");
    for expression in expressions {
        let parsed = parser::parse(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
        let mut names = Names::default();
        walk_expr(&mut names, &parsed).unwrap();
        // `up` is Prometheus' own metric.
        names.0.remove("up");
        for name in &names.0 {
            assert!(metrics.names().contains(name.as_str()), "{name}, in {expression}");
        }
    }
}

/// With several instances, the desk's cached counts may be wrong. It then registers correctly, but in the worst case one by
/// one, so slowly that no other test would notice.
async fn a_rush_causes_no_batch_fallbacks(engine: Engine) {
    let definition = DEFINITION.replace("capacity: 1, waitlist: false", "capacity: 30, waitlist: true");
    let database = prepare_with(engine, &definition).await;
    let number = if engine == Engine::Postgres { 2 } else { 1 };
    let logs: Vec<_> = (0..number).map(|n| database.directory.path().join(format!("log-{n}"))).collect();
    let servers: Vec<Server> = logs.iter().map(|log| Server::start_command(program(&database), log)).collect();
    let client = http();
    let register = |n: usize| {
        let url = format!("{}/v1/events/hot/registrations", servers[n % number].base);
        status(client.post(url).json(&person(&format!("person-{n}@example.org"))))
    };
    // Alternating between instances across the last seat, and then all at once.
    for n in 0..60 {
        assert_eq!(register(n).await, 201);
    }
    let rush = futures_util::future::join_all((60..260).map(register)).await;
    assert!(rush.iter().all(|status| *status == 201));
    for log in &logs {
        let metrics = Exposition::parse(&text(&address(log)).await);
        let registered = metrics.value("plenaria_registrations_total", &[("outcome", "waitlisted")]);
        assert_eq!(registered, Some(if number == 2 { 115.0 } else { 230.0 }));
        assert_eq!(metrics.value("plenaria_desk_batch_fallbacks_total", &[]), Some(0.0));
    }
}

async fn a_worker_exposes_delivery_metrics(engine: Engine) {
    let database = prepare(engine).await;
    let log = database.directory.path().join("log");
    let worker = Server::start_worker(program(&database), &log);
    let (text, metrics) =
        wait_for(&address(&log), |metrics| metrics.value("plenaria_database_up", &[]) == Some(1.0)).await;
    assert_eq!(metrics.value("plenaria_webhook_attempts_total", &[("outcome", "delivered")]), Some(0.0));
    assert_eq!(metrics.value("plenaria_webhook_endpoints", &[("status", "active")]), Some(0.0));
    assert!(!text.contains("plenaria_http_") && !text.contains("plenaria_desk_queue"));
    drop(worker);
}

crate::with_both_engines!(
    metrics_are_correct_and_contain_no_personal_data,
    a_rush_causes_no_batch_fallbacks,
    a_worker_exposes_delivery_metrics,
);

#[tokio::test]
async fn a_used_metrics_address_stops_the_start() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let used = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut program = command(&database);
    program.arg("serve").env("PLENARIA_METRICS_LISTEN", used.local_addr().unwrap().to_string());
    let output = program.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && stderr.contains("PLENARIA_METRICS_LISTEN"), "{stderr}");
}
