//! The whole journey against a running server: scripts/contract starts one, and says where it is in the environment.

use std::error::Error as StdError;
use std::time::Duration;

use client::{Client, Error, types};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

#[allow(clippy::all, clippy::pedantic, dead_code, irrefutable_let_patterns, unused_imports, mismatched_lifetime_syntaxes, unreachable_patterns)]
mod client {
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

type Outcome<T> = Result<T, Box<dyn StdError>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    tokio::time::timeout(Duration::from_secs(60), journey()).await??;
    println!("The journey is done.");
    Ok(())
}

fn setting(name: &str) -> Outcome<String> {
    std::env::var(name).map_err(|_| format!("{name} is missing").into())
}

/// A client that sends this bearer token.
fn connect(token: Option<&str>) -> Outcome<Client> {
    let mut headers = reqwest::header::HeaderMap::new();
    if let Some(token) = token {
        headers.insert("Authorization", format!("Bearer {token}").parse()?);
    }
    let http = reqwest::Client::builder().default_headers(headers).timeout(Duration::from_secs(40)).build()?;
    Ok(Client::new_with_client(&setting("PLENARIA_URL")?, http))
}

async fn access_token() -> Outcome<String> {
    let answer: Value = reqwest::Client::new()
        .post(setting("PLENARIA_URL")? + "/oauth/token")
        .basic_auth(setting("PLENARIA_CLIENT_ID")?, Some(setting("PLENARIA_CLIENT_SECRET")?))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials")
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    Ok(answer["access_token"].as_str().ok_or("no token")?.to_owned())
}

fn person(name: &str, run: &str) -> Outcome<types::CreateRegistration> {
    let email = format!("{}.{run}@example.org", name.to_lowercase());
    Ok(serde_json::from_value(json!({"email": email, "name": name, "privacy_accepted": true}))?)
}

async fn register(visitor: &Client, slug: &str, body: types::CreateRegistration, key: &str) -> Outcome<types::RegistrationWithToken> {
    let answer = visitor.create_registration().event(slug).idempotency_key(key).body(body).send().await?.into_inner();
    match answer {
        types::CreateRegistrationResponse::RegistrationWithToken(made) => Ok(made),
        other => Err(format!("{other:?}").into()),
    }
}

/// The code of the problem that an operation answered with.
fn code<T: std::fmt::Debug>(answer: Result<T, Error<types::Problem>>) -> Outcome<String> {
    match answer {
        Err(Error::ErrorResponse(problem)) => Ok(problem.code.to_string()),
        other => Err(format!("a problem was expected: {other:?}").into()),
    }
}

