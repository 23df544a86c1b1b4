//! A valid call of every operation of the specification, with its path, token and body filled in. The tests in
//! `tests/api/protocol/every_operation.rs` then introduce one mistake at a time.

use plenaria_domain::event::definition::Definition;
use plenaria_persistence::events::publish::outcome::PublishMode;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::http::spec;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{WEBINAR, definition, person};

/// The file to which values for a new operation are added.
const THIS_FILE: &str = "tests/support/http/calls.rs";

/// Operations with rules and tests of their own: OAuth's token endpoint responds as RFC 6749 says
/// (tests/api/access/oauth.rs).
const TESTED_ELSEWHERE: [&str; 1] = ["create_access_token"];

/// One call of an operation.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub template: String,
    pub operation: Value,
    /// The values of the path parameters, by name.
    pub path_parameters: Vec<(String, String)>,
    pub query: &'static str,
    /// The value of the `Authorization` header.
    pub authorization: Option<String>,
    /// A valid token for another resource of the same kind.
    pub another_token: Option<String>,
    pub accept: Option<&'static str>,
    /// The condition without which the operation changes nothing.
    pub condition: Option<(&'static str, &'static str)>,
    /// One more header.
    pub header: Option<(&'static str, &'static str)>,
    pub content_type: Option<String>,
    pub body: Option<String>,
}

impl Call {
    /// A valid call of every operation in the specification. Each call gets its own copy of what it changes.
    pub async fn all(app: &TestApp) -> Vec<Self> {
        let mut all = Vec::new();
        for (number, (method, template, operation)) in spec::operations().into_iter().enumerate() {
            let mut call = Self {
                path_parameters: Vec::new(),
                query: "",
                authorization: None,
                another_token: None,
                accept: None,
                condition: None,
                header: None,
                content_type: None,
                body: None,
                method,
                template,
                operation,
            };
            if TESTED_ELSEWHERE.contains(&call.id()) {
                continue;
            }
            call.fill_in(app, number).await;
            all.push(call);
        }
        assert!(!all.is_empty());
        app.all_told().await;
        all
    }

