//! The examples of the specification are requests about the real webinar, and the program's responses. `scripts/examples`
//! records them, and this test sends the requests again and compares.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{client_examples, organiser_examples};
use crate::program::{Server, command, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::spec;
use crate::support::mail::smtp_server::MailServer;
use crate::support::server::sample_events::WEBINAR;

/// The API's URL in the examples.
const PUBLIC_URL: &str = "https://api.plenaria.example.org";

#[tokio::test]
async fn the_examples_are_the_programs_responses() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let mut program = command(&database);
    // The mail server rejects Ana, so that the list of messages has an entry.
    let mail_server = MailServer::start().await;
    mail_server.reject("ana");
    program.env("PLENARIA_PUBLIC_URL", PUBLIC_URL).env("PLENARIA_SMTP_URL", mail_server.url());
    program.env("PLENARIA_MAIL_FROM", "Plenaria <events@example.org>");
    let server = Server::start_command(program, &database.directory.path().join("log"));
    let mut add = vec!["clients", "add", "--organisation", "metropolis", "--name", "CRM"];
    for scope in ["registrations:read", "registrations:write", "events:write", "webhooks:manage", "audit:read"] {
        add.extend(["--scope", scope]);
    }
    let client = succeed(&database, &add);
    let recorded = record(&server.base, &client, &mail_server).await;
    let directory = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/examples"));
    let mut files: Vec<String> =
        std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    for (name, response) in &recorded {
        let file = format!("{name}.json");
        let path = directory.join(&file);
        if std::env::var_os("PLENARIA_RECORD_EXAMPLES").is_some() {
            std::fs::write(&path, serde_json::to_string_pretty(response).unwrap() + "\n").unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let recorded: Value = serde_json::from_str(&text).unwrap_or_default();
        let (mut old, mut new) = (recorded, response.clone());
        Names::default().hide(&mut old);
        Names::default().hide(&mut new);
        assert!(old == new, "{file} is outdated: `scripts/examples` records it\n{old:#}\n{new:#}");
        files.retain(|other| *other != file);
    }
    assert!(files.is_empty(), "{files:?} belong to no recorded request or response");
}

#[test]
fn the_specification_contains_the_examples() {
    let example = |method: &str, path: &str, status: &str| {
        let all = spec::operations();
        let (.., operation) = all.iter().find(|(m, p, _)| m == method && p == path).unwrap().clone();
        operation["responses"][status]["content"]["application/json"]["example"].clone()
    };
    let programme = example("GET", "/v1/events/{event}/programme", "200");
    let registration = example("POST", "/v1/events/{event}/registrations", "201");
    let read_registration = example("GET", "/v1/registrations/{registration}", "200");
    assert_eq!(programme["event"]["slug"], WEBINAR);
    assert_eq!(programme["event"]["id"], registration["event"]["id"]);
    assert_eq!((&read_registration["id"], &read_registration["manage_token"]), (&registration["id"], &Value::Null));
}

/// All recorded requests and responses by the names of their files. `added` is the output of adding a client of the event's
/// owner.
async fn record(base: &str, added: &str, mail_server: &MailServer) -> Vec<(&'static str, Value)> {
    let client = crate::support::http::client::http();
    let event = format!("/v1/events/{WEBINAR}");
    let mut responses = Vec::new();
    let person = json!({
        "email": "ana@example.org", "name": "Ana Pérez", "privacy_accepted": true, "language": "es",
        "organisation": "Ajuntament de Barcelona", "position": "International relations officer", "city": "Barcelona",
        "country": "ES", "audience": "local-government",
    });
    let faulty = json!({"email": "ana", "nmae": "Ana", "privacy_accepted": false});
    let read = async |name: &'static str, path: &str| {
        let response = client.get(format!("{base}{path}")).header("request-id", ID).send().await.unwrap();
        (name, response.json::<Value>().await.unwrap())
    };
    for (name, body) in
        [("create_registration", &person), ("create_registration.409", &person), ("create_registration.422", &faulty)]
    {
        let path = format!("{base}{event}/registrations");
        let response = client.post(path).header("request-id", ID).json(body).send().await.unwrap();
        responses.push((name, response.json::<Value>().await.unwrap()));
    }
    let text = |name: &str| responses[0].1[name].as_str().unwrap().to_owned();
    let (registration, token) = (format!("{base}/v1/registrations/{}", text("id")), text("manage_token"));
    let read_registration = client.get(&registration).bearer_auth(&token).send().await.unwrap().json().await.unwrap();
    responses.push(("read_registration", read_registration));
    let mut issued = token_response(base, added).await;
    let client_token = issued["access_token"].as_str().unwrap().to_owned();
    issued["access_token"] = json!(client_examples::ACCESS_TOKEN);
    responses.push(("create_access_token", issued));
    responses.push(("list_messages", messages(base, &client_token).await));
    // Seat counts are cached for a second; afterwards they show one seat taken.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    responses.extend([
        read("list_events", "/v1/events?limit=1").await,
        read("read_event", &event).await,
        read("read_programme", &format!("{event}/programme")).await,
        read("read_availability", &format!("{event}/availability")).await,
        read("list_sessions", &format!("{event}/sessions?limit=2")).await,
        read("read_session", &format!("{event}/sessions/tehran")).await,
        read("list_event_speakers", &format!("{event}/speakers?limit=2")).await,
        read("list_speakers", "/v1/speakers?limit=2").await,
        read("read_speaker", "/v1/speakers/elham-fakhari").await,
        read("explain_problem", "/problems/event-full").await,
        read("health", "/health/live").await,
    ]);
    let change = json!({"city": "Badalona", "position": null});
    responses.extend([("create_registration.request", person), ("update_registration.request", change.clone())]);
    let changed = client.patch(&registration).bearer_auth(&token).json(&change).send().await;
    responses.push(("update_registration", changed.unwrap().json().await.unwrap()));
    let early = client.get(format!("{registration}/join")).bearer_auth(&token).header("request-id", ID).send().await;
    responses.push(("read_join.409", early.unwrap().json().await.unwrap()));
    let reason = json!({"reason": "I cannot make it"});
    let cancelled = client.post(format!("{registration}/cancel")).bearer_auth(&token).json(&reason).send().await;
    responses.push(("cancel_registration", cancelled.unwrap().json().await.unwrap()));
    responses.push(("cancel_registration.request", reason));
    let path = registration.trim_start_matches(base);
    responses.extend(organiser_examples::record(base, &client_token, path).await);
    responses.extend(client_examples::record(base, &client_token, mail_server).await);
    responses
}

