//! A client that publishes events over HTTP.

use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use crate::support::http::client::http_without_redirects;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;

/// A client of an organisation, which may publish events.
pub struct Organiser<'a> {
    app: &'a TestApp,
    client: reqwest::Client,
    token: String,
}

/// The condition that an event is new.
pub const NEW: (&str, &str) = ("if-none-match", "*");
/// The media type of JSON, as a header.
pub const JSON: (&str, &str) = ("content-type", "application/json");
/// The media type of YAML, as a header.
pub const YAML: (&str, &str) = ("content-type", "application/yaml");

impl<'a> Organiser<'a> {
    /// A new client of this organisation.
    pub async fn of(app: &'a TestApp, organisation: &str) -> Self {
        let token = app.token_of(organisation, "events:write registrations:read registrations:write").await;
        Self { app, client: http_without_redirects(), token }
    }

    /// Sends a request and checks the response against the specification. Redirects are not followed.
    pub async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> TestResponse {
        self.call_at(&self.app.base, method, path, headers, body).await
    }

    /// The same at another instance.
    pub async fn call_at(
        &self,
        base: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> TestResponse {
        let mut request = self.client.request(method.parse().expect("a method"), format!("{base}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.body(body.to_owned());
        }
        let response = request.bearer_auth(&self.token).send().await.expect("a response");
        TestResponse::read(method, path, response).await
    }

    pub async fn get(&self, path: &str) -> TestResponse {
        self.call("GET", path, &[], "").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> TestResponse {
        self.call("POST", path, &[JSON], &body.to_string()).await
    }

    /// Puts a definition under a condition.
    pub async fn put(&self, document: &Value, condition: (&str, &str)) -> TestResponse {
        let slug = document["slug"].as_str().expect("a slug");
        self.call("PUT", &format!("/v1/events/{slug}/definition"), &[JSON, condition], &document.to_string()).await
    }

    /// Replaces a definition that has this revision, and expects success.
    pub async fn replace(&self, document: &Value, revision: i64) -> Value {
        self.put(document, ("if-match", &format!("\"{revision}\""))).await.expect(200)
    }
}
