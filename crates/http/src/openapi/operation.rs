//! Derives the properties of an operation of the document from what its handler declares.

use serde_json::Value;

/// An operation as its handler declares it, before the shared parts are added.
pub(crate) struct Operation {
    path: String,
    method: String,
    declared: Value,
}

impl Operation {
    pub(crate) fn new(path: &str, method: &str, declared: &Value) -> Self {
        Self { path: path.to_owned(), method: method.to_owned(), declared: declared.clone() }
    }

    pub(crate) fn id(&self) -> &str {
        self.declared["operationId"].as_str().unwrap_or_default()
    }

    /// The names in braces of the operation's path, in their order.
    pub(crate) fn path_parameters(&self) -> impl Iterator<Item = &str> {
        self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
    }

    /// The path names an event, by id or slug.
    pub(crate) fn is_of_event(&self) -> bool {
        self.path.starts_with("/v1/events/{event}")
    }

    /// The operation accepts an `Idempotency-Key`, because repeating it has an effect. Every POST does, except the token
    /// endpoint.
    pub(crate) fn is_idempotent_post(&self) -> bool {
        self.method == "post" && !self.is_token_endpoint()
    }

    /// The operation authenticates clients by HTTP Basic, and its errors have OAuth's own format.
    pub(crate) fn is_token_endpoint(&self) -> bool {
        self.has_security("clientBasic")
    }

    /// A client needs a scope for the operation.
    pub(crate) fn needs_scope(&self) -> bool {
        self.has_security("oauth2")
    }

    /// The operation reads a bearer token, required or optional.
    pub(crate) fn accepts_bearer(&self) -> bool {
        self.has_security("bearerAuth") || self.has_security("oauth2")
    }

    pub(crate) fn has_request_body(&self) -> bool {
        self.declared["requestBody"].is_object()
    }

    /// The response has an `ETag` and can be 304. The exceptions are health checks, and responses that declare a
    /// `Cache-Control` of their own because they are streamed: a tag would need the whole body first.
    pub(crate) fn is_cacheable(&self) -> bool {
        let is_streamed = self.declared["responses"]["200"]["headers"]["Cache-Control"].is_object();
        self.method == "get" && self.declared["tags"][0] != "health" && !is_streamed
    }

    /// The operation returns one page of a list.
    pub(crate) fn is_list(&self) -> bool {
        self.has_parameter("cursor")
    }

    /// The operation depends on the caller's language.
    pub(crate) fn is_translated(&self) -> bool {
        self.has_parameter("lang") || self.has_parameter("Accept-Language")
    }

    /// The operation is a stream that a caller can continue.
    pub(crate) fn is_resumable(&self) -> bool {
        self.has_parameter("Last-Event-ID")
    }

    /// The operation checks `If-Match`.
    pub(crate) fn checks_if_match(&self) -> bool {
        self.has_parameter("If-Match")
    }

    /// The operation creates a resource if `If-None-Match` says that there must be none.
    pub(crate) fn can_create(&self) -> bool {
        self.has_parameter("If-None-Match")
    }

    fn has_security(&self, scheme: &str) -> bool {
        let mut requirements = self.declared["security"].as_array().into_iter().flatten();
        requirements.any(|requirement| requirement.get(scheme).is_some())
    }

    fn has_parameter(&self, name: &str) -> bool {
        self.declared["parameters"].as_array().into_iter().flatten().any(|parameter| parameter["name"] == name)
    }
}
