//! Guessing a client's secret is slow: failures are counted by address and by client, and after some of them neither may
//! try again for a while. What is remembered is bounded.
//!
//! A client that has shown its secret from an address may go on from there whatever others do: nobody can lock it out by
//! failing in its name.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};
use ipnet::IpNet;
use moka::sync::Cache;
use plenaria_domain::ids::ClientId;
use plenaria_domain::time::Instant;

use crate::problem::{ApiError, Code};
use crate::rate_limit::{self, Bucket};

/// How often an address may fail in a minute.
const BY_ADDRESS: u32 = 10;
/// How often others may fail in a client's name in a minute.
const BY_CLIENT: u32 = 30;
/// How many addresses and clients are remembered.
const REMEMBERED: u64 = 16_384;

/// The failures that one process has seen.
pub(crate) struct Throttle {
    proxies: Vec<IpNet>,
    addresses: Cache<IpAddr, Arc<Bucket>>,
    clients: Cache<ClientId, Arc<Bucket>>,
    /// From where clients have shown their secrets.
    good: Cache<(ClientId, IpAddr), ()>,
}

/// One try.
#[derive(Clone, Copy, Debug)]
pub(super) struct Try {
    address: IpAddr,
    client: Option<ClientId>,
    nanos: i64,
}

impl Throttle {
    pub(crate) fn new(proxies: Vec<IpNet>) -> Self {
        // A bucket is full again after a minute.
        let idle = Duration::from_mins(2);
        Self {
            proxies,
            addresses: Cache::builder().max_capacity(REMEMBERED).time_to_idle(idle).build(),
            clients: Cache::builder().max_capacity(REMEMBERED).time_to_idle(idle).build(),
            good: Cache::builder().max_capacity(REMEMBERED).time_to_idle(Duration::from_hours(24)).build(),
        }
    }

    /// Whether a client, if the id is of the form of one, may try from this address now.
    pub(super) fn begin(&self, request: &HttpRequest, client: Option<ClientId>, now: Instant) -> Result<Try, ApiError> {
        let address = rate_limit::address(request, &self.proxies);
        self.begin_from(address, client, now)
    }

    fn begin_from(&self, address: IpAddr, client: Option<ClientId>, now: Instant) -> Result<Try, ApiError> {
        let attempt = Try { address, client, nanos: now.timestamp_nanos_opt().unwrap_or_default() };
        if client.is_some_and(|client| self.good.contains_key(&(client, address))) {
            return Ok(attempt);
        }
        let wait = |bucket: Arc<Bucket>, quota: u32| {
            let standing = bucket.standing(quota, attempt.nanos);
            (standing.remaining == 0).then(|| i64::from(60_u32.div_ceil(quota)))
        };
        let by_address = self.addresses.get(&address).and_then(|bucket| wait(bucket, BY_ADDRESS));
        let by_client = client.and_then(|id| self.clients.get(&id)).and_then(|bucket| wait(bucket, BY_CLIENT));
        match by_address.max(by_client) {
            None => Ok(attempt),
            Some(seconds) => Err(ApiError::new(Code::RateLimited)
                .fact("retry_after", seconds)
                .header(header::RETRY_AFTER, HeaderValue::from(seconds))),
        }
    }

    /// The secret was wrong, or there is no such client.
    pub(super) fn failed(&self, attempt: Try) {
        // Who is out of tries already does not get here, so nothing is lost if there is none to take.
        let _ = self.addresses.get_with(attempt.address, Arc::default).take(BY_ADDRESS, attempt.nanos);
        if let Some(client) = attempt.client {
            let _ = self.clients.get_with(client, Arc::default).take(BY_CLIENT, attempt.nanos);
            tracing::warn!(client = %client, "a request for a token was refused: unknown client or wrong secret");
        } else {
            // What is no id may be a secret in the wrong place.
            tracing::warn!("a request for a token was refused: its client_id is none");
        }
    }

    /// The secret was good.
    pub(super) fn succeeded(&self, attempt: Try) {
        if let Some(client) = attempt.client {
            self.good.insert((client, attempt.address), ());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_is_slow_and_locks_nobody_out() {
        let throttle = Throttle::new(Vec::new());
        let now = Instant::from_timestamp(1_800_000_000, 0).unwrap();
        let client = Some(ClientId::new(now));
        let address = |n: u8| IpAddr::from([10, 0, 0, n]);
        throttle.succeeded(throttle.begin_from(address(200), client, now).unwrap());
        let mut tried = 0;
        for n in 0..100 {
            for _ in 0..20 {
                if let Ok(attempt) = throttle.begin_from(address(n), client, now) {
                    throttle.failed(attempt);
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, BY_CLIENT, "however many addresses somebody has");
        assert!(throttle.begin_from(address(200), client, now).is_ok(), "the client itself goes on");
        let other = Some(ClientId::new(now));
        assert!(throttle.begin_from(address(0), other, now).is_err(), "the address is out of tries");
        assert!(throttle.begin_from(address(150), other, now).is_ok());
        let later = now + chrono::TimeDelta::seconds(60);
        assert!(throttle.begin_from(address(0), client, later).is_ok(), "for a while");
    }
}
