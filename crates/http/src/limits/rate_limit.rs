//! Rate limits: a token bucket for each caller (the generic cell rate algorithm), reported in the `RateLimit` and
//! `RateLimit-Policy` headers of the IETF draft.
//!
//! The buckets are our own instead of `governor`'s, which cannot return a token; see `docs/decisions/0008-rate-limits.md`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use plenaria_domain::values::ids::ClientId;
use plenaria_domain::values::time::Instant;

use crate::problem::{ApiError, Code};

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The time in which a quota may be used, in seconds.
const WINDOW_SECONDS: i64 = 60;
/// How many buckets each policy keeps. When there are more, the least recently used one is dropped.
const MAX_BUCKETS: u64 = 65_536;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// The caller that a limit counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LimitKey {
    /// All callers from this address, or from this /64 of IPv6 addresses.
    Address(IpAddr),
    /// This client, from any address.
    Client(ClientId),
}

/// How many requests callers may send in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Reads, by address.
    pub reads: u32,
    /// Everything else, by address.
    pub registrations: u32,
    /// All requests with a client's access token, by client.
    pub clients: u32,
}

impl Default for Quotas {
    /// Generous, because a whole city hall may share one address.
    fn default() -> Self {
        Self { reads: 600, registrations: 60, clients: 3_000 }
    }
}

/// One caller's bucket: the time at which it will be full again, in nanoseconds since 1970.
#[derive(Debug, Default)]
pub(crate) struct Bucket(AtomicI64);

/// A quota and the buckets of its callers.
#[derive(Debug)]
struct Policy {
    name: &'static str,
    quota: u32,
    header: HeaderValue,
    buckets: Cache<LimitKey, Arc<Bucket>>,
}

/// The rest of a caller's quota after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QuotaState {
    pub(crate) remaining: u32,
    /// In how many seconds the whole quota is available again.
    pub(crate) full_in: i64,
}

/// A token that a request has taken from its caller's bucket.
#[derive(Debug)]
pub(crate) struct RateLimitToken {
    policy: Arc<Policy>,
    bucket: Arc<Bucket>,
    now: i64,
    quota_state: QuotaState,
}

/// The rate limits of one process.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    reads: Arc<Policy>,
    registrations: Arc<Policy>,
    clients: Arc<Policy>,
    proxies: Vec<IpNet>,
}

impl RateLimiter {
    /// Limits with these quotas. Forwarded addresses are accepted only from `proxies`.
    pub(crate) fn new(quotas: Quotas, proxies: Vec<IpNet>) -> Self {
        let policy = |name, quota: u32| {
            Arc::new(Policy {
                name,
                quota: quota.max(1),
                header: value(&format!("\"{name}\";q={quota};w={WINDOW_SECONDS}")),
                buckets: Cache::builder()
                    .max_capacity(MAX_BUCKETS)
                    .eviction_policy(EvictionPolicy::lru())
                    // After a window without requests a bucket is full, so dropping it changes nothing.
                    .time_to_idle(std::time::Duration::from_secs(2 * WINDOW_SECONDS.unsigned_abs()))
                    .build(),
            })
        };
        Self {
            reads: policy("default", quotas.reads),
            registrations: policy("registrations", quotas.registrations),
            clients: policy("clients", quotas.clients),
            proxies,
        }
    }

    /// Takes a token from the bucket of `client`, whose access token has been verified, or else from that of the request's
    /// address, for reading or for everything else.
    ///
    /// # Errors
    /// `RateLimited` with `Retry-After` if the bucket is empty.
    pub(crate) fn take(
        &self,
        request: &HttpRequest,
        client: Option<ClientId>,
        is_read: bool,
        now: Instant,
    ) -> Result<RateLimitToken, ApiError> {
        let address = || LimitKey::Address(client_address(request, &self.proxies));
        let (policy, key) = match client {
            Some(client) => (&self.clients, LimitKey::Client(client)),
            None if is_read => (&self.reads, address()),
            None => (&self.registrations, address()),
        };
        let bucket = policy.buckets.get_with(key, || Arc::new(Bucket(AtomicI64::new(0))));
        let now = now.timestamp_nanos_opt().unwrap_or_default();
        match bucket.take(policy.quota, now) {
            Ok(quota_state) => Ok(RateLimitToken { policy: Arc::clone(policy), bucket, now, quota_state }),
            Err(retry_after) => {
                let quota_state = bucket.quota_state(policy.quota, now);
                let mut error = ApiError::new(Code::RateLimited)
                    .fact(|facts| facts.retry_after = Some(retry_after.unsigned_abs()))
                    .header(actix_web::http::header::RETRY_AFTER, value(&retry_after.to_string()));
                for (name, value) in policy.headers(quota_state) {
                    error = error.header(name, value);
                }
                Err(error)
            }
        }
    }
}