    #[allow(clippy::too_many_lines, reason = "a list of operations")]
    async fn fill_in(&mut self, app: &TestApp, number: usize) {
        let parameters: Vec<String> = self
            .template
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}').map(str::to_owned))
            .collect();
        for name in parameters {
            let value = match name.as_str() {
                "event" if self.is_of_organisers() => self.own_event(app, number).await,
                "event" => WEBINAR.to_owned(),
                "revision" => "1".to_owned(),
                "session" => "tehran".to_owned(),
                "speaker" => "elham-fakhari".to_owned(),
                "code" => "event-full".to_owned(),
                // Operations for clients only act on a registration that a client created.
                "registration" if !self.schemes().contains(&"bearerAuth".to_owned()) => {
                    let (maker, other) = (app.partner("maker").await, app.partner("another").await);
                    // Only organisers take a cancellation back.
                    let reinstates = self.id() == "reinstate_registration";
                    let event = if reinstates { "of-maker" } else { WEBINAR };
                    if reinstates {
                        app.publish(&owned(event, "maker", &[])).await;
                    }
                    let created =
                        app.registered_by(event, &maker, &person(&format!("made-{number}@example.org"))).await;
                    let id = created["id"].as_str().expect("an id").to_owned();
                    if reinstates {
                        app.cancel(&id, &maker).await.expect(200);
                    }
                    self.authorization = Some(format!("Bearer {maker}"));
                    self.another_token = Some(other);
                    id
                }
                "registration" => {
                    let event = if self.id() == "read_join" { joinable(app).await } else { WEBINAR };
                    let (id, token, _) = app.registered(event, &format!("holder-{number}@example.org")).await;
                    let (_, other, _) = app.registered(event, &format!("another-{number}@example.org")).await;
                    self.authorization = Some(format!("Bearer {token}"));
                    self.another_token = Some(other);
                    id
                }
                "endpoint" => {
                    let (id, token) = app.endpoint_of(&format!("hooks-{number}"), "https://hooks.example.org/in").await;
                    self.authorization = Some(format!("Bearer {token}"));
                    self.another_token = Some(app.token_of("another", "webhooks:manage").await);
                    id
                }
                "delivery" => {
                    let path = format!("/v1/webhook-endpoints/{}/test", self.path_parameters[0].1);
                    let token = self.authorization.as_deref().and_then(|value| value.strip_prefix("Bearer "));
                    let delivery = app.send("POST", &path, token, None).await.expect(202);
                    delivery["id"].as_str().expect("an id").to_owned()
                }
                _ => panic!("{self}: no value for {{{name}}}. Add one to `fill_in` in {THIS_FILE}."),
            };
            self.path_parameters.push((name, value));
        }
        assert!(
            self.schemes().iter().all(|scheme| scheme == "bearerAuth" || scheme == "oauth2"),
            "{self}: it accepts {:?}. Add a token of that kind, and another caller's, to `fill_in` in {THIS_FILE}.",
            self.schemes()
        );
        // Operations for clients only have no holder; tests/api/access/isolation.rs checks which client sees what.
        if self.needs_token() && !self.schemes().contains(&"bearerAuth".to_owned()) {
            if self.authorization.is_none() {
                let scope = self.security()[0]["oauth2"][0].as_str().expect("a scope");
                // Only the event's owner sees these registrations.
                let of_registration = self.path().contains("/registrations/");
                let organisation = if of_registration { "metropolis".to_owned() } else { format!("partner-{number}") };
                let token = app.token_of(&organisation, scope).await;
                self.authorization = Some(format!("Bearer {token}"));
            }
        } else {
            assert!(
                !self.needs_token() || self.authorization.is_some() && self.another_token.is_some(),
                "{self} needs a token. Add a valid one and another holder's to `fill_in` in {THIS_FILE}."
            );
        }
        if self.has_request_body() {
            let body = match self.id() {
                "create_registration" => person(&format!("new-{number}@example.org")),
                "create_registrations_batch" => json!({"items": [person(&format!("batch-{number}@example.org"))]}),
                "record_attendance" => json!({"attended": true}),
                "record_event_attendance" => {
                    let email = format!("holder-{number}@example.org");
                    let token = self.authorization.as_deref().and_then(|value| value.strip_prefix("Bearer "));
                    app.registered_by(WEBINAR, token.expect("a client's token"), &person(&email)).await;
                    json!({"items": [{"email": email, "attended": true}]})
                }
                "reinstate_registration" => json!({}),
                "create_webhook_endpoint" => json!({"url": "https://hooks.example.org/new"}),
                "update_webhook_endpoint" => json!({"description": "Another"}),
                "resend_link" => json!({"email": format!("holder-{number}@example.org")}),
                "confirm_registration" => json!({"confirmation_token": pending_token(app).await}),
                "update_registration" => json!({"city": "Badalona", "organisation": null}),
                "cancel_registration" => json!({"reason": "I cannot make it"}),
                "put_definition" => {
                    let mut document = owned(&self.path_parameters[0].1, "metropolis", &[]);
                    document["title"] = json!("Another title");
                    document
                }
                "cancel_event" => json!({"reason": {"en": "A strike.", "es": "Una huelga."}}),
                "rename_event" => json!({"slug": format!("renamed-{number}")}),
                id => panic!("{self}: no valid body. Add one for `{id}` to `fill_in` in {THIS_FILE}."),
            };
            let types = self.operation["requestBody"]["content"].as_object().expect("types");
            self.content_type = types.keys().next().cloned();
            self.body = Some(body.to_string());
        }
    }

    pub fn is_of_organisers(&self) -> bool {
        ["definitions", "statistics"].iter().any(|tag| self.operation["tags"][0] == *tag)
    }

    /// Publishes an event of the caller's organisation, and returns its slug, or its id for an operation that changes it.
    async fn own_event(&mut self, app: &TestApp, number: usize) -> String {
        let slug = format!("organised-{number}");
        let token = app.token_of("metropolis", "events:write").await;
        self.authorization = Some(format!("Bearer {token}"));
        if self.id() == "put_definition" {
            self.condition = Some(("if-match", "*"));
        }
        let mut document = owned(&slug, "metropolis", &[]);
        if self.id() == "reinstate_event" {
            document["status"] = json!("cancelled");
        }
        let definition = Definition::parse(&document, app.now()).expect("a valid definition");
        let published = app.store.publish(&[definition], app.now(), PublishMode::Apply).await.expect("published");
        if self.id() == "rename_event" { published[0].id.to_string() } else { slug }
    }

    pub fn id(&self) -> &str {
        self.operation["operationId"].as_str().expect("an id")
    }

    pub fn has_request_body(&self) -> bool {
        self.operation["requestBody"].is_object()
    }

    /// Whether its success response has a body.
    pub fn returns_body(&self) -> bool {
        let responses = self.operation["responses"].as_object().expect("responses");
        responses.iter().any(|(status, response)| status.starts_with('2') && response["content"].is_object())
    }

    pub fn is_read(&self) -> bool {
        self.method == "GET"
    }

    /// Whether the response is streamed, so that its entity tag is not known before its end.
    pub fn is_streamed(&self) -> bool {
        self.id() == "export_registrations"
    }

    /// Whether the specification documents this request header.
    pub fn accepts_header(&self, name: &str) -> bool {
        let parameters = self.operation["parameters"].as_array().into_iter().flatten().map(spec::resolved);
        parameters.into_iter().any(|parameter| parameter["in"] == "header" && parameter["name"] == name)
    }

    fn security(&self) -> &[Value] {
        self.operation["security"].as_array().expect("security")
    }

    /// The names of the security schemes that it accepts.
    pub fn schemes(&self) -> Vec<String> {
        self.security().iter().flat_map(|one| one.as_object().expect("a requirement").keys().cloned()).collect()
    }

    /// Whether a token is required.
    pub fn needs_token(&self) -> bool {
        self.security().iter().all(|one| one.as_object().is_some_and(|schemes| !schemes.is_empty()))
    }

    /// Whether a token is accepted but not required.
    pub fn accepts_token(&self) -> bool {
        !self.needs_token() && !self.schemes().is_empty()
    }

    /// The path with its parameters filled in, and the query.
    pub fn path(&self) -> String {
        let filled = |path: String, (name, value): &(String, String)| path.replace(&format!("{{{name}}}"), value);
        self.path_parameters.iter().fold(self.template.clone(), filled) + self.query
    }

    /// Sends the call and checks the response against the specification.
    pub async fn send(&self, app: &TestApp) -> TestResponse {
        let url = format!("{}{}", app.base, self.path());
        let mut request = app.client.request(self.method.parse().expect("a method"), url);
        let content_type = self.content_type.as_deref();
        for (name, value) in
            [("authorization", self.authorization.as_deref()), ("accept", self.accept), ("content-type", content_type)]
        {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let is_replaced = |name: &str| self.header.is_some_and(|(other, _)| other == name);
        let condition = self.condition.filter(|(name, _)| !is_replaced(name));
        for (name, value) in condition.into_iter().chain(self.header) {
            request = request.header(name, value);
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let response = TestResponse::read(&self.method, &self.path(), request.send().await.expect("a response")).await;
        self.check_headers(&response);
        response
    }

    /// Checks the headers that every response must have.
    fn check_headers(&self, response: &TestResponse) {
        let at = format!("{self} {}", response.status);
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{at}");
        assert_eq!(response.header("referrer-policy"), Some("no-referrer"), "{at}");
        assert_eq!(
            response.header("access-control-allow-origin"),
            Some("*"),
            "{at}: whether or not there was an Origin"
        );
        assert!(response.headers.get_all("vary").iter().count() <= 1, "{at}: some caches read only one Vary line");
        let caching = response.header("cache-control");
        if response.status >= 400 {
            assert_eq!(caching, Some("no-store"), "{at}");
            assert_eq!(response.header("content-type"), Some("application/problem+json"), "{at}");
        }
        let documented = &self.operation["responses"][response.status.to_string()];
        for (name, header) in documented["headers"].as_object().into_iter().flatten() {
            let required = spec::resolved(header)["required"] == true;
            assert!(!required || has(&response.headers, name), "{at}: the specification requires {name}");
        }
        if response.status == 401 {
            assert!(response.header("www-authenticate").is_some_and(|v| v.starts_with("Bearer ")), "{at}");
        }
    }
}

/// The confirmation token of a pending registration.
async fn pending_token(app: &TestApp) -> String {
    app.publish_confirming(&definition("confirming", None, false)).await;
    app.register("confirming", &person("pending@example.org")).await.expect(202);
    app.confirmation_token("pending@example.org").await
}

/// Publishes an event whose join URL is available now, and returns its slug.
async fn joinable(app: &TestApp) -> &'static str {
    let mut event = definition("joinable", None, false);
    event["join"] = json!({"url": "https://meet.example.org/room", "minutes_before": 10_080});
    app.publish(&event).await;
    "joinable"
}

fn has(headers: &HeaderMap, name: &str) -> bool {
    headers.get(name).is_some_and(|value| !value.is_empty())
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}
