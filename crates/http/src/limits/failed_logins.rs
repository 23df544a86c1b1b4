//! Limits failed attempts to authenticate at the token endpoint, so that guessing a client's secret is slow.
//!
//! Failures are counted for each address, and for each client at each address. After too many of them, the address has to
//! wait: for any attempt, or for attempts as that client. Failures are never counted for a client alone, because anyone could
//! then lock a client out everywhere. Guessing from many addresses gets more attempts that way, but no closer: secrets are 256
//! random bits ([`ClientSecret`](plenaria_domain::partner::client::ClientSecret)). The limits save work and noise; they are not what
//! protects the secrets.
//!
//! A client that has authenticated from an address may continue from there, even while others behind the same address (a
//! proxy, an office) fail. The number of stored addresses is bounded; one that was dropped starts anew.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{self, HeaderValue};
use moka::sync::Cache;
use plenaria_domain::values::ids::ClientId;
use plenaria_domain::values::time::Instant;

use crate::limits::rate_limit::Bucket;
use crate::problem::{ApiError, Code};

/// How many attempts from an address may fail in a minute. This exceeds the limit for one client, so that one program with an
/// old secret does not use up the attempts of others behind its address.
const MAX_FAILURES_BY_ADDRESS: u32 = 30;
/// How many attempts as one client from an address may fail in a minute.
const MAX_FAILURES_BY_CLIENT_AND_ADDRESS: u32 = 10;
/// How many addresses, and how many pairs of client and address, are stored.
const MAX_ENTRIES: u64 = 16_384;
/// How long an unused bucket is stored. It is full again after a minute.
const BUCKET_TTL: Duration = Duration::from_mins(2);
/// How long a client is trusted at an address after it last authenticated there.
const TRUSTED_FOR: Duration = Duration::from_hours(24);

/// The failed attempts that one process has seen.
pub(crate) struct FailedLoginLimiter {
    addresses: Cache<IpAddr, Arc<Bucket>>,
    clients: Cache<(ClientId, IpAddr), Arc<Bucket>>,
    /// The addresses from which clients have authenticated.
    trusted_pairs: Cache<(ClientId, IpAddr), ()>,
}

/// One attempt to authenticate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    address: IpAddr,
    client: Option<ClientId>,
    nanos: i64,
}

impl Default for FailedLoginLimiter {
    fn default() -> Self {
        Self { addresses: cache(BUCKET_TTL), clients: cache(BUCKET_TTL), trusted_pairs: cache(TRUSTED_FOR) }
    }
}

/// A bounded cache whose entries expire when they have not been used for `idle`.
fn cache<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>(idle: Duration) -> Cache<K, V> {
    Cache::builder().max_capacity(MAX_ENTRIES).time_to_idle(idle).build()
}

impl FailedLoginLimiter {
    /// Begins an attempt from an address, as a client if the id is well-formed.
    ///
    /// # Errors
    /// `RateLimited` with `Retry-After` after too many failed attempts.
    pub(crate) fn begin(&self, address: IpAddr, client: Option<ClientId>, now: Instant) -> Result<Attempt, ApiError> {
        let attempt = Attempt { address, client, nanos: now.timestamp_nanos_opt().unwrap_or_default() };
        let pair = attempt.pair();
        if pair.is_some_and(|pair| self.trusted_pairs.contains_key(&pair)) {
            return Ok(attempt);
        }
        let retry_after = |bucket: Arc<Bucket>, quota: u32| {
            let quota_state = bucket.quota_state(quota, attempt.nanos);
            (quota_state.remaining == 0).then(|| i64::from(60_u32.div_ceil(quota)))
        };
        let by_address = self.addresses.get(&address).and_then(|bucket| retry_after(bucket, MAX_FAILURES_BY_ADDRESS));
        let by_client = pair.and_then(|pair| self.clients.get(&pair));
        let by_client = by_client.and_then(|bucket| retry_after(bucket, MAX_FAILURES_BY_CLIENT_AND_ADDRESS));
        match by_address.max(by_client) {
            None => Ok(attempt),
            Some(seconds) => Err(ApiError::new(Code::RateLimited)
                .fact(|facts| facts.retry_after = Some(seconds.unsigned_abs()))
                .header(header::RETRY_AFTER, HeaderValue::from(seconds))),
        }
    }

