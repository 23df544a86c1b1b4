//! Guessing a client's secret is slow: failures are counted for each address, and for each client at each address. After
//! some of them that address may not try again for a while: at all, or in that client's name.
//!
//! Failures are never counted for a client alone: anybody can fail in its name, and so would lock it out everywhere. Who
//! guesses from many addresses gets more tries that way, and no nearer: secrets are 256 random bits
//! ([`ClientSecret`](plenaria_domain::client::ClientSecret)), which a million addresses would not find in the age of the
//! universe. The limits are there to keep noise and work down, not to make up for secrets that could be guessed.
//!
//! A client that has shown its secret from an address may go on from there, even while others behind the same address
//! (a proxy, an office) fail. What is remembered is bounded; who is forgotten may try anew.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{self, HeaderValue};
use moka::sync::Cache;
use plenaria_domain::ids::ClientId;
use plenaria_domain::time::Instant;

use crate::problem::{ApiError, Code};
use crate::rate_limit::Bucket;

/// How often an address may fail in a minute, in whatever names. More than in one name, so that one program with an old
/// secret does not use up the tries of others behind its address.
const BY_ADDRESS: u32 = 30;
/// How often an address may fail in one client's name in a minute.
const BY_CLIENT_AND_ADDRESS: u32 = 10;
/// How many addresses, and how many clients at addresses, are remembered.
const REMEMBERED: u64 = 16_384;

/// The failures that one process has seen.
pub(crate) struct Throttle {
    addresses: Cache<IpAddr, Arc<Bucket>>,
    clients: Cache<(ClientId, IpAddr), Arc<Bucket>>,
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

impl Default for Throttle {
    fn default() -> Self {
        // A bucket is full again after a minute.
        let idle = Duration::from_mins(2);
        Self { addresses: remember(idle), clients: remember(idle), good: remember(Duration::from_hours(24)) }
    }
}

/// What is remembered until it has not been asked for so long.
fn remember<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>(idle: Duration) -> Cache<K, V> {
    Cache::builder().max_capacity(REMEMBERED).time_to_idle(idle).build()
}

impl Throttle {
    /// Whether a client, if the id is of the form of one, may try from this address now.
    pub(super) fn begin(&self, address: IpAddr, client: Option<ClientId>, now: Instant) -> Result<Try, ApiError> {
        let attempt = Try { address, client, nanos: now.timestamp_nanos_opt().unwrap_or_default() };
        let pair = attempt.pair();
        if pair.is_some_and(|pair| self.good.contains_key(&pair)) {
            return Ok(attempt);
        }
        let wait = |bucket: Arc<Bucket>, quota: u32| {
            let standing = bucket.standing(quota, attempt.nanos);
            (standing.remaining == 0).then(|| i64::from(60_u32.div_ceil(quota)))
        };
        let by_address = self.addresses.get(&address).and_then(|bucket| wait(bucket, BY_ADDRESS));
        let by_client = pair.and_then(|pair| self.clients.get(&pair));
        let by_client = by_client.and_then(|bucket| wait(bucket, BY_CLIENT_AND_ADDRESS));
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
        if let Some((client, address)) = attempt.pair() {
            let bucket = self.clients.get_with((client, address), Arc::default);
            let _ = bucket.take(BY_CLIENT_AND_ADDRESS, attempt.nanos);
            tracing::warn!(client = %client, "a request for a token was refused: unknown client or wrong secret");
        } else {
            // What is no id may be a secret in the wrong place.
            tracing::warn!("a request for a token was refused: its client_id is none");
        }
    }

    /// The secret was good.
    pub(super) fn succeeded(&self, attempt: Try) {
        if let Some(pair) = attempt.pair() {
            self.good.insert(pair, ());
        }
    }
}

impl Try {
    /// The client at its address.
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

    /// How many of so many wrong secrets are looked at.
    fn tried(throttle: &Throttle, address: IpAddr, client: Option<ClientId>, times: u32) -> u32 {
        let mut tried = 0;
        for _ in 0..times {
            if let Ok(attempt) = throttle.begin(address, client, now()) {
                throttle.failed(attempt);
                tried += 1;
            }
        }
        tried
    }

    #[test]
    fn guessing_is_slow_for_an_address() {
        let throttle = Throttle::default();
        let client = || Some(ClientId::new(now()));
        let one = client();
        assert_eq!(tried(&throttle, address(1), one, 50), BY_CLIENT_AND_ADDRESS, "in one name");
        assert_eq!(tried(&throttle, address(1), client(), 50), BY_CLIENT_AND_ADDRESS, "in another");
        let left = BY_ADDRESS - 2 * BY_CLIENT_AND_ADDRESS;
        assert_eq!((0..50).map(|_| tried(&throttle, address(1), client(), 1)).sum::<u32>(), left, "in any");
        assert_eq!(tried(&throttle, address(1), None, 5), 0, "and in none");
        let later = now() + chrono::TimeDelta::seconds(60);
        assert!(throttle.begin(address(1), one, later).is_ok(), "for a while");
    }

    /// However many others fail in a client's name, wherever they are, it gets in: from where it was and from elsewhere.
    #[test]
    fn nobody_locks_a_client_out() {
        let throttle = Throttle::default();
        let client = Some(ClientId::new(now()));
        let own = address(1);
        throttle.succeeded(throttle.begin(own, client, now()).unwrap());
        for n in 0..200 {
            tried(&throttle, address(n), client, 20);
        }
        assert!(throttle.begin(own, client, now()).is_ok(), "from where it has shown its secret");
        assert!(throttle.begin(address(1_000), client, now()).is_ok(), "from a new address");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..40_000 {
            tried(&throttle, address(n), Some(ClientId::new(now())), 1);
        }
        throttle.addresses.run_pending_tasks();
        throttle.clients.run_pending_tasks();
        assert!(throttle.addresses.entry_count() <= REMEMBERED && throttle.clients.entry_count() <= REMEMBERED);
    }
}
