//! Limits how many operations of a kind run at a time, in the process and for each caller.
//!
//! Some operations hold memory or a connection for as long as their caller likes (exports, long polls, streams). The limit
//! for the process protects the server; the one for each caller keeps a single caller from using up the limit for all. A
//! permit ends when it is dropped. The limiter stores only callers with permits, so its memory is bounded too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::http::header::{self, HeaderValue};

use crate::limits::rate_limit::LimitKey;
use crate::problem::{ApiError, Code};

/// Issues permits.
#[derive(Clone, Debug)]
pub(crate) struct ConcurrencyLimiter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    total: usize,
    per_caller: usize,
    in_use: Mutex<InUse>,
}

#[derive(Debug, Default)]
struct InUse {
    total: usize,
    by_caller: HashMap<LimitKey, usize>,
}

/// The limit that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LimitReached {
    /// The caller's own limit.
    PerCaller,
    /// The limit of the process.
    Total,
}

impl LimitReached {
    /// The error for the caller. Its own limit is reported as a rate limit, to be retried after `retry_after` seconds; that of
    /// the process as an overload, which is a server error.
    pub(crate) fn into_api_error(self, retry_after: u16) -> ApiError {
        match self {
            Self::PerCaller => ApiError::new(Code::RateLimited)
                .fact(|facts| facts.retry_after = Some(retry_after.into()))
                .header(header::RETRY_AFTER, HeaderValue::from(retry_after)),
            Self::Total => ApiError::new(Code::Overloaded),
        }
    }
}

/// Counts towards the limits until it is dropped.
#[derive(Debug)]
pub(crate) struct ConcurrencyPermit {
    limiter: ConcurrencyLimiter,
    callers: Vec<LimitKey>,
}

impl ConcurrencyLimiter {
    /// Issues at most `total` permits at a time, and at most `per_caller` of them to each caller.
    pub(crate) fn new(total: usize, per_caller: usize) -> Self {
        Self(Arc::new(Inner { total, per_caller, in_use: Mutex::default() }))
    }

    /// A permit that counts for each of `callers`, for example for a client and for its address. They must differ.
    pub(crate) fn try_acquire(&self, callers: &[LimitKey]) -> Result<ConcurrencyPermit, LimitReached> {
        let mut in_use = self.in_use();
        let is_at_limit = |caller: &LimitKey| in_use.by_caller.get(caller).is_some_and(|own| *own >= self.0.per_caller);
        if callers.iter().any(is_at_limit) {
            return Err(LimitReached::PerCaller);
        }
        if in_use.total >= self.0.total {
            return Err(LimitReached::Total);
        }
        in_use.total += 1;
        for caller in callers {
            *in_use.by_caller.entry(*caller).or_default() += 1;
        }
        drop(in_use);
        Ok(ConcurrencyPermit { limiter: self.clone(), callers: callers.to_vec() })
    }

    fn in_use(&self) -> MutexGuard<'_, InUse> {
        self.0.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConcurrencyPermit {
    fn drop(&mut self) {
        let mut in_use = self.limiter.in_use();
        in_use.total -= 1;
        for caller in &self.callers {
            if let Some(own) = in_use.by_caller.get_mut(caller) {
                *own -= 1;
                if *own == 0 {
                    in_use.by_caller.remove(caller);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::IpAddr;

    fn address(n: u8) -> LimitKey {
        LimitKey::Address(IpAddr::from([10, 0, 0, n]))
    }

    #[test]
    fn one_caller_cannot_use_up_the_total() {
        let limiter = ConcurrencyLimiter::new(5, 2);
        let mut permits =
            vec![limiter.try_acquire(&[address(1), address(2)]).unwrap(), limiter.try_acquire(&[address(1)]).unwrap()];
        assert_eq!(limiter.try_acquire(&[address(1)]).unwrap_err(), LimitReached::PerCaller);
        assert_eq!(limiter.try_acquire(&[address(3), address(1)]).unwrap_err(), LimitReached::PerCaller);
        permits.push(limiter.try_acquire(&[address(2)]).unwrap());
        assert_eq!(
            limiter.try_acquire(&[address(2)]).unwrap_err(),
            LimitReached::PerCaller,
            "both callers of a permit count"
        );
        permits.push(limiter.try_acquire(&[address(3)]).unwrap());
        permits.push(limiter.try_acquire(&[address(4)]).unwrap());
        assert_eq!(limiter.try_acquire(&[address(5)]).unwrap_err(), LimitReached::Total);
        permits.remove(1);
        permits.push(limiter.try_acquire(&[address(1)]).unwrap());
        permits.clear();
        assert!(limiter.in_use().total == 0 && limiter.in_use().by_caller.is_empty(), "no caller is stored");
    }

    proptest! {
        /// No limit is exceeded, no permit leaks, and each error names a limit that was reached.
        #[test]
        fn limits_hold(steps in prop::collection::vec((any::<bool>(), 0u8..6, 0u8..6), 1..200)) {
            let (total, per_caller) = (7, 3);
            let limiter = ConcurrencyLimiter::new(total, per_caller);
            let mut permits: Vec<(ConcurrencyPermit, Vec<LimitKey>)> = Vec::new();
            for (acquires, one, other) in steps {
                if acquires {
                    let callers = if one == other { vec![address(one)] } else { vec![address(one), address(other)] };
                    let own = |caller: &LimitKey| permits.iter().filter(|(_, callers)| callers.contains(caller)).count();
                    let most = callers.iter().map(own).max().unwrap_or_default();
                    match limiter.try_acquire(&callers) {
                        Ok(permit) => {
                            prop_assert!(most < per_caller && permits.len() < total);
                            permits.push((permit, callers));
                        }
                        Err(LimitReached::PerCaller) => prop_assert!(most >= per_caller),
                        Err(LimitReached::Total) => prop_assert!(permits.len() >= total),
                    }
                } else if !permits.is_empty() {
                    permits.remove(usize::from(one) % permits.len());
                }
                prop_assert_eq!(limiter.in_use().total, permits.len());
            }
            permits.clear();
            prop_assert!(limiter.in_use().by_caller.is_empty());
        }
    }
}