/// The response with a client's token.
async fn token_response(base: &str, added: &str) -> Value {
    let value = |name: &str| added.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    let request = crate::support::http::client::http().post(format!("{base}/oauth/token"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let request = request.basic_auth(value("client_id: "), Some(value("client_secret: ")));
    let response = request.body("grant_type=client_credentials").send().await.unwrap();
    response.json().await.unwrap()
}

/// The list of messages, once a message has been rejected.
async fn messages(base: &str, token: &str) -> Value {
    let path = format!("{base}/v1/events/{WEBINAR}/messages?status=refused");
    for _ in 0..200 {
        let found: Value = crate::support::http::client::http()
            .get(&path)
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        if found["data"].as_array().is_some_and(|data| !data.is_empty()) {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no mail was rejected");
}

/// The id of requests whose responses contain it.
pub(super) const ID: &str = "019a0000-0000-7000-8000-000000000000";

/// Replaces ids, tokens, cursors and times by placeholders, ids numbered in order of appearance, so that two runs compare
/// equal.
#[derive(Default)]
struct Names(HashMap<String, usize>);

impl Names {
    fn hide(&mut self, value: &mut Value) {
        match value {
            Value::Object(map) => {
                for (key, child) in map {
                    match (key.as_str(), &child) {
                        // How many mails have been sent depends on the moment.
                        ("manage_token" | "confirmation_token" | "next_cursor", Value::String(_))
                        | ("mail", Value::Object(_)) => {
                            *child = json!("…");
                        }
                        ("at" | "date", Value::String(_)) => hide_time(child),
                        // The webinar is in the next year; a registration's times are the current time.
                        _ if key.ends_with("_at")
                            || key == "as_of"
                            || key == "available_from"
                            || key == "local_start" =>
                        {
                            hide_time(child);
                        }
                        _ => self.hide(child),
                    }
                }
            }
            Value::Array(all) => all.iter_mut().for_each(|one| self.hide(one)),
            Value::String(text) if is_time_of_webinar(text) => text.replace_range(..4, ""),
            Value::String(text) => {
                let parts = text.split('/').map(|part| if is_id(part) { self.name(part) } else { part.to_owned() });
                *text = parts.collect::<Vec<_>>().join("/");
            }
            _ => {}
        }
    }

    fn name(&mut self, id: &str) -> String {
        let next = self.0.len();
        format!("id {}", self.0.entry(id.to_owned()).or_insert(next))
    }
}

fn is_id(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok() && text != ID
}

/// A time on the webinar's day, in any year.
fn is_time_of_webinar(text: &str) -> bool {
    text.get(4..).is_some_and(|rest| rest.starts_with("-07-22T"))
}

/// Keeps all but the year of the webinar's times, which are on 22 July.
fn hide_time(value: &mut Value) {
    if let Value::String(text) = value {
        *text = if is_time_of_webinar(text) { text[4..].to_owned() } else { "now".to_owned() };
    }
}
