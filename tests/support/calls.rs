//! Every operation of the specification as a call with everything right: its path, token and body filled in. The tests
//! in `tests/api/every_operation.rs` then put one thing wrong.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::app::WEBINAR;
use super::{Answer, TestApp, definition, person, spec};

/// Where a new operation's values are to be added.
const HERE: &str = "tests/support/calls.rs";

/// These have rules of their own, and tests of their own that try them in each of these ways: OAuth's token endpoint
/// answers as OAuth has it (tests/api/oauth.rs).
const OWN_RULES: [&str; 1] = ["create_access_token"];

/// One call of an operation.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub template: String,
    pub operation: Value,
    /// What stands for each parameter of the path.
    pub names: Vec<(String, String)>,
    pub query: &'static str,
    /// The whole of `Authorization`.
    pub authorization: Option<String>,
    /// Somebody else's token, which is good for another thing of the same kind.
    pub another_token: Option<String>,
    pub accept: Option<&'static str>,
    /// Any other header.
    pub header: Option<(&'static str, &'static str)>,
    pub content_type: Option<String>,
    pub body: Option<String>,
}

impl Call {
    /// Every operation of the specification, with everything right. Things that a call may change are its own.
    pub async fn all(app: &TestApp) -> Vec<Self> {
        let mut all = Vec::new();
        for (number, (method, template, operation)) in spec::operations().into_iter().enumerate() {
            let mut call = Self {
                names: Vec::new(),
                query: "",
                authorization: None,
                another_token: None,
                accept: None,
                header: None,
                content_type: None,
                body: None,
                method,
                template,
                operation,
            };
            if OWN_RULES.contains(&call.id()) {
                continue;
            }
            call.fill_in(app, number).await;
            all.push(call);
        }
        assert!(!all.is_empty());
        app.all_told().await;
        all
    }

