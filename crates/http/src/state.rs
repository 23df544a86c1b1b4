//! The state that all requests share, by subject.
//!
//! A handler takes the parts that it needs as arguments (`crate::state_part`), and a function below it borrows them
//! (`&EventCache`, `&Tokens`, …). The whole [`AppState`] is for building the server and for the middleware.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::HttpRequest;
use ipnet::IpNet;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::time::Clock;
use plenaria_domain::webhook::AddressPolicy;
use plenaria_domain::webhook::secret::SecretSealer;
use plenaria_persistence::Store;
use plenaria_persistence::desk::Desk;

use crate::auth::{AccessTokens, ClientCache, ConfirmationTokens, ManageTokens};
use crate::cache::availability_streams::AvailabilityStreams;
use crate::cache::change_feed::ChangeFeed;
use crate::cache::events::EventCache;
use crate::cache::events_calendar::EventsCalendarCache;
use crate::cache::statistics::StatisticsCache;
use crate::limits::exports::ExportLimiter;
use crate::limits::failed_logins::FailedLoginLimiter;
use crate::limits::rate_limit;
use crate::limits::rate_limit::RateLimiter;
use crate::operations::readiness::Readiness;
use crate::request::cursor::Cursors;
use crate::request::idempotency::InProgress;
use crate::request::origin::Origins;

/// The state that all requests share.
pub struct AppState {
    pub(crate) store: Store,
    /// Takes registrations.
    pub(crate) desk: Desk,
    /// Published events and their renderings.
    pub(crate) events: Arc<EventCache>,
    /// The streams of live seats.
    pub(crate) availability_streams: Arc<AvailabilityStreams>,
    /// The calendars of all events.
    pub(crate) calendars: EventsCalendarCache,
    /// Statistics of events that were read lately.
    pub(crate) statistics: StatisticsCache,
    /// The change feed, and the requests that wait for it.
    pub(crate) change_feed: ChangeFeed,
    pub(crate) clock: Clock,
    /// The API clients of partners.
    pub(crate) clients: ClientCache,
    /// Signs and verifies tokens.
    pub(crate) tokens: Tokens,
    /// Encrypts and decrypts the cursors of lists.
    pub(crate) cursors: Cursors,
    /// Idempotency keys of requests that this process is handling.
    pub(crate) in_progress: InProgress,
    /// Limits for callers.
    pub(crate) limits: CallerLimits,
    /// Settings of webhook endpoints.
    pub(crate) webhooks: WebhookSettings,
    /// The state that health checks report.
    pub(crate) health: HealthState,
    /// Origins whose pages may call the API.
    pub(crate) origins: Origins,
    /// The API's public address.
    pub(crate) public_url: PublicUrl,
    /// The version of the privacy notice that people accept.
    pub(crate) privacy_notice: PrivacyNotice,
    /// Whether the server is a sandbox, which every response says.
    pub(crate) is_sandbox: bool,
}

/// The version of the privacy notice that people accept.
pub(crate) struct PrivacyNotice(pub(crate) String);

/// Signs and verifies tokens.
pub(crate) struct Tokens {
    /// Tokens with which attendees manage their registrations.
    pub(crate) manage: ManageTokens,
    /// Tokens that confirm an e-mail address.
    pub(crate) confirmation: ConfirmationTokens,
    /// Access tokens of clients (OAuth 2.0).
    pub(crate) access: AccessTokens,
}

/// Limits for callers.
pub(crate) struct CallerLimits {
    /// Rate limits; `None`: no limits.
    pub(crate) rates: Option<RateLimiter>,
    /// Limits attempts to guess client secrets.
    pub(crate) failed_logins: FailedLoginLimiter,
    /// Limits concurrent exports.
    pub(crate) exports: ExportLimiter,
    /// Proxies whose `X-Forwarded-For` header is trusted.
    pub(crate) trusted_proxies: Vec<IpNet>,
}

/// Settings of webhook endpoints.
pub(crate) struct WebhookSettings {
    /// Encrypts and decrypts signing secrets.
    pub(crate) keys: SecretSealer,
    /// Addresses that webhooks may be sent to.
    pub(crate) address_policy: AddressPolicy,
}

/// The state that health checks report.
pub(crate) struct HealthState {
    /// Whether the server is stopping.
    pub(crate) draining: Arc<AtomicBool>,
    pub(crate) readiness: Readiness,
}

impl CallerLimits {
    /// The IP address of the caller, as far as trusted proxies report it. An IPv6 address stands for its /64 network.
    pub(crate) fn client_address(&self, request: &HttpRequest) -> IpAddr {
        rate_limit::client_address(request, &self.trusted_proxies)
    }
}
