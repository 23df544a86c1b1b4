//! Settings of the webhook worker.

use std::time::Duration;

use plenaria_domain::values::time::Clock;
use plenaria_domain::webhook::AddressPolicy;
use plenaria_domain::webhook::secret::SecretSealer;

/// Settings of the webhook worker.
#[derive(Clone, Debug)]
pub struct WebhookConfig {
    /// The API's public address, without a trailing slash.
    pub public_url: String,
    /// Decrypts the endpoints' signing secrets.
    pub keys: SecretSealer,
    /// Addresses that webhooks may be sent to.
    pub address_policy: AddressPolicy,
    /// The source of the current time.
    pub clock: Clock,
    /// How long an endpoint may take to respond.
    pub timeout: Duration,
    /// How often the endpoints are polled when no notification arrives.
    pub poll_interval: Duration,
}

impl WebhookConfig {
    /// Default of [`Self::timeout`].
    pub const TIMEOUT: Duration = Duration::from_secs(15);
    /// Default of [`Self::poll_interval`].
    pub const POLL_INTERVAL: Duration = Duration::from_secs(1);
}