    async fn fill_in(&mut self, app: &TestApp, number: usize) {
        let parameters: Vec<String> = self
            .template
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}').map(str::to_owned))
            .collect();
        for name in parameters {
            let value = match name.as_str() {
                "event" => WEBINAR.to_owned(),
                "session" => "tehran".to_owned(),
                "speaker" => "elham-fakhari".to_owned(),
                "code" => "event-full".to_owned(),
                // What only clients may do is done to what a client made.
                "registration" if !self.schemes().contains(&"bearerAuth".to_owned()) => {
                    let (maker, other) = (app.partner("maker").await, app.partner("another").await);
                    let made = app.registered_by(WEBINAR, &maker, &person(&format!("made-{number}@example.org"))).await;
                    self.authorization = Some(format!("Bearer {maker}"));
                    self.another_token = Some(other);
                    made["id"].as_str().expect("an id").to_owned()
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
                    let path = format!("/v1/webhook-endpoints/{}/test", self.names[0].1);
                    let token = self.authorization.as_deref().and_then(|value| value.strip_prefix("Bearer "));
                    let delivery = app.send("POST", &path, token, None).await.expect(202);
                    delivery["id"].as_str().expect("an id").to_owned()
                }
                _ => panic!("{self}: what stands for {{{name}}}? Add a value to `fill_in` in {HERE}."),
            };
            self.names.push((name, value));
        }
        assert!(
            self.schemes().iter().all(|scheme| scheme == "bearerAuth" || scheme == "oauth2"),
            "{self}: it takes {:?}. Add a token of that kind, and another caller's, to `fill_in` in {HERE}.",
            self.schemes()
        );
        // What only clients may do has no holder; who of them sees what is for tests/api/isolation.rs.
        if self.needs_token() && !self.schemes().contains(&"bearerAuth".to_owned()) {
            if self.authorization.is_none() {
                let scope = self.security()[0]["oauth2"][0].as_str().expect("a scope");
                // Only the event's owner sees the registration.
                let of_registration = self.path().contains("/registrations/");
                let organisation = if of_registration { "metropolis".to_owned() } else { format!("partner-{number}") };
                let token = app.token_of(&organisation, scope).await;
                self.authorization = Some(format!("Bearer {token}"));
            }
        } else {
            assert!(
                !self.needs_token() || self.authorization.is_some() && self.another_token.is_some(),
                "{self} needs a token. Add its own and another holder's to `fill_in` in {HERE}."
            );
        }
        if self.takes_body() {
            let body = match self.id() {
                "create_registration" => person(&format!("new-{number}@example.org")),
                "create_registrations_batch" => json!({"items": [person(&format!("batch-{number}@example.org"))]}),
                "record_attendance" => json!({"attended": true}),
                "create_webhook_endpoint" => json!({"url": "https://hooks.example.org/new"}),
                "change_webhook_endpoint" => json!({"description": "Another"}),
                "resend_link" => json!({"email": format!("holder-{number}@example.org")}),
                "confirm_registration" => json!({"confirmation_token": pending(app).await}),
                "update_registration" => json!({"city": "Badalona", "organisation": null}),
                "cancel_registration" => json!({"reason": "I cannot make it"}),
                id => panic!("{self}: what is a good body? Add one for `{id}` to `fill_in` in {HERE}."),
            };
            let types = self.operation["requestBody"]["content"].as_object().expect("types");
            self.content_type = types.keys().next().cloned();
            self.body = Some(body.to_string());
        }
    }

    pub fn id(&self) -> &str {
        self.operation["operationId"].as_str().expect("an id")
    }

    pub fn takes_body(&self) -> bool {
        self.operation["requestBody"].is_object()
    }

    /// Whether its answer has a body when everything is right.
    pub fn answers_with_body(&self) -> bool {
        let responses = self.operation["responses"].as_object().expect("responses");
        responses.iter().any(|(status, response)| status.starts_with('2') && response["content"].is_object())
    }

    pub fn reads(&self) -> bool {
        self.method == "GET"
    }

    /// The answer is made as it is sent, so nobody knows its tag before its end.
    pub fn is_streamed(&self) -> bool {
        self.id() == "export_registrations"
    }

    /// Whether the specification says that it takes this header.
    pub fn takes_header(&self, name: &str) -> bool {
        let parameters = self.operation["parameters"].as_array().into_iter().flatten().map(spec::resolved);
        parameters.into_iter().any(|parameter| parameter["in"] == "header" && parameter["name"] == name)
    }

    fn security(&self) -> &[Value] {
        self.operation["security"].as_array().expect("security")
    }

    /// The kinds of credentials that it knows.
    pub fn schemes(&self) -> Vec<String> {
        self.security().iter().flat_map(|one| one.as_object().expect("a requirement").keys().cloned()).collect()
    }

    /// Nobody gets anywhere without a token.
    pub fn needs_token(&self) -> bool {
        self.security().iter().all(|one| one.as_object().is_some_and(|schemes| !schemes.is_empty()))
    }

    /// A token may be shown, and need not be.
    pub fn may_show_token(&self) -> bool {
        !self.needs_token() && !self.schemes().is_empty()
    }

    /// The path with its parameters and query.
    pub fn path(&self) -> String {
        let filled = |path: String, (name, value): &(String, String)| path.replace(&format!("{{{name}}}"), value);
        self.names.iter().fold(self.template.clone(), filled) + self.query
    }

    /// Sends it; the answer has been checked against the specification.
    pub async fn send(&self, app: &TestApp) -> Answer {
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
        if let Some((name, value)) = self.header {
            request = request.header(name, value);
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let answer = Answer::read(&self.method, &self.path(), request.send().await.expect("an answer")).await;
        self.check_headers(&answer);
        answer
    }

    /// Whatever the answer is, these hold.
    fn check_headers(&self, answer: &Answer) {
        let at = format!("{self} {}", answer.status);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{at}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{at}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{at}: whether or not there was an Origin");
        assert!(answer.headers.get_all("vary").iter().count() <= 1, "{at}: some caches read one line of Vary alone");
        let caching = answer.header("cache-control");
        if answer.status >= 400 {
            assert_eq!(caching, Some("no-store"), "{at}");
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{at}");
        }
        let response = &self.operation["responses"][answer.status.to_string()];
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            let required = spec::resolved(header)["required"] == true;
            assert!(!required || has(&answer.headers, name), "{at}: the specification promises {name}");
        }
        if answer.status == 401 {
            assert!(answer.header("www-authenticate").is_some_and(|v| v.starts_with("Bearer ")), "{at}");
        }
    }
}

/// The token of somebody whose address waits to be confirmed.
async fn pending(app: &TestApp) -> String {
    app.publish_confirming(&definition("confirming", None, false)).await;
    app.register("confirming", &person("pending@example.org")).await.expect(202);
    app.confirmation_token("pending@example.org").await
}

/// An event that can be joined already.
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
