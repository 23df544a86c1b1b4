//! What there is to know of an operation before anything is added to it.

use serde_json::Value;

/// An operation as its handler describes it; what it shares with others follows from that.
pub(super) struct Operation {
    path: String,
    method: String,
    described: Value,
}

impl Operation {
    pub(super) fn new(path: &str, method: &str, value: &Value) -> Self {
        Self { path: path.to_owned(), method: method.to_owned(), described: value.clone() }
    }

    pub(super) fn id(&self) -> &str {
        self.described["operationId"].as_str().unwrap_or_default()
    }

    /// It has an effect that a second time must not repeat. A token has none.
    pub(super) fn posts(&self) -> bool {
        self.method == "post" && !self.speaks_oauth()
    }

    /// Its errors are OAuth's own.
    pub(super) fn speaks_oauth(&self) -> bool {
        self.id() == "create_access_token"
    }

    /// A client needs a scope for it.
    pub(super) fn needs_scope(&self) -> bool {
        self.knows("oauth2")
    }

    pub(super) fn takes_body(&self) -> bool {
        self.described["requestBody"].is_object()
    }

    /// Its path names a thing, which may not exist.
    pub(super) fn names_a_thing(&self) -> bool {
        self.path.contains('{')
    }

    /// A bearer token counts.
    pub(super) fn knows_bearer(&self) -> bool {
        self.knows("bearerAuth") || self.knows("oauth2")
    }

    fn knows(&self, name: &str) -> bool {
        let mut schemes = self.described["security"].as_array().into_iter().flatten();
        schemes.any(|scheme| scheme.get(name).is_some())
    }

    /// It is read with an `ETag`.
    pub(super) fn is_cached(&self) -> bool {
        self.method == "get" && !self.path.starts_with("/health/")
    }

    /// It is one page of a list.
    pub(super) fn is_list(&self) -> bool {
        self.has_parameter("cursor")
    }

    /// Its answer has texts in the caller's language.
    pub(super) fn is_translated(&self) -> bool {
        self.has_parameter("lang") || self.id() == "explain_problem"
    }

    /// It honours `If-Match`.
    pub(super) fn honours_if_match(&self) -> bool {
        matches!(
            self.id(),
            "cancel_registration"
                | "update_registration"
                | "delete_registration"
                | "change_webhook_endpoint"
                | "delete_webhook_endpoint"
        )
    }

    fn has_parameter(&self, name: &str) -> bool {
        self.described["parameters"].as_array().into_iter().flatten().any(|parameter| parameter["name"] == name)
    }
}