async fn journey() -> Outcome<()> {
    let run = std::process::id().to_string();
    let slug = format!("journey-rs-{run}");
    let (visitor, partner) = (connect(None)?, connect(Some(&access_token().await?))?);

    // The organiser puts a definition.
    let definition: types::Definition = serde_json::from_value(json!({
        "slug": slug, "status": "published", "language": "en", "title": {"en": "A journey", "es": "Un viaje"},
        "starts": "2099-06-01T10:00", "time_zone": "Europe/Madrid", "duration_minutes": 60,
        "registration": {"capacity": 1, "waitlist": true},
    }))?;
    let put = partner.put_definition().event(&slug).if_none_match("*").body(definition).send().await?;
    assert_eq!(put.outcome.to_string(), "created");
    let event = visitor.read_event().event(&slug).send().await?;
    assert_eq!(event.phase.to_string(), "upcoming");

    // The partner creates a webhook endpoint.
    let receiver = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint: types::CreateWebhookEndpoint = serde_json::from_value(json!({
        "url": format!("http://{}/hook", receiver.local_addr()?), "types": ["registration.promoted"],
    }))?;
    let secret = partner.create_webhook_endpoint().body(endpoint).send().await?.secret.to_string();

    // A person registers, once, however often it is sent.
    let first = register(&visitor, &slug, person("Ada", &run)?, &format!("rs-{run}")).await?;
    let again = register(&visitor, &slug, person("Ada", &run)?, &format!("rs-{run}")).await?;
    assert_eq!((first.status.to_string().as_str(), first.id.0), ("confirmed", again.id.0));
    let twice = visitor.create_registration().event(&slug).body(person("Ada", &run)?).send().await;
    assert_eq!(code(twice)?, "already-registered");

    // The next one waits, and moves up when the first cancels.
    let second = register(&visitor, &slug, person("Grace", &run)?, &format!("rs-{run}-2")).await?;
    assert_eq!(second.status.to_string(), "waitlisted");
    let holder = connect(Some(first.manage_token.as_str()))?;
    let patch = serde_json::from_value::<types::UpdateRegistration>(json!({"organisation": "Analytical Engines"}))?;
    let changed = holder.update_registration().registration(first.id.to_string()).body(patch).send().await?;
    assert_eq!(changed.organisation.as_ref().map(|name| name.to_string()), Some("Analytical Engines".to_owned()));
    let reason = serde_json::from_value::<types::CancelRegistration>(json!({"reason": "Ill"}))?;
    let cancelled = holder.cancel_registration().registration(first.id.to_string()).body(reason).send().await?;
    assert_eq!(cancelled.status.to_string(), "cancelled");
    let second_holder = connect(Some(second.manage_token.as_str()))?;
    let promoted = second_holder.read_registration().registration(second.id.to_string()).send().await?;
    assert_eq!(promoted.status.to_string(), "confirmed");
    holder.delete_registration().registration(first.id.to_string()).send().await?;
    assert_eq!(code(holder.read_registration().registration(first.id.to_string()).send().await)?, "not-found");

    // The partner sends a batch, reads it by cursor and follows the feed.
    let people = ["Karen", "Radia", "Sophie"].map(|name| person(name, &run)).into_iter().collect::<Outcome<Vec<_>>>()?;
    let batch = serde_json::from_value::<types::BatchRegistrations>(json!({"items": people}))?;
    let results = partner.create_registrations_batch().event(&slug).body(batch).send().await?.into_inner().results;
    assert!(results.iter().all(|result| result.status == 201) && results.len() == 3);
    let (mut seen, mut cursor) = (0, None::<String>);
    loop {
        let mut list = partner.list_registrations().event(&slug).limit(std::num::NonZeroU32::new(2).ok_or("zero")?);
        if let Some(cursor) = cursor {
            list = list.cursor(cursor);
        }
        let page = list.send().await?.into_inner();
        seen += page.data.len();
        let Some(next) = page.page.next_cursor else { break };
        cursor = Some(next.to_string());
    }
    assert_eq!(seen, 4);
    let mut cursor = None::<String>;
    loop {
        let mut feed = partner.list_changes().wait(10_i32);
        if let Some(cursor) = cursor {
            feed = feed.cursor(cursor);
        }
        let page = feed.send().await?.into_inner();
        if page.data.iter().any(|change| {
            matches!(change, types::Change::RegistrationPromotedChange(change) if change.data.registration.id.0 == second.id.0)
        }) {
            break;
        }
        cursor = Some(page.page.next_cursor.to_string());
    }

    // The webhook's message arrives and verifies.
    let (headers, body) = receive(&receiver).await?;
    standardwebhooks::Webhook::new(&secret)?.verify(body.as_bytes(), &headers)?;
    let message: Value = serde_json::from_str(&body)?;
    assert_eq!(message["data"]["registration"]["id"], json!(second.id));
    Ok(())
}

/// Reads one request and accepts it.
async fn receive(listener: &TcpListener) -> Outcome<(http::HeaderMap, String)> {
    let (mut stream, _) = listener.accept().await?;
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await?;
        bytes.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let mut headers = http::HeaderMap::new();
        for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
            headers.insert(http::HeaderName::try_from(name)?, value.parse()?);
        }
        let length: usize = headers.get("content-length").ok_or("no length")?.to_str()?.parse()?;
        if body.len() >= length {
            stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await?;
            return Ok((headers, body.to_owned()));
        }
    }
}
