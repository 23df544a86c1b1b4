//! Webhooks: where a partner wants to be told of changes, and what becomes of each message.

pub mod address;
pub mod secret;

use url::{Host, Url};

use crate::change::ChangeType;
use crate::string_enum::string_enum;
use crate::refusal::{Form, InvalidValue};
use crate::text;
use crate::time::Instant;

/// The greatest length of an endpoint's address.
pub const MAX_URL: usize = 2_000;
/// The greatest length of an endpoint's description, in characters.
pub const MAX_DESCRIPTION: usize = 200;
/// How many endpoints an organisation may have.
pub const MAX_ENDPOINTS: usize = 20;
/// For how many hours the secret before the newest one still signs.
pub const OVERLAP_HOURS: i64 = 24;

string_enum!(
    /// Whether anything is sent to an endpoint.
    EndpointStatus {
        /// It is.
        Active = "active",
        /// Nothing is sent; what waits goes on waiting.
        Disabled = "disabled",
    }
);

string_enum!(
    /// Why an endpoint is disabled.
    DisabledReason {
        /// Its owner wanted it so.
        Requested = "requested",
        /// It answered 410.
        Gone = "gone",
        /// Whatever was sent to it failed, for as long as it was tried.
        Failing = "failing",
    }
);

string_enum!(
    /// What has become of a message to an endpoint.
    DeliveryStatus {
        /// It has not been taken yet, and will be tried again.
        Pending = "pending",
        /// It was taken.
        Delivered = "delivered",
        /// It was tried for as long as anything is, while others were taken.
        Failed = "failed",
    }
);

/// Which addresses webhooks may be sent to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressPolicy {
    /// Those of the Internet, over TLS.
    #[default]
    Public,
    /// Any, with or without TLS: for those who try things out, or who have receivers in their own network.
    Anywhere,
}

/// Where messages are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUrl(Url);

impl EndpointUrl {
    /// Reads an address. Names are looked up, and what they stand for is checked, when something is sent.
    pub fn parse(text: &str, reach: AddressPolicy) -> Result<Self, InvalidValue> {
        if text::is_blank(text) {
            return Err(InvalidValue::Required);
        }
        if text.len() > MAX_URL {
            return Err(InvalidValue::Length { min: 1, max: MAX_URL });
        }
        let refused = InvalidValue::Format { expected: Form::WebhookAddress };
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(refused);
        }
        let url = Url::parse(text).map_err(|_| refused.clone())?;
        let scheme = url.scheme() == "https" || reach == AddressPolicy::Any && url.scheme() == "http";
        let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if !scheme || !bare || url.as_str().len() > MAX_URL {
            return Err(refused);
        }
        let public = match url.host() {
            None => return Err(refused),
            Some(Host::Ipv4(address)) => address::is_public(address.into()),
            Some(Host::Ipv6(address)) => address::is_public(address.into()),
            Some(Host::Domain(name)) => !is_local(name),
        };
        if public || reach == AddressPolicy::Any { Ok(Self(url)) } else { Err(InvalidValue::PrivateAddress) }
    }

    /// The address as it is called.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Whether a name says by itself that it is one of this machine.
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Cleans a description.
pub fn description(value: &str) -> Result<String, InvalidValue> {
    text::clean(value, 1, MAX_DESCRIPTION)
}

/// Reads the names of types, each once, in one order; none: all of them.
pub fn types(names: &[String]) -> Result<Vec<ChangeType>, InvalidValue> {
    let mut named: Vec<ChangeType> = Vec::new();
    for name in names {
        let kind = ChangeType::parse(name)?;
        // So there are never more of them than there are types.
        if named.contains(&kind) {
            return Err(InvalidValue::Duplicate(name.clone()));
        }
        named.push(kind);
    }
    Ok(ChangeType::ALL.iter().copied().filter(|kind| named.contains(kind)).collect())
}

/// Since when and why an endpoint is disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disabled {
    /// Since when.
    pub at: Instant,
    /// Why.
    pub reason: DisabledReason,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_public_and_bare() {
        let url = |text: &str| EndpointUrl::parse(text, AddressPolicy::PublicOnly).map(|url| url.as_str().to_owned());
        let format = || Err(InvalidValue::Format { expected: Form::WebhookAddress });
        assert_eq!(url("https://hooks.example.org/in?a=1").as_deref(), Ok("https://hooks.example.org/in?a=1"));
        assert_eq!(url("HTTPS://EXAMPLE.org:8443").as_deref(), Ok("https://example.org:8443/"));
        for bad in [
            "http://example.org",
            "ftp://example.org",
            "example.org",
            "/in",
            "https://",
            "https://a@example.org",
            "https://a:b@example.org",
            "https://:b@example.org",
            "https://example.org/#x",
            "https://example.org/\n",
            " https://example.org",
            "https:///",
            "file:///etc/passwd",
            "https://exa mple.org",
        ] {
            assert_eq!(url(bad), format(), "{bad}");
        }
        for private in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://169.254.169.254/latest",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://10.0.0.1:8443/",
            "https://0/",
        ] {
            assert_eq!(url(private), Err(InvalidValue::PrivateAddress), "{private}");
            assert!(EndpointUrl::parse(private, AddressPolicy::Any).is_ok(), "{private}");
        }
        assert_eq!(url(" "), Err(InvalidValue::Required));
        assert!(EndpointUrl::parse("http://127.0.0.1:9/in", AddressPolicy::Any).is_ok());
        assert!(matches!(url(&format!("https://example.org/{}", "a".repeat(2_000))), Err(InvalidValue::Length { .. })));
    }

    #[test]
    fn types_are_a_set() {
        let read = |names: &[&str]| types(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        assert_eq!(read(&[]), Ok(Vec::new()));
        let both = read(&["event.published", "registration.created"]).unwrap();
        assert_eq!(both, [ChangeType::RegistrationCreated, ChangeType::EventPublished]);
        assert!(matches!(read(&["registration.created", "registration.created"]), Err(InvalidValue::Duplicate(_))));
        assert!(matches!(read(&["webhook.test"]), Err(InvalidValue::Choice { .. })));
    }
}
