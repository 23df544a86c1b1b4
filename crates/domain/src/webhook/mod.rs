//! Webhooks: endpoints to which partners have changes delivered, and the status of deliveries.

pub mod public_address;
pub mod secret;

use std::net::IpAddr;

use url::{Host, Url};

use crate::change::record::ChangeType;
use crate::string_enum::string_enum;
use crate::validation::{Form, InvalidValue};
use crate::values::text::cleaning::{clean, is_blank};
use crate::values::time::Instant;

/// The greatest length of an endpoint's address, in bytes.
pub const MAX_URL: usize = 2_000;
/// The greatest length of an endpoint's description, in characters.
pub const MAX_DESCRIPTION: usize = 200;
/// The greatest number of endpoints of an organisation.
pub const MAX_ENDPOINTS: usize = 20;
/// The number of hours after a rotation during which deliveries are signed with both the new and the previous secret.
pub const SECRET_OVERLAP_HOURS: i64 = 24;

string_enum!(
    /// Whether deliveries are sent to an endpoint.
    EndpointStatus {
        /// Deliveries are sent.
        Active = "active",
        /// Deliveries are not sent; queued ones stay queued.
        Disabled = "disabled",
    }
);

string_enum!(
    /// The reason why an endpoint is disabled.
    DisabledReason {
        /// Its owner disabled it.
        Requested = "requested",
        /// It responded with 410 Gone.
        Gone = "gone",
        /// All deliveries to it failed until their last retries.
        Failing = "failing",
    }
);

string_enum!(
    /// The status of a delivery to an endpoint.
    DeliveryStatus {
        /// The endpoint has not accepted the delivery yet; it will be tried, or retried.
        Pending = "pending",
        /// The endpoint accepted the delivery.
        Delivered = "delivered",
        /// The delivery failed until its last retry, while the endpoint accepted others.
        Failed = "failed",
    }
);

/// The addresses that webhooks may be sent to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressPolicy {
    /// Public addresses of the Internet, with TLS.
    #[default]
    PublicOnly,
    /// Public addresses with TLS, and this machine's own ones with or without it: for a sandbox that only this machine
    /// reaches.
    PublicOrLoopback,
    /// Any addresses, with or without TLS: for development, and for receivers in the operator's own network.
    Any,
}

/// An endpoint's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUrl(Url);

impl EndpointUrl {
    /// Parses an address. Host names are resolved, and the resulting addresses checked, only when a delivery is sent.
    pub fn parse(text: &str, policy: AddressPolicy) -> Result<Self, InvalidValue> {
        if is_blank(text) {
            return Err(InvalidValue::Required);
        }
        if text.len() > MAX_URL {
            return Err(InvalidValue::Length { min: 1, max: MAX_URL });
        }
        let invalid = InvalidValue::Format { expected: Form::WebhookAddress };
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(invalid);
        }
        let url = Url::parse(text).map_err(|_| invalid.clone())?;
        let Some(host) = url.host() else { return Err(invalid) };
        let may_be_private = match policy {
            AddressPolicy::PublicOnly => false,
            AddressPolicy::PublicOrLoopback => is_local(&host),
            AddressPolicy::Any => true,
        };
        let scheme_is_allowed = url.scheme() == "https" || may_be_private && url.scheme() == "http";
        let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if !scheme_is_allowed || !is_bare || url.as_str().len() > MAX_URL {
            return Err(invalid);
        }
        let is_public = match host {
            Host::Ipv4(address) => public_address::is_public(address.into()),
            Host::Ipv6(address) => public_address::is_public(address.into()),
            Host::Domain(_) => !is_local(&host),
        };
        if is_public || may_be_private { Ok(Self(url)) } else { Err(InvalidValue::PrivateAddress) }
    }

    /// The address in its normalised form.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Whether a host is the local machine: a loopback address, or a name that is reserved for it (RFC 6761).
pub fn is_local(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).to_canonical().is_loopback(),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

/// Cleans an endpoint's description.
pub fn clean_description(value: &str) -> Result<String, InvalidValue> {
    clean(value, 1, MAX_DESCRIPTION)
}

/// Parses names of change types, which must be unique, and returns the types in the order of [`ChangeType::ALL`]. An
/// empty list stands for all types.
pub fn parse_change_types(names: &[String]) -> Result<Vec<ChangeType>, InvalidValue> {
    let mut types: Vec<ChangeType> = Vec::new();
    for name in names {
        let kind = ChangeType::parse(name)?;
        // Refusing duplicates also limits the number of names.
        if types.contains(&kind) {
            return Err(InvalidValue::Duplicate(name.clone()));
        }
        types.push(kind);
    }
    Ok(ChangeType::ALL.iter().copied().filter(|kind| types.contains(kind)).collect())
}

/// When and why an endpoint was disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disabled {
    /// When the endpoint was disabled.
    pub at: Instant,
    /// The reason.
    pub reason: DisabledReason,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_must_be_public_and_bare() {
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
    fn this_machine_may_be_allowed_beside_public_addresses() {
        let url = |text: &str| EndpointUrl::parse(text, AddressPolicy::PublicOrLoopback).map(drop);
        for good in [
            "https://hooks.example.org/",
            "https://8.8.8.8/",
            "http://localhost:9000/in",
            "http://127.0.0.2:9/",
            "http://[::1]:9/",
            "https://[::ffff:127.0.0.1]/",
        ] {
            assert_eq!(url(good), Ok(()), "{good}");
        }
        for private in ["https://10.0.0.1/", "https://169.254.169.254/", "https://0/", "https://[fd00:ec2::254]/"] {
            assert_eq!(url(private), Err(InvalidValue::PrivateAddress), "{private}");
        }
        for plain in ["http://example.org/", "http://10.0.0.1/", "http://169.254.169.254/latest"] {
            assert_eq!(url(plain), Err(InvalidValue::Format { expected: Form::WebhookAddress }), "{plain}");
        }
    }

    #[test]
    fn change_types_are_a_set() {
        let parse = |names: &[&str]| parse_change_types(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        assert_eq!(parse(&[]), Ok(Vec::new()));
        let both = parse(&["event.published", "registration.created"]).unwrap();
        assert_eq!(both, [ChangeType::RegistrationCreated, ChangeType::EventPublished]);
        assert!(matches!(parse(&["registration.created", "registration.created"]), Err(InvalidValue::Duplicate(_))));
        assert!(matches!(parse(&["webhook.test"]), Err(InvalidValue::Choice { .. })));
    }
}
