//! The examples of the operations of partners' programs: a batch, attendance, a confirmed address, the feed of changes and a
//! webhook endpoint.

use chrono::TimeDelta;
use plenaria_domain::values::time::Clock;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::organiser_examples::{Call, Organiser};
use crate::support::mail::smtp_server::MailServer;
use crate::support::server::sample_events::WEBINAR;

/// An event that asks to confirm addresses.
const CONFIRMED: &str = "slug: confirmed-addresses\nstatus: published\nlanguage: en\ntitle: Confirmed addresses\n\
    starts: 2099-06-01T10:00\ntime_zone: Etc/UTC\nduration_minutes: 60\nregistration: { email_confirmation: true }\n";
/// The secret of an endpoint in the documentation; the real one is random.
const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The access token in the documentation; the real one would be valid for a while.
pub(super) const ACCESS_TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl";

/// All recorded requests and responses by the names of their files.
pub(super) async fn record(base: &str, token: &str, mail_server: &MailServer) -> Vec<(&'static str, Value)> {
    let organiser = Organiser { base, token };
    let mut recorded = vec![("create_access_token.request", json!({"grant_type": "client_credentials"}))];
    recorded.extend(batch(&organiser).await);
    recorded.extend(confirmation(&organiser, mail_server).await);
    // Only the newest change is recorded, so that the others do not matter.
    recorded.push(("list_changes", changes(&organiser).await));
    recorded.push(("read_join", join(&organiser).await));
    recorded.extend(endpoint(&organiser).await);
    recorded
}

/// Registers two people, and records that one of them attended.
async fn batch(organiser: &Organiser<'_>) -> Vec<(&'static str, Value)> {
    let item = |email: &str, name: &str, reference: &str| json!({"email": email, "name": name, "privacy_accepted": true, "external_reference": reference});
    let items =
        [item("marta@example.org", "Marta Vidal", "crm-4711"), item("joan@example.org", "Joan Puig", "crm-4712")];
    let (batch, attended) = (json!({"items": items}), json!({"attended": true}));
    let event = format!("/v1/events/{WEBINAR}/registrations");
    let created = organiser.json(&format!("{event}/batch"), StatusCode::OK, Call::post(&batch)).await;
    let registration = created["results"][0]["registration"]["id"].as_str().unwrap();
    let path = format!("/v1/registrations/{registration}/attendance");
    let attendance = organiser.json(&path, StatusCode::OK, Call::post(&attended)).await;
    let resend = json!({"email": "marta@example.org"});
    let resent = organiser.json(&format!("{event}/resend"), StatusCode::ACCEPTED, Call::post(&resend)).await;
    vec![
        ("list_registrations", organiser.read(&format!("{event}?limit=1")).await),
        ("create_registrations_batch.request", batch),
        ("create_registrations_batch", created),
        ("record_attendance.request", attended),
        ("record_attendance", attendance),
        ("resend_link.request", resend),
        ("resend_link", resent),
    ]
}

/// Registers a person for an event that asks to confirm the address, and confirms it twice.
async fn confirmation(organiser: &Organiser<'_>, mail_server: &MailServer) -> Vec<(&'static str, Value)> {
    let event = "/v1/events/confirmed-addresses";
    let definition = Call::put("application/yaml", CONFIRMED.to_owned()).only_if("if-none-match", "*");
    organiser.json(&format!("{event}/definition"), StatusCode::CREATED, definition).await;
    let person = json!({"email": "leila@example.org", "name": "Leila Haddad", "privacy_accepted": true});
    let path = format!("{event}/registrations");
    let sent = organiser.json(&path, StatusCode::ACCEPTED, Call::post(&person)).await;
    let body = json!({"confirmation_token": confirmation_token(mail_server, "leila@example.org").await});
    let anonymous = Organiser { base: organiser.base, token: "" };
    let confirmed = anonymous.json("/v1/registrations/confirm", StatusCode::CREATED, Call::post(&body)).await;
    let again = anonymous.json("/v1/registrations/confirm", StatusCode::OK, Call::post(&body)).await;
    vec![
        ("create_registration.202", sent),
        ("confirm_registration.request", body),
        ("confirm_registration", confirmed),
        ("confirm_registration.200", again),
    ]
}

/// The token in the mail to this address.
async fn confirmation_token(mail_server: &MailServer, address: &str) -> String {
    for _ in 0..200 {
        if let Some(mail) = mail_server.received().into_iter().find(|mail| mail.to == address) {
            return mail.parameter("confirmation_token");
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no mail to {address}");
}

/// The first page of registrations that were confirmed by mail, once there is one.
async fn changes(organiser: &Organiser<'_>) -> Value {
    organiser.read("/v1/changes?types=registration.confirmed&limit=1&wait=20").await
}

/// Registers a person for an event of tomorrow, whose online meeting can be joined already, and reads its address.
async fn join(organiser: &Organiser<'_>) -> Value {
    let starts = (Clock::System.now() + TimeDelta::days(1)).format("%Y-%m-%dT%H:%M");
    let definition = format!(
        "slug: online\nstatus: published\nlanguage: en\ntitle: Online\nstarts: {starts}\ntime_zone: Etc/UTC\n\
         duration_minutes: 60\njoin: {{ url: 'https://meet.example.org/room', minutes_before: 2880 }}\n"
    );
    let definition = Call::put("application/yaml", definition).only_if("if-none-match", "*");
    organiser.json("/v1/events/online/definition", StatusCode::CREATED, definition).await;
    let person = json!({"email": "nuria@example.org", "name": "Núria Soler", "privacy_accepted": true});
    let created = organiser.json("/v1/events/online/registrations", StatusCode::CREATED, Call::post(&person)).await;
    let holder = Organiser { base: organiser.base, token: created["manage_token"].as_str().unwrap() };
    holder.read(&format!("/v1/registrations/{}/join", created["id"].as_str().unwrap())).await
}

/// Creates an endpoint, updates it and sends it a test message.
async fn endpoint(organiser: &Organiser<'_>) -> Vec<(&'static str, Value)> {
    let create = json!({
        "url": "https://hooks.example.org/plenaria", "description": "The CRM",
        "types": ["registration.created", "registration.cancelled"],
    });
    let mut created = organiser.json("/v1/webhook-endpoints", StatusCode::CREATED, Call::post(&create)).await;
    created["secret"] = json!(SECRET);
    let path = format!("/v1/webhook-endpoints/{}", created["id"].as_str().unwrap());
    let update = json!({"types": ["registration.created"]});
    let updated = organiser.json(&path, StatusCode::OK, Call::patch(&update)).await;
    let test = organiser.json(&format!("{path}/test"), StatusCode::ACCEPTED, Call::post(&json!({}))).await;
    vec![
        ("create_webhook_endpoint.request", create),
        ("create_webhook_endpoint", created),
        ("update_webhook_endpoint.request", update),
        ("update_webhook_endpoint", updated),
        ("test_webhook_endpoint", test),
    ]
}
