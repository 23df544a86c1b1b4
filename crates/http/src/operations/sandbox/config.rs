//! What a sandbox shows: its example events, its clients with their secrets, and its mail.

use std::sync::Arc;

use actix_web::http::header::{HeaderName, HeaderValue};
use plenaria_domain::values::time::Instant;
use serde::Serialize;

/// The header of every response of a sandbox.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("plenaria-sandbox");
/// Its value.
pub(crate) const HEADER_VALUE: HeaderValue = HeaderValue::from_static("true");

/// Whether a path is one of the sandbox's own routes.
pub(crate) fn is_sandbox_path(path: &str) -> bool {
    path.strip_prefix("/sandbox").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a sandbox shows.
#[derive(Clone)]
pub struct Sandbox {
    /// The example events.
    pub events: Vec<SandboxEvent>,
    /// The clients, with their secrets.
    pub clients: Vec<SandboxClient>,
    /// Reads the mail.
    pub read_mail: ReadMail,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

/// An example event.
#[derive(Clone, Debug, Serialize)]
pub struct SandboxEvent {
    /// Its slug.
    pub slug: String,
    /// What it is an example of.
    pub shows: &'static str,
}

/// A client whose secret is known.
#[derive(Clone, Debug, Serialize)]
pub struct SandboxClient {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: &'static str,
    /// Its organisation.
    pub organisation: &'static str,
    /// Its scopes, separated by spaces.
    pub scopes: &'static str,
    /// What it is for.
    pub purpose: &'static str,
}

/// Which messages to read.
#[derive(Clone, Debug, Default)]
pub struct MailFilter {
    /// Only messages to this address, in any case.
    pub to: Option<String>,
    /// At most so many, the newest.
    pub limit: usize,
}

/// A message.
#[derive(Clone, Debug)]
pub struct SandboxMail {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: &'static str,
    /// The recipient's address.
    pub to: String,
    /// Its language.
    pub language: &'static str,
    /// When its cause happened.
    pub at: Instant,
    /// The event's id.
    pub event_id: String,
    /// The registration's id.
    pub registration_id: String,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// The link to the registration, or to its confirmation, if the message has one.
    pub link: Option<String>,
}

/// Returns the messages that match a filter, the newest first.
pub type ReadMail = Arc<dyn Fn(&MailFilter) -> Vec<SandboxMail> + Send + Sync>;
