//! The traces that the program sends to an OpenTelemetry collector.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value as Any};
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use prost::Message as _;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::program::{Server, command, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::client::http;
use crate::support::server::sample_events::person;

const DEFINITION: &str = "slug: hot\nstatus: published\nlanguage: en\ntitle: Hot\nstarts: 2090-01-01T10:00\n\
                          time_zone: Etc/UTC\nduration_minutes: 60\n";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A collector that stores the bodies sent to `/v1/traces`.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Vec<u8>>>>);

impl Collector {
    async fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let collector = Self::default();
        let receiving = collector.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(receiving.clone().receive(stream));
            }
        });
        (collector, address)
    }

    async fn receive(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        loop {
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return;
                }
                if line.trim().is_empty() {
                    break;
                }
                head.push(line.trim().to_ascii_lowercase());
            }
            assert_eq!(head[0], "post /v1/traces http/1.1");
            assert!(head.iter().any(|line| line == "content-type: application/x-protobuf"), "{head:?}");
            let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.expect("a length")];
            stream.read_exact(&mut body).await.unwrap();
            self.0.lock().unwrap().push(body);
            let response = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(response.as_bytes()).await.unwrap();
        }
    }

    /// Every received span, with its resource's attributes.
    fn spans(&self) -> Vec<(Vec<KeyValue>, Span)> {
        let mut spans = Vec::new();
        for body in self.0.lock().unwrap().iter() {
            for of_resource in ExportTraceServiceRequest::decode(body.as_slice()).expect("OTLP").resource_spans {
                let attributes = of_resource.resource.expect("a resource").attributes;
                for span in of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                    spans.push((attributes.clone(), span));
                }
            }
        }
        spans
    }

    /// Asserts that no received body contains this text.
    fn assert_never_received(&self, secret: &str) {
        for body in self.0.lock().unwrap().iter() {
            assert!(!body.windows(secret.len()).any(|part| part == secret.as_bytes()), "“{secret}” was sent");
        }
    }
}

fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Any> {
    attributes.iter().find(|attribute| attribute.key == key)?.value.as_ref()?.value.as_ref()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

async fn start(engine: Engine, collector: &str, change: impl FnOnce(&mut Command)) -> (TestDatabase, Server) {
    let database = TestDatabase::create(engine).await;
    succeed(&database, &["migrate"]);
    let file = database.directory.path().join("hot.yaml");
    std::fs::write(&file, DEFINITION).unwrap();
    succeed(&database, &["publish", file.to_str().unwrap()]);
    let mut program = command(&database);
    program.env("OTEL_EXPORTER_OTLP_ENDPOINT", collector);
    change(&mut program);
    let server = Server::start_command(program, &database.directory.path().join("log"));
    (database, server)
}

/// Sends SIGTERM and asserts a successful exit.
fn stop(server: &mut Server) {
    server.signal("TERM");
    assert!(server.child.wait().unwrap().success());
}

async fn a_registration_is_traced(engine: Engine) {
    let (collector, address) = Collector::start().await;
    let (_database, mut server) = start(engine, &address, |_| ()).await;
    let register = async |email: &str, flags: &str| {
        let request = http().post(format!("{}/v1/events/hot/registrations?secret=query", server.base));
        let request = request.header("traceparent", format!("00-{TRACE}-{CALLER}-{flags}")).json(&person(email));
        request.send().await.unwrap()
    };
    // The unknown query parameter is rejected and not traced.
    assert_eq!(register("ana@example.org", "01").await.status(), 400);
    let request = http().post(format!("{}/v1/events/hot/registrations", server.base));
    let request = request.header("traceparent", format!("00-{TRACE}-{CALLER}-01")).json(&person("ana@example.org"));
    let registered: Value = request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap();
    let id = registered["id"].as_str().unwrap();
    // An unsampled request is not traced.
    assert_eq!(register("ben@example.org", "00").await.status(), 400);
    for path in ["/v1/events/hot/programme?lang=en", "/v1/events/hot/programme?lang=en", "/ana@example.org"] {
        http().get(format!("{}{path}", server.base)).send().await.unwrap();
    }
    let read =
        http().get(format!("{}/v1/registrations/{id}", server.base)).bearer_auth("nothing").send().await.unwrap();
    assert_eq!(read.status(), 401);
    stop(&mut server);

    let spans = collector.spans();
    let named = |name: &str| spans.iter().map(|(_, span)| span).filter(|span| span.name == name).collect::<Vec<_>>();
    let registrations = named("POST /v1/events/{event}/registrations");
    assert_eq!(registrations.len(), 2, "{spans:#?}");
    for span in &registrations {
        assert_eq!((hex(&span.trace_id), hex(&span.parent_span_id)), (TRACE.to_owned(), CALLER.to_owned()));
        assert_eq!(span.kind, SpanKind::Server as i32);
    }
    let status = |span: &Span| attribute(&span.attributes, "http.response.status_code").cloned();
    let created: Vec<_> = registrations.iter().filter(|span| status(span) == Some(Any::IntValue(201))).collect();
    assert_eq!(created.len(), 1);
    let route = attribute(&created[0].attributes, "http.route");
    assert_eq!(route, Some(&Any::StringValue("/v1/events/{event}/registrations".to_owned())));
    for name in ["desk.wait", "desk.commit"] {
        let children = named(name);
        assert_eq!(children.len(), 1, "{name}");
        assert_eq!((&children[0].trace_id, &children[0].parent_span_id), (&created[0].trace_id, &created[0].span_id));
        assert!(children[0].start_time_unix_nano >= created[0].start_time_unix_nano);
        assert!(children[0].end_time_unix_nano <= created[0].end_time_unix_nano);
    }
    let batch = named("desk.commit")[0];
    assert_eq!(attribute(&batch.attributes, "batch"), Some(&Any::IntValue(1)));
    // Cached responses have spans too, in traces of their own.
    let read = named("GET /v1/events/{event}/programme");
    assert!(read.len() == 2 && read[0].trace_id != read[1].trace_id && read[0].parent_span_id.is_empty());
    assert_eq!(named("GET none").len(), 1);
    let unauthorised = named("GET /v1/registrations/{registration}");
    assert!(unauthorised[0].status.as_ref().is_none_or(|status| status.code != StatusCode::Error as i32));
    let service = attribute(&spans[0].0, "service.name");
    assert_eq!(service, Some(&Any::StringValue("plenaria".to_owned())));
    for secret in ["example.org", "Pérez", "query", "lang=", id, env!("CARGO_MANIFEST_DIR"), ".rs"] {
        collector.assert_never_received(secret);
    }
}

crate::with_both_engines!(a_registration_is_traced);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_otel_sampler_and_service_name_apply() {
    let (collector, address) = Collector::start().await;
    let never = |program: &mut Command| {
        program.env("OTEL_TRACES_SAMPLER", "parentbased_traceidratio").env("OTEL_TRACES_SAMPLER_ARG", "0");
        program.env("OTEL_SERVICE_NAME", "registrations");
    };
    let (_database, mut server) = start(Engine::Sqlite, &address, never).await;
    let get = || http().get(format!("{}/v1/events", server.base));
    get().send().await.unwrap();
    get().header("traceparent", format!("00-{TRACE}-{CALLER}-01")).send().await.unwrap();
    stop(&mut server);
    let spans = collector.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(hex(&spans[0].1.trace_id), TRACE);
    assert_eq!(attribute(&spans[0].0, "service.name"), Some(&Any::StringValue("registrations".to_owned())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unavailable_collector_does_not_delay_the_stop() {
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (_database, mut server) = start(Engine::Sqlite, &format!("http://{unused}"), |_| ()).await;
    let response = http().get(format!("{}/v1/events", server.base)).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let started = Instant::now();
    stop(&mut server);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn unsupported_otlp_protocols_are_rejected() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    for (name, value) in [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")] {
        let mut program = command(&database);
        program.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318").env(name, value);
        let output = program.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && stderr.contains(name) && stderr.trim().lines().count() == 1, "{stderr}");
    }
}
