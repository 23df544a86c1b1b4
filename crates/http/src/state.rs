//! What every request shares.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::HttpRequest;
use ipnet::IpNet;
use plenaria_domain::time::Clock;
use plenaria_domain::webhook::Reach;
use plenaria_domain::webhook::secret::Seals;
use plenaria_persistence::Store;
use plenaria_persistence::desk::Desk;

use crate::auth::{AccessTokens, Clients, ConfirmationTokens, ManageTokens};
use crate::catalogue::Catalogue;
use crate::cors::Origins;
use crate::cursor::Cursors;
use crate::feed::Feed;
use crate::health::Readiness;
use crate::idempotency::InProgress;
use crate::oauth::Throttle;
use crate::rate_limit::{self, Limits};
use crate::v1::registrations::export::Places;

/// What every request shares.
pub struct AppState {
    pub(crate) store: Store,
    pub(crate) desk: Desk,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) feed: Feed,
    pub(crate) clock: Clock,
    pub(crate) manage_tokens: ManageTokens,
    pub(crate) confirmation_tokens: ConfirmationTokens,
    pub(crate) access_tokens: AccessTokens,
    pub(crate) clients: Clients,
    pub(crate) throttle: Throttle,
    pub(crate) cursors: Cursors,
    pub(crate) in_progress: InProgress,
    /// Whether the server is about to stop.
    pub(crate) draining: Arc<AtomicBool>,
    pub(crate) readiness: Readiness,
    pub(crate) exports: Places,
    pub(crate) webhook_seals: Seals,
    pub(crate) webhook_reach: Reach,
    /// None if they are turned off.
    pub(crate) limits: Option<Limits>,
    /// The proxies whose word on the caller's address counts.
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) origins: Origins,
    /// Where callers find the API, without a slash at the end.
    pub(crate) public_url: String,
    pub(crate) privacy_notice: String,
}

impl AppState {
    /// The address that a request comes from, as far as our proxies tell; an IPv6 one stands for its /64.
    pub(crate) fn address(&self, request: &HttpRequest) -> IpAddr {
        rate_limit::address(request, &self.trusted_proxies)
    }
}
