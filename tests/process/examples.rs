//! The examples of the specification are answers of the program about the real webinar. `scripts/examples` records
//! them; here they are asked for again, and compared.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::program::{Server, command, succeed};
use crate::support::app::WEBINAR;
use crate::support::smtp::MailServer;
use crate::support::{Engine, TestDatabase, spec};

/// Where the specification says that the API is.
const PUBLIC_URL: &str = "https://api.plenaria.example.org";

#[tokio::test]
async fn the_examples_are_what_the_program_answers() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let mut program = command(&database);
    // It refuses Ana, so that there is something to show.
    let post = MailServer::start().await;
    post.refuse("ana");
    program.env("PLENARIA_PUBLIC_URL", PUBLIC_URL).env("PLENARIA_SMTP_URL", post.url());
    program.env("PLENARIA_MAIL_FROM", "Plenaria <events@example.org>");
    let server = Server::start_command(program, &database.directory.path().join("log"));
    let add = ["clients", "add", "--organisation", "metropolis", "--name", "CRM", "--scope", "registrations:read"];
    let client = succeed(&database, &add);
    let answers = ask(&server.base, &client).await;
    let directory = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/examples"));
    let mut files: Vec<String> =
        std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    for (name, answer) in &answers {
        let file = format!("{name}.json");
        let path = directory.join(&file);
        if std::env::var_os("PLENARIA_RECORD_EXAMPLES").is_some() {
            std::fs::write(&path, serde_json::to_string_pretty(answer).unwrap() + "\n").unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let recorded: Value = serde_json::from_str(&text).unwrap_or_default();
        let (mut old, mut new) = (recorded, answer.clone());
        Names::default().hide(&mut old);
        Names::default().hide(&mut new);
        assert!(old == new, "{file} is old: `scripts/examples` records it anew\n{old:#}\n{new:#}");
        files.retain(|other| *other != file);
    }
    assert!(files.is_empty(), "{files:?} are recorded from nothing");
}

#[test]
fn the_specification_shows_them() {
    let example = |method: &str, path: &str, status: &str| {
        let all = spec::operations();
        let (.., operation) = all.iter().find(|(m, p, _)| m == method && p == path).unwrap().clone();
        operation["responses"][status]["content"]["application/json"]["example"].clone()
    };
    let programme = example("GET", "/v1/events/{event}/programme", "200");
    let registration = example("POST", "/v1/events/{event}/registrations", "201");
    let kept = example("GET", "/v1/registrations/{registration}", "200");
    assert_eq!(programme["event"]["slug"], WEBINAR);
    assert_eq!(programme["event"]["id"], registration["event"]["id"]);
    assert_eq!((&kept["id"], &kept["manage_token"]), (&registration["id"], &Value::Null));
}

/// Every answer that is recorded, by its file's name. `added` is what adding a client of the event's owner said.
async fn ask(base: &str, added: &str) -> Vec<(&'static str, Value)> {
    let client = crate::support::http();
    let event = format!("/v1/events/{WEBINAR}");
    let mut answers = Vec::new();
    let person = json!({
        "email": "ana@example.org", "name": "Ana Pérez", "privacy_accepted": true, "language": "es",
        "organisation": "Ajuntament de Barcelona", "position": "International relations officer", "city": "Barcelona",
        "country": "ES", "audience": "local-government",
    });
    let faulty = json!({"email": "ana", "nmae": "Ana", "privacy_accepted": false});
    let read = async |name: &'static str, path: &str| {
        let answer = client.get(format!("{base}{path}")).header("request-id", ID).send().await.unwrap();
        (name, answer.json::<Value>().await.unwrap())
    };
    for (name, body) in
        [("create_registration", &person), ("create_registration.409", &person), ("create_registration.422", &faulty)]
    {
        let path = format!("{base}{event}/registrations");
        let answer = client.post(path).header("request-id", ID).json(body).send().await.unwrap();
        answers.push((name, answer.json::<Value>().await.unwrap()));
    }
    let text = |name: &str| answers[0].1[name].as_str().unwrap().to_owned();
    let (registration, token) = (format!("{base}/v1/registrations/{}", text("id")), text("manage_token"));
    let kept = client.get(&registration).bearer_auth(&token).send().await.unwrap().json().await.unwrap();
    answers.push(("read_registration", kept));
    answers.push(("list_messages", messages(base, &token_of(base, added).await).await));
    // The answers that count seats show one taken; they may be a second old.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    answers.extend([
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
    let changed = client.patch(&registration).bearer_auth(&token).json(&change).send().await;
    answers.push(("update_registration", changed.unwrap().json().await.unwrap()));
    let early = client.get(format!("{registration}/join")).bearer_auth(&token).header("request-id", ID).send().await;
    answers.push(("read_join.409", early.unwrap().json().await.unwrap()));
    let reason = json!({"reason": "I cannot make it"});
    let cancelled = client.post(format!("{registration}/cancel")).bearer_auth(&token).json(&reason).send().await;
    answers.push(("cancel_registration", cancelled.unwrap().json().await.unwrap()));
    answers
}

/// A client's token.
async fn token_of(base: &str, added: &str) -> String {
    let value = |name: &str| added.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    let request = crate::support::http().post(format!("{base}/oauth/token"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let request = request.basic_auth(value("client_id: "), Some(value("client_secret: ")));
    let answer = request.body("grant_type=client_credentials").send().await.unwrap();
    answer.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned()
}

/// What was mailed, once it is known what became of it.
async fn messages(base: &str, token: &str) -> Value {
    let path = format!("{base}/v1/events/{WEBINAR}/messages?status=refused");
    for _ in 0..200 {
        let found: Value =
            crate::support::http().get(&path).bearer_auth(token).send().await.unwrap().json().await.unwrap();
        if found["data"].as_array().is_some_and(|data| !data.is_empty()) {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no mail was refused");
}

const ID: &str = "019a0000-0000-7000-8000-000000000000";

/// Gives ids, tokens, cursors and times names in the order of their first appearance, so that two runs are the same.
#[derive(Default)]
struct Names(HashMap<String, usize>);

impl Names {
    fn hide(&mut self, value: &mut Value) {
        match value {
            Value::Object(map) => {
                for (key, below) in map {
                    match (key.as_str(), &below) {
                        ("manage_token" | "next_cursor", Value::String(_)) => *below = json!("…"),
                        // The webinar's year is the next one; a registration's times are now.
                        _ if key.ends_with("_at")
                            || key == "as_of"
                            || key == "available_from"
                            || key == "local_start" =>
                        {
                            hide_time(below);
                        }
                        _ => self.hide(below),
                    }
                }
            }
            Value::Array(all) => all.iter_mut().for_each(|one| self.hide(one)),
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

/// Of the webinar's own times, which are in July, all but the year stays.
fn hide_time(value: &mut Value) {
    if let Value::String(text) = value {
        let stays = text.get(4..).filter(|rest| rest.starts_with("-07-22T"));
        *text = stays.map_or_else(|| "now".to_owned(), str::to_owned);
    }
}