impl RateLimitToken {
    /// Returns the token to its bucket: health checks and 304 responses from memory are free.
    pub(crate) fn refund(self) -> Self {
        self.bucket.0.fetch_sub(interval(self.policy.quota), Ordering::Relaxed);
        Self { quota_state: self.bucket.quota_state(self.policy.quota, self.now), ..self }
    }

    /// Adds the `RateLimit` and `RateLimit-Policy` headers.
    pub(crate) fn write_headers(&self, headers: &mut HeaderMap) {
        for (name, value) in self.policy.headers(self.quota_state) {
            headers.insert(name, value);
        }
    }
}

impl Policy {
    fn headers(&self, quota_state: QuotaState) -> [(HeaderName, HeaderValue); 2] {
        let QuotaState { remaining, full_in } = quota_state;
        [(POLICY, self.header.clone()), (LIMIT, value(&format!("\"{}\";r={remaining};t={full_in}", self.name)))]
    }
}

/// The nanoseconds in which a bucket regains one token.
fn interval(quota: u32) -> i64 {
    WINDOW_SECONDS * NANOS_PER_SECOND / i64::from(quota)
}

impl Bucket {
    /// Takes a token. The error is the number of seconds until there is one.
    pub(crate) fn take(&self, quota: u32, now: i64) -> Result<QuotaState, i64> {
        let (interval, window) = (interval(quota), interval(quota) * i64::from(quota));
        let next = |full_at: i64| {
            // If the clock has been set back, the bucket counts as empty, but never as more than empty.
            let from = full_at.clamp(now, now + window);
            (from + interval <= now + window).then_some(from + interval)
        };
        match self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
            Ok(_) => Ok(self.quota_state(quota, now)),
            Err(full_at) => {
                let missing = full_at.clamp(now, now + window) + interval - (now + window);
                Err(whole_seconds(missing).max(1))
            }
        }
    }

    /// The tokens left in the bucket, and the time until it is full.
    pub(crate) fn quota_state(&self, quota: u32, now: i64) -> QuotaState {
        let interval = interval(quota);
        let missing = self.0.load(Ordering::Relaxed).clamp(now, now + interval * i64::from(quota)) - now;
        let used = u32::try_from((missing + interval - 1) / interval).unwrap_or(quota);
        QuotaState { remaining: quota.saturating_sub(used), full_in: whole_seconds(missing) }
    }
}

/// Nanoseconds as seconds, rounded up.
const fn whole_seconds(nanos: i64) -> i64 {
    (nanos + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The address of the request's caller: the peer's, or, behind trusted proxies, the last address in `X-Forwarded-For` that
/// is not a trusted proxy's. An IPv6 address stands for its /64, since a caller usually has all of it.
pub(crate) fn client_address(request: &HttpRequest, proxies: &[IpNet]) -> IpAddr {
    forwarded_address(request.peer_addr(), request.headers(), proxies)
}

fn forwarded_address(peer: Option<SocketAddr>, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let trusted = |ip: IpAddr| proxies.iter().any(|net| net.contains(&ip.to_canonical()));
    let mut ip = peer.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |p| p.ip());
    if !proxies.is_empty() && trusted(ip) {
        let lines: Vec<&[u8]> = headers.get_all(&FORWARDED_FOR).map(HeaderValue::as_bytes).collect();
        for entry in lines.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b',')) {
            // A malformed entry does not come from a trusted proxy, so the entries before it may be forged. The last valid
            // address counts.
            let Some(forwarded) = parse_forwarded_for(entry) else { break };
            ip = forwarded;
            if !trusted(ip) {
                break;
            }
        }
    }
    match ip.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    }
}

