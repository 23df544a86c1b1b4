//! The headers of messages that lettre has no types for.

use lettre::message::header::{Header, HeaderName, HeaderValue};
use plenaria_domain::values::language::MessageLanguage;

macro_rules! header {
    ($(#[$doc:meta])* $name:literal, $type:ident, $self:ident => $value:expr) => {
        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Err("this header is never parsed".into())
            }

            fn display(&$self) -> HeaderValue {
                HeaderValue::new(Self::name(), $value)
            }
        }
    };
}

/// Marks an automated message, which no vacation notice may be sent in response to (RFC 3834).
#[derive(Clone)]
pub(crate) struct AutoSubmitted;
header!("Auto-Submitted", AutoSubmitted, self => "auto-generated".to_owned());

/// The list that the message belongs to (RFC 2919): its event.
#[derive(Clone)]
pub(crate) struct ListId(pub(crate) String);
header!("List-Id", ListId, self => self.0.clone());

/// The language of the texts (RFC 3282).
#[derive(Clone)]
pub(crate) struct ContentLanguage(pub(crate) MessageLanguage);
header!("Content-Language", ContentLanguage, self => self.0.as_str().to_owned());
