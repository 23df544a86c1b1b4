//! Settings of the HTTP server.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use plenaria_domain::values::time::Clock;
use plenaria_domain::webhook::AddressPolicy;

use crate::auth::keys::SecretKeys;
use crate::limits::rate_limit::Quotas;
use crate::middleware::metrics::RequestMetrics;
use crate::operations::sandbox::config::Sandbox;
use crate::pages::Pages;
use crate::request::origin::Origins;

/// Settings of the HTTP server.
#[derive(Debug)]
pub struct HttpConfig {
    /// The API's public address, without a trailing slash; `None`: the listener's address.
    pub public_url: Option<String>,
    /// The version of the privacy notice that people accept.
    pub privacy_notice: String,
    /// The keys that sign tokens and cursors.
    pub secrets: SecretKeys,
    /// The source of the current time.
    pub clock: Clock,
    /// Rate limits; `None`: no limits.
    pub rate_limits: Option<Quotas>,
    /// Proxies whose `X-Forwarded-For` header is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins whose pages may call the API.
    pub origins: Origins,
    /// Addresses that webhooks may be sent to.
    pub webhook_address_policy: AddressPolicy,
    /// Memory for the renderings of published events, in bytes.
    pub cache_bytes: usize,
    /// How often this instance looks for publications of others ([`crate::cache::events::POLL_INTERVAL`]).
    pub catalogue_interval: Duration,
    /// Counters of requests; `None`: requests are not counted.
    pub metrics: Option<Arc<RequestMetrics>>,
    /// Whether requests get spans for traces.
    pub traced: bool,
    /// How many requests may wait for changes at a time.
    pub max_long_polls: usize,
    /// After this time without progress, a connection whose other end does not read is cut.
    pub reader_timeout: Duration,
    /// How long a stopping server reports that it is not ready before it rejects connections.
    pub drain: Duration,
    /// How long requests in progress may take after that.
    pub shutdown_timeout: Duration,
    /// The pages for people; `None`: the server has none.
    pub pages: Option<Pages>,
    /// What a sandbox shows; `None`: the server is no sandbox.
    pub sandbox: Option<Sandbox>,
    /// The number of threads that handle requests; `None`: one for each core.
    pub workers: Option<usize>,
}
