//! Rate limits: a token bucket for every caller (the generic cell rate algorithm), told in `RateLimit` and
//! `RateLimit-Policy` as the IETF's draft has them.
//!
//! Own buckets instead of `governor`'s, which cannot give a token back; see `docs/decisions/0008-rate-limits.md`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use plenaria_domain::ids::ClientId;
use plenaria_domain::time::Instant;

use crate::problem::{ApiError, Code};

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The window that quotas are for, in seconds.
const WINDOW: i64 = 60;
/// How many callers are remembered for each policy; with more, whoever was idle longest is forgotten.
const CALLERS: u64 = 65_536;
const NANOS: i64 = 1_000_000_000;

/// Whose bucket, or whose share, it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    /// Whoever calls from this address, or this /64 of addresses.
    Address(IpAddr),
    /// This client, from wherever.
    Client(ClientId),
}

/// How much callers may ask for in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Reads, by address.
    pub reads: u32,
    /// Everything else, by address.
    pub registrations: u32,
    /// Whatever clients ask for with their tokens, by client.
    pub clients: u32,
}

impl Default for Quotas {
    /// Generous: a whole city hall may sit behind one address.
    fn default() -> Self {
        Self { reads: 600, registrations: 60, clients: 3_000 }
    }
}

/// One caller's bucket: the time at which it will be full again, in nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct Bucket(AtomicI64);

/// What one policy allows.
#[derive(Debug)]
struct Policy {
    name: &'static str,
    quota: u32,
    header: HeaderValue,
    buckets: Cache<Whose, Arc<Bucket>>,
}

/// How a caller stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) remaining: u32,
    /// Until all of the quota is there again, in seconds.
    pub(crate) full_in: i64,
}

/// Taken from a bucket; to be told to the caller.
#[derive(Debug)]
pub(crate) struct Taken {
    policy: Arc<Policy>,
    bucket: Arc<Bucket>,
    now: i64,
    standing: Standing,
}

/// The limits of one process.
#[derive(Debug)]
pub(crate) struct Limits {
    reads: Arc<Policy>,
    registrations: Arc<Policy>,
    clients: Arc<Policy>,
    proxies: Vec<IpNet>,
}

