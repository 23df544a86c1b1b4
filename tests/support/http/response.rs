//! A response of the API, checked against the specification.

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::support::http::spec;

/// A response whose body has been read.
#[derive(Clone, Debug)]
pub struct TestResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl TestResponse {
    /// Reads a response and checks it against the specification.
    pub async fn read(method: &str, path: &str, response: reqwest::Response) -> Self {
        let response = Self::read_unchecked(response).await;
        spec::check(method, path, response.status, response.header("content-type"), &response.body);
        assert!(response.header("request-id").is_some(), "every response has a Request-Id");
        response
    }

    /// Reads a response of a path that the specification does not document.
    pub async fn read_unchecked(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.expect("a body");
        Self { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// Asserts the status and returns the JSON body; `Null` if the body is empty.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// Asserts the status and returns the body.
    #[track_caller]
    pub fn expect_text(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{}", self.body);
        &self.body
    }

    /// Asserts a problem document with this status and code, and returns it.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(problem["code"], code, "{problem:#}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(problem["request_id"].as_str(), self.header("request-id"));
        assert!(problem["type"].as_str().is_some_and(|t| t.ends_with(&format!("/problems/{code}"))), "{problem:#}");
        problem
    }

    /// The pointers and codes of a validation problem, sorted.
    #[track_caller]
    pub fn field_errors(&self) -> Vec<(String, String)> {
        let problem = self.expect_problem(422, "validation-failed");
        let text = |v: &Value| v.as_str().expect("a string").to_owned();
        let errors = problem["errors"].as_array().expect("errors");
        let mut all: Vec<_> = errors.iter().map(|e| (text(&e["pointer"]), text(&e["code"]))).collect();
        all.sort();
        all
    }
}