/// The address in one entry of `X-Forwarded-For`. Some proxies add the caller's port (Azure's Application Gateway:
/// `198.51.100.10:5321`, `[2001:db8::1]:443`), some put IPv6 addresses in brackets, some use quotes.
fn parse_forwarded_for(entry: &[u8]) -> Option<IpAddr> {
    let entry = std::str::from_utf8(entry).ok()?.trim();
    let entry = entry.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(entry);
    let in_brackets = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match in_brackets {
        Some(address) => address.parse().ok().map(IpAddr::V6),
        // `2001:db8::1:443` is an address without a port; only brackets could separate the two.
        None => entry.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|with_port| with_port.ip())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address_of(peer: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        let proxies: Vec<IpNet> = proxies.iter().map(|p| p.parse().unwrap()).collect();
        forwarded_address(Some(SocketAddr::new(peer.parse().unwrap(), 1)), &headers, &proxies).to_string()
    }

    #[test]
    fn forwarded_addresses_count_only_from_trusted_proxies() {
        assert_eq!(address_of("10.0.0.1", &["1.2.3.4"], &[]), "10.0.0.1");
        assert_eq!(address_of("9.9.9.9", &["1.2.3.4"], &["10.0.0.0/8"]), "9.9.9.9");
        assert_eq!(address_of("10.0.0.1", &["6.6.6.6, 1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(address_of("10.0.0.1", &["6.6.6.6", "1.2.3.4, 10.0.0.2"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(address_of("10.0.0.1", &["nonsense"], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(address_of("::ffff:10.0.0.1", &["1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(address_of("2001:db8:1:2:3:4:5:6", &[], &[]), "2001:db8:1:2::");
    }

    #[test]
    fn forwarded_addresses_may_have_ports_brackets_and_quotes() {
        let of = |entry: &str| address_of("10.0.0.1", &[&format!("6.6.6.6, {entry}")], &["10.0.0.0/8", "fd00::/8"]);
        for (entry, expected) in [
            ("198.51.100.10:5321", "198.51.100.10"),
            ("198.51.100.10:0", "198.51.100.10"),
            ("[2001:db8::1]:443", "2001:db8::"),
            ("[2001:db8::1]", "2001:db8::"),
            ("2001:db8::1", "2001:db8::"),
            ("2001:db8::1:443", "2001:db8::"),
            ("\"[2001:db8::1]:443\"", "2001:db8::"),
            ("\"198.51.100.10\"", "198.51.100.10"),
            ("[::ffff:198.51.100.10]:443", "198.51.100.10"),
            ("  198.51.100.10:5321\t", "198.51.100.10"),
            ("198.51.100.10:5321, 10.0.0.2:80", "198.51.100.10"),
            ("198.51.100.10:5321, [fd00::2]:80", "198.51.100.10"),
        ] {
            assert_eq!(of(entry), expected, "{entry}");
        }
        // Entries before a malformed one do not count: the caller may have forged them.
        for malformed in [
            "",
            "unknown",
            "_hidden",
            "198.51.100.10:",
            "198.51.100.10:99999",
            "198.51.100.10:x",
            "198.51.100",
            "198.51.100.010",
            "[198.51.100.10]",
            "[2001:db8::1",
            "2001:db8::1]:443",
            "[2001:db8::1]443",
            "[2001:db8::1%eth0]:443",
            "\"198.51.100.10",
            "for=198.51.100.10",
            "198.51.100.10 198.51.100.11",
            "ñ",
        ] {
            assert_eq!(of(malformed), "10.0.0.1", "{malformed}");
            assert_eq!(of(&format!("{malformed}, 10.0.0.2:80")), "10.0.0.2", "{malformed}");
        }
        // Nor do lines before one that is not text.
        assert_eq!(address_of("10.0.0.1", &["6.6.6.6", "ñ, 1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(address_of("10.0.0.1", &["6.6.6.6", "1.2.3.4, ñ"], &["10.0.0.0/8"]), "10.0.0.1");
    }

    #[test]
    fn a_bucket_empties_and_refills_and_accepts_refunds() {
        let bucket = Bucket(AtomicI64::new(0));
        let now = 1_000 * NANOS_PER_SECOND;
        assert_eq!(bucket.take(2, now), Ok(QuotaState { remaining: 1, full_in: 30 }));
        assert_eq!(bucket.take(2, now), Ok(QuotaState { remaining: 0, full_in: 60 }));
        assert_eq!(bucket.take(2, now), Err(30));
        assert_eq!(bucket.take(2, now + 30 * NANOS_PER_SECOND), Ok(QuotaState { remaining: 0, full_in: 60 }));
        bucket.0.fetch_sub(interval(2), Ordering::Relaxed);
        assert_eq!(bucket.take(2, now + 30 * NANOS_PER_SECOND), Ok(QuotaState { remaining: 0, full_in: 60 }));
        // If the clock is set back an hour, a caller waits at most one window.
        assert_eq!(bucket.take(2, now - 3600 * NANOS_PER_SECOND), Err(30));
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let limiter = RateLimiter::new(Quotas::default(), Vec::new());
        for n in 0..200_000u32 {
            let address = IpAddr::from(n.to_be_bytes());
            limiter.reads.buckets.get_with(LimitKey::Address(address), || Arc::new(Bucket(AtomicI64::new(0))));
        }
        limiter.reads.buckets.run_pending_tasks();
        assert!(limiter.reads.buckets.entry_count() <= MAX_BUCKETS);
    }

    proptest! {
        /// In any window, at most twice the quota less one requests pass: a full bucket, and the tokens that it regains.
        #[test]
        fn at_most_a_full_bucket_and_its_refill_pass_in_a_window(gaps in prop::collection::vec(0i64..5_000_000_000, 1..300), quota in 1u32..50) {
            let bucket = Bucket(AtomicI64::new(0));
            let (mut now, mut passed) = (NANOS_PER_SECOND, Vec::new());
            for gap in gaps {
                now += gap;
                if bucket.take(quota, now).is_ok() {
                    passed.push(now);
                }
            }
            for (index, from) in passed.iter().enumerate() {
                let within = passed[index..].iter().filter(|at| **at - from < WINDOW_SECONDS * NANOS_PER_SECOND).count();
                prop_assert!(within < 2 * quota as usize + 1);
            }
        }
    }
}