impl Limits {
    /// Limits with these quotas; forwarded addresses count from these proxies alone.
    pub(crate) fn new(quotas: Quotas, proxies: Vec<IpNet>) -> Self {
        let policy = |name, quota: u32| {
            Arc::new(Policy {
                name,
                quota: quota.max(1),
                header: value(&format!("\"{name}\";q={quota};w={WINDOW}")),
                buckets: Cache::builder()
                    .max_capacity(CALLERS)
                    .eviction_policy(EvictionPolicy::lru())
                    // After a window a bucket is full, and as good as forgotten.
                    .time_to_idle(std::time::Duration::from_secs(2 * WINDOW.unsigned_abs()))
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

    /// Takes one request from the bucket of the client whose token has been verified, or else of the address; or says when
    /// to come back.
    pub(crate) fn take(
        &self,
        request: &HttpRequest,
        client: Option<ClientId>,
        now: Instant,
    ) -> Result<Taken, ApiError> {
        let address = || Whose::Address(address(request, &self.proxies));
        let (policy, caller) = match (client, request.method()) {
            (Some(client), _) => (&self.clients, Whose::Client(client)),
            (None, &(Method::GET | Method::HEAD | Method::OPTIONS)) => (&self.reads, address()),
            (None, _) => (&self.registrations, address()),
        };
        let bucket = policy.buckets.get_with(caller, || Arc::new(Bucket(AtomicI64::new(0))));
        let now = now.timestamp_nanos_opt().unwrap_or_default();
        match bucket.take(policy.quota, now) {
            Ok(standing) => Ok(Taken { policy: Arc::clone(policy), bucket, now, standing }),
            Err(wait) => {
                let standing = bucket.standing(policy.quota, now);
                let mut error = ApiError::new(Code::RateLimited)
                    .fact("retry_after", wait)
                    .header(actix_web::http::header::RETRY_AFTER, value(&wait.to_string()));
                for (name, value) in policy.headers(standing) {
                    error = error.header(name, value);
                }
                Err(error)
            }
        }
    }
}

impl Taken {
    /// Puts it back: a 304 that was answered from memory is free, and so is asking how the service is.
    pub(crate) fn given_back(self) -> Self {
        self.bucket.0.fetch_sub(interval(self.policy.quota), Ordering::Relaxed);
        Self { standing: self.bucket.standing(self.policy.quota, self.now), ..self }
    }

    /// Tells the caller.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        for (name, value) in self.policy.headers(self.standing) {
            headers.insert(name, value);
        }
    }
}

impl Policy {
    fn headers(&self, standing: Standing) -> [(HeaderName, HeaderValue); 2] {
        let Standing { remaining, full_in } = standing;
        [(POLICY, self.header.clone()), (LIMIT, value(&format!("\"{}\";r={remaining};t={full_in}", self.name)))]
    }
}

/// The nanoseconds in which one request is earned.
fn interval(quota: u32) -> i64 {
    WINDOW * NANOS / i64::from(quota)
}

impl Bucket {
    /// Takes one, or says how many seconds to wait for it.
    pub(crate) fn take(&self, quota: u32, now: i64) -> Result<Standing, i64> {
        let (interval, window) = (interval(quota), interval(quota) * i64::from(quota));
        let next = |full_at: i64| {
            // However the clock was set meanwhile, a bucket is never more than empty.
            let from = full_at.clamp(now, now + window);
            (from + interval <= now + window).then_some(from + interval)
        };
        match self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
            Ok(_) => Ok(self.standing(quota, now)),
            Err(full_at) => {
                let missing = full_at.clamp(now, now + window) + interval - (now + window);
                Err(missing.div_ceil_nanos().max(1))
            }
        }
    }

    pub(crate) fn standing(&self, quota: u32, now: i64) -> Standing {
        let interval = interval(quota);
        let missing = self.0.load(Ordering::Relaxed).clamp(now, now + interval * i64::from(quota)) - now;
        let spent = u32::try_from((missing + interval - 1) / interval).unwrap_or(quota);
        Standing { remaining: quota.saturating_sub(spent), full_in: missing.div_ceil_nanos() }
    }
}

trait Seconds {
    fn div_ceil_nanos(self) -> i64;
}

impl Seconds for i64 {
    /// Nanoseconds as seconds, rounded up.
    fn div_ceil_nanos(self) -> i64 {
        (self + NANOS - 1) / NANOS
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The address that a request comes from, as far as our proxies tell.
pub(crate) fn address(request: &HttpRequest, proxies: &[IpNet]) -> IpAddr {
    caller(request.peer_addr(), request.headers(), proxies)
}

/// The caller's address: the peer's, or, from a proxy that we trust, the last one in `X-Forwarded-For` that is none of
/// ours. Who has an IPv6 address has a whole /64 of them.
fn caller(peer: Option<SocketAddr>, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let trusted = |ip: IpAddr| proxies.iter().any(|net| net.contains(&ip.to_canonical()));
    let mut ip = peer.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |p| p.ip());
    if !proxies.is_empty() && trusted(ip) {
        let lines: Vec<&[u8]> = headers.get_all(&FORWARDED_FOR).map(HeaderValue::as_bytes).collect();
        for entry in lines.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b',')) {
            // What cannot be read was not written by a proxy of ours, and whoever wrote it may have written what stands
            // before it, too. So the address that was read last counts.
            let Some(forwarded) = forwarded(entry) else { break };
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

/// The address in one entry of `X-Forwarded-For`. Some proxies add the port that the caller called from (Azure's
/// Application Gateway: `198.51.100.10:5321`, `[2001:db8::1]:443`), some put IPv6 addresses in brackets, some use quotes.
fn forwarded(entry: &[u8]) -> Option<IpAddr> {
    let entry = std::str::from_utf8(entry).ok()?.trim();
    let entry = entry.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(entry);
    let in_brackets = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match in_brackets {
        Some(address) => address.parse().ok().map(IpAddr::V6),
        // `2001:db8::1:443` is an address and no port: only brackets could tell the two apart.
        None => entry.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|with_port| with_port.ip())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn caller_of(peer: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        let proxies: Vec<IpNet> = proxies.iter().map(|p| p.parse().unwrap()).collect();
        caller(Some(SocketAddr::new(peer.parse().unwrap(), 1)), &headers, &proxies).to_string()
    }

    #[test]
    fn forwarded_addresses_count_only_from_trusted_proxies() {
        assert_eq!(caller_of("10.0.0.1", &["1.2.3.4"], &[]), "10.0.0.1");
        assert_eq!(caller_of("9.9.9.9", &["1.2.3.4"], &["10.0.0.0/8"]), "9.9.9.9");
        assert_eq!(caller_of("10.0.0.1", &["6.6.6.6, 1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(caller_of("10.0.0.1", &["6.6.6.6", "1.2.3.4, 10.0.0.2"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(caller_of("10.0.0.1", &["nonsense"], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(caller_of("::ffff:10.0.0.1", &["1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(caller_of("2001:db8:1:2:3:4:5:6", &[], &[]), "2001:db8:1:2::");
    }

    #[test]
    fn forwarded_addresses_may_have_ports_brackets_and_quotes() {
        let of = |entry: &str| caller_of("10.0.0.1", &[&format!("6.6.6.6, {entry}")], &["10.0.0.0/8", "fd00::/8"]);
        for (entry, caller) in [
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
            assert_eq!(of(entry), caller, "{entry}");
        }
        // Nothing before what cannot be read counts: it may be the caller's own.
        for unreadable in [
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
            assert_eq!(of(unreadable), "10.0.0.1", "{unreadable}");
            assert_eq!(of(&format!("{unreadable}, 10.0.0.2:80")), "10.0.0.2", "{unreadable}");
        }
        // Neither does a line before one that is no text.
        assert_eq!(caller_of("10.0.0.1", &["6.6.6.6", "ñ, 1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(caller_of("10.0.0.1", &["6.6.6.6", "1.2.3.4, ñ"], &["10.0.0.0/8"]), "10.0.0.1");
    }

    #[test]
    fn a_bucket_empties_fills_again_and_takes_back() {
        let bucket = Bucket(AtomicI64::new(0));
        let now = 1_000 * NANOS;
        assert_eq!(bucket.take(2, now), Ok(Standing { remaining: 1, full_in: 30 }));
        assert_eq!(bucket.take(2, now), Ok(Standing { remaining: 0, full_in: 60 }));
        assert_eq!(bucket.take(2, now), Err(30));
        assert_eq!(bucket.take(2, now + 30 * NANOS), Ok(Standing { remaining: 0, full_in: 60 }));
        bucket.0.fetch_sub(interval(2), Ordering::Relaxed);
        assert_eq!(bucket.take(2, now + 30 * NANOS), Ok(Standing { remaining: 0, full_in: 60 }));
        // A clock that was set back an hour locks nobody out for longer than a window.
        assert_eq!(bucket.take(2, now - 3600 * NANOS), Err(30));
    }

    #[test]
    fn their_number_is_bounded() {
        let limits = Limits::new(Quotas::default(), Vec::new());
        for n in 0..200_000u32 {
            let address = IpAddr::from(n.to_be_bytes());
            limits.reads.buckets.get_with(Whose::Address(address), || Arc::new(Bucket(AtomicI64::new(0))));
        }
        limits.reads.buckets.run_pending_tasks();
        assert!(limits.reads.buckets.entry_count() <= CALLERS);
    }

    proptest! {
        /// In whatever rhythm requests come, no more pass in any window than twice the quota less one: what was saved
        /// up and what was earned.
        #[test]
        fn never_more_than_saved_and_earned(gaps in prop::collection::vec(0i64..5_000_000_000, 1..300), quota in 1u32..50) {
            let bucket = Bucket(AtomicI64::new(0));
            let (mut now, mut passed) = (NANOS, Vec::new());
            for gap in gaps {
                now += gap;
                if bucket.take(quota, now).is_ok() {
                    passed.push(now);
                }
            }
            for (index, from) in passed.iter().enumerate() {
                let within = passed[index..].iter().filter(|at| **at - from < WINDOW * NANOS).count();
                prop_assert!(within < 2 * quota as usize + 1);
            }
        }
    }
}
