//! The examples of the operations of organisers: the real webinar is moved, cancelled and reinstated, and a draft is made
//! and renamed.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::server::sample_events::WEBINAR;

/// The slug of the draft.
const DRAFT: &str = "metropolitan-spaces-2027";

/// A server, and the access token of a client of the webinar's owner.
pub(super) struct Organiser<'a> {
    pub(super) base: &'a str,
    /// Empty: none.
    pub(super) token: &'a str,
}

/// A request, apart from its path.
pub(super) struct Call {
    method: Method,
    content_type: &'static str,
    body: String,
    condition: Option<(&'static str, String)>,
}

impl Call {
    fn get() -> Self {
        Self { method: Method::GET, content_type: "", body: String::new(), condition: None }
    }

    pub(super) fn post(body: &Value) -> Self {
        Self { method: Method::POST, content_type: "application/json", body: body.to_string(), condition: None }
    }

    pub(super) fn patch(body: &Value) -> Self {
        Self { method: Method::PATCH, ..Self::post(body) }
    }

    pub(super) fn put(content_type: &'static str, body: String) -> Self {
        Self { method: Method::PUT, content_type, body, condition: None }
    }

    pub(super) fn only_if(self, header: &'static str, value: &str) -> Self {
        Self { condition: Some((header, value.to_owned())), ..self }
    }
}

impl Organiser<'_> {
    async fn send(&self, path: &str, call: Call) -> reqwest::Response {
        let request = crate::support::http::client::http().request(call.method, format!("{}{path}", self.base));
        let mut request = request.header("request-id", super::examples::ID);
        if !self.token.is_empty() {
            request = request.bearer_auth(self.token);
        }
        if !call.content_type.is_empty() {
            request = request.header("content-type", call.content_type).body(call.body);
        }
        if let Some((name, value)) = call.condition {
            request = request.header(name, value);
        }
        request.send().await.unwrap()
    }

    /// The JSON of a response that must have this status.
    pub(super) async fn json(&self, path: &str, status: StatusCode, call: Call) -> Value {
        let response = self.send(path, call).await;
        let found = response.status();
        let body: Value = response.json().await.unwrap();
        assert_eq!(found, status, "{path}: {body:#}");
        body
    }

    pub(super) async fn read(&self, path: &str) -> Value {
        self.json(path, StatusCode::OK, Call::get()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        self.json(path, StatusCode::OK, Call::post(body)).await
    }
}

/// All recorded requests and responses by the names of their files. `registration` is the path of a cancelled registration for the
/// webinar, that of ana@example.org.
pub(super) async fn record(base: &str, token: &str, registration: &str) -> Vec<(&'static str, Value)> {
    let organiser = Organiser { base, token };
    let event = format!("/v1/events/{WEBINAR}");
    let none = json!({});
    let mut responses = vec![
        ("reinstate_registration", organiser.post(&format!("{registration}/reinstate"), &none).await),
        ("reinstate_registration.request", none.clone()),
    ];
    responses.extend(put(&organiser, &event).await);
    let draft = format!("/v1/events/{DRAFT}");
    let rename = json!({"slug": "metropolitan-spaces"});
    let attendance = json!({"items": [
        {"email": "ana@example.org", "attended": true},
        {"email": "nobody@example.org", "attended": true},
    ]});
    let reason = json!({"reason": {"en": "The speakers are ill.", "es": "Los ponentes están enfermos."}});
    responses.extend([
        ("list_definitions", organiser.read("/v1/definitions?limit=1").await),
        ("preview_event", organiser.read(&format!("{draft}/preview?lang=es")).await),
        ("list_revisions", organiser.read(&format!("{event}/revisions")).await),
        ("read_revision", organiser.read(&format!("{draft}/revisions/1")).await),
        ("rename_event", organiser.post(&format!("{draft}/rename"), &rename).await),
        ("cancel_event", organiser.post(&format!("{event}/cancel"), &reason).await),
        ("reinstate_event", organiser.post(&format!("{event}/reinstate"), &none).await),
        ("record_event_attendance", organiser.post(&format!("{event}/attendance"), &attendance).await),
        ("read_statistics", organiser.read(&format!("{event}/statistics")).await),
    ]);
    responses.extend([
        ("rename_event.request", rename),
        ("cancel_event.request", reason),
        ("record_event_attendance.request", attendance),
    ]);
    // Examples are JSON, so these two are only requested.
    for (path, content_type) in [
        ("statistics.svg?chart=countries", "image/svg+xml"),
        ("registrations/export?format=xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ] {
        let response = organiser.send(&format!("{event}/{path}"), Call::get()).await;
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with(content_type), "{path}");
        assert_eq!(response.status(), StatusCode::OK, "{path}");
    }
    responses.push(("list_audit", organiser.read("/v1/audit?limit=3").await));
    responses
}

/// Puts a changed definition of the webinar, and that of the draft, which has errors at first.
async fn put(organiser: &Organiser<'_>, event: &str) -> Vec<(&'static str, Value)> {
    let path = format!("{event}/definition");
    let response = organiser.send(&path, Call::get()).await;
    let etag = response.headers()["etag"].to_str().unwrap().to_owned();
    let definition: Value = response.json().await.unwrap();
    let starts = definition["starts"].as_str().unwrap();
    let mut changed = definition.clone();
    changed["registration"]["capacity"] = json!(600);
    changed["starts"] = json!(starts.replace("15:00", "16:00"));
    let change = || Call::put("application/json", changed.to_string());
    let dry_run = organiser.json(&format!("{path}?dry_run=true"), StatusCode::OK, change()).await;
    let put = organiser.json(&path, StatusCode::OK, change().only_if("if-match", &etag)).await;
    let draft = format!(
        "slug: {DRAFT}\nlanguage: en\ntitle: {{ en: Metropolitan spaces, es: Espacios metropolitanos }}\n\
         starts: {starts}\ntime_zone: Europe/Madrid\nduration_minutes: 60\n"
    );
    let faulty = draft.replace("title", "titel").replace("60", "sixty");
    let path = format!("/v1/events/{DRAFT}/definition");
    let create = |text: String| Call::put("application/yaml", text).only_if("if-none-match", "*");
    let rejected = organiser.json(&path, StatusCode::UNPROCESSABLE_ENTITY, create(faulty)).await;
    let created = organiser.json(&path, StatusCode::CREATED, create(draft)).await;
    vec![
        ("read_definition", definition),
        ("put_definition.dry_run", dry_run),
        ("put_definition", put),
        ("put_definition.422", rejected),
        ("put_definition.201", created),
    ]
}