    /// Counts an attempt as failed: the secret was wrong, or the client does not exist.
    pub(crate) fn record_failure(&self, attempt: Attempt) {
        // `begin` rejects attempts with an empty bucket, so it does not matter if there is no token to take.
        let _ = self.addresses.get_with(attempt.address, Arc::default).take(MAX_FAILURES_BY_ADDRESS, attempt.nanos);
        if let Some((client, address)) = attempt.pair() {
            let bucket = self.clients.get_with((client, address), Arc::default);
            let _ = bucket.take(MAX_FAILURES_BY_CLIENT_AND_ADDRESS, attempt.nanos);
            tracing::warn!(client = %client, "a token request was rejected: unknown client or wrong secret");
        } else {
            // The id is not logged, because a malformed id may be a secret in the wrong parameter.
            tracing::warn!("a token request was rejected: malformed client_id");
        }
    }

    /// Trusts the client at this address from now on.
    pub(crate) fn record_success(&self, attempt: Attempt) {
        if let Some(pair) = attempt.pair() {
            self.trusted_pairs.insert(pair, ());
        }
    }
}

impl Attempt {
    /// The client together with its address.
    fn pair(self) -> Option<(ClientId, IpAddr)> {
        self.client.map(|client| (client, self.address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        Instant::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn address(n: u32) -> IpAddr {
        IpAddr::from((0x0a00_0000 + n).to_be_bytes())
    }

    /// How many of `times` failing attempts are let through.
    fn let_through(limiter: &FailedLoginLimiter, address: IpAddr, client: Option<ClientId>, times: u32) -> u32 {
        let mut count = 0;
        for _ in 0..times {
            if let Ok(attempt) = limiter.begin(address, client, now()) {
                limiter.record_failure(attempt);
                count += 1;
            }
        }
        count
    }

    #[test]
    fn guessing_is_slow_for_an_address() {
        let limiter = FailedLoginLimiter::default();
        let client = || Some(ClientId::new(now()));
        let one = client();
        assert_eq!(let_through(&limiter, address(1), one, 50), MAX_FAILURES_BY_CLIENT_AND_ADDRESS, "as one client");
        assert_eq!(let_through(&limiter, address(1), client(), 50), MAX_FAILURES_BY_CLIENT_AND_ADDRESS, "as another");
        let left = MAX_FAILURES_BY_ADDRESS - 2 * MAX_FAILURES_BY_CLIENT_AND_ADDRESS;
        assert_eq!((0..50).map(|_| let_through(&limiter, address(1), client(), 1)).sum::<u32>(), left, "as any client");
        assert_eq!(let_through(&limiter, address(1), None, 5), 0, "and as none");
        let later = now() + chrono::TimeDelta::seconds(60);
        assert!(limiter.begin(address(1), one, later).is_ok(), "after a minute");
    }

    /// Failures of others as this client, from any address, lock it out neither at its own address nor at a new one.
    #[test]
    fn a_client_cannot_be_locked_out_by_others() {
        let limiter = FailedLoginLimiter::default();
        let client = Some(ClientId::new(now()));
        let own = address(1);
        limiter.record_success(limiter.begin(own, client, now()).unwrap());
        for n in 0..200 {
            let_through(&limiter, address(n), client, 20);
        }
        assert!(limiter.begin(own, client, now()).is_ok(), "from its trusted address");
        assert!(limiter.begin(address(1_000), client, now()).is_ok(), "from a new address");
    }

    #[test]
    fn the_number_of_entries_is_bounded() {
        let limiter = FailedLoginLimiter::default();
        for n in 0..40_000 {
            let_through(&limiter, address(n), Some(ClientId::new(now())), 1);
        }
        limiter.addresses.run_pending_tasks();
        limiter.clients.run_pending_tasks();
        assert!(limiter.addresses.entry_count() <= MAX_ENTRIES && limiter.clients.entry_count() <= MAX_ENTRIES);
    }
}
