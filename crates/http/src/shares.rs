//! Bounds how many things are under way at a time: all together, and for each caller.
//!
//! What holds memory, a connection or a place for as long as its caller likes (an export, a long poll, a stream) has a
//! limit for the process. Without a share for each caller, one of them could take all of it and keep everybody else out.
//! A permit is given back when it is dropped, however that comes about. Only callers that hold a permit are remembered, so
//! memory is bounded by the limit for all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::http::header::{self, HeaderValue};

use crate::problem::{ApiError, Code};
use crate::rate_limit::Whose;

/// Gives permits.
#[derive(Clone, Debug)]
pub(crate) struct Shares(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    total: usize,
    share: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    by_caller: HashMap<Whose, usize>,
}

/// Why there is no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exhausted {
    /// The caller holds as many as it may.
    Share,
    /// All callers together do.
    All,
}

impl Exhausted {
    /// The problem that the caller is told: with its own share used up it may come back in so many seconds; otherwise the
    /// process is overloaded, which is no fault of the caller's.
    pub(crate) fn problem(self, retry_after: u16) -> ApiError {
        match self {
            Self::Share => ApiError::new(Code::RateLimited)
                .fact("retry_after", retry_after)
                .header(header::RETRY_AFTER, HeaderValue::from(retry_after)),
            Self::All => ApiError::new(Code::Overloaded),
        }
    }
}

/// Counts until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    shares: Shares,
    callers: Vec<Whose>,
}

impl Shares {
    /// At most `total` permits at a time, and `share` of them for each caller.
    pub(crate) fn new(total: usize, share: usize) -> Self {
        Self(Arc::new(Inner { total, share, held: Mutex::default() }))
    }

    /// A permit that counts for each of these callers, such as a client and the address that it calls from. They must
    /// differ.
    pub(crate) fn take(&self, callers: &[Whose]) -> Result<Permit, Exhausted> {
        let mut held = self.held();
        let has_all = |caller: &Whose| held.by_caller.get(caller).is_some_and(|own| *own >= self.0.share);
        if callers.iter().any(has_all) {
            return Err(Exhausted::Share);
        }
        if held.all >= self.0.total {
            return Err(Exhausted::All);
        }
        held.all += 1;
        for caller in callers {
            *held.by_caller.entry(*caller).or_default() += 1;
        }
        drop(held);
        Ok(Permit { shares: self.clone(), callers: callers.to_vec() })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut held = self.shares.held();
        held.all -= 1;
        for caller in &self.callers {
            if let Some(own) = held.by_caller.get_mut(caller) {
                *own -= 1;
                if *own == 0 {
                    held.by_caller.remove(caller);
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

    fn address(n: u8) -> Whose {
        Whose::Address(IpAddr::from([10, 0, 0, n]))
    }

    #[test]
    fn nobody_takes_all() {
        let shares = Shares::new(5, 2);
        let mut permits = vec![shares.take(&[address(1), address(2)]).unwrap(), shares.take(&[address(1)]).unwrap()];
        assert_eq!(shares.take(&[address(1)]).unwrap_err(), Exhausted::Share);
        assert_eq!(shares.take(&[address(3), address(1)]).unwrap_err(), Exhausted::Share);
        permits.push(shares.take(&[address(2)]).unwrap());
        assert_eq!(shares.take(&[address(2)]).unwrap_err(), Exhausted::Share, "both callers of a permit count");
        permits.push(shares.take(&[address(3)]).unwrap());
        permits.push(shares.take(&[address(4)]).unwrap());
        assert_eq!(shares.take(&[address(5)]).unwrap_err(), Exhausted::All);
        permits.remove(1);
        permits.push(shares.take(&[address(1)]).unwrap());
        permits.clear();
        assert!(shares.held().all == 0 && shares.held().by_caller.is_empty(), "nobody is remembered");
    }

    proptest! {
        /// Whoever comes and goes: no bound is passed, nothing leaks, and a refusal has its reason.
        #[test]
        fn bounds_hold(steps in prop::collection::vec((any::<bool>(), 0u8..6, 0u8..6), 1..200)) {
            let (total, share) = (7, 3);
            let shares = Shares::new(total, share);
            let mut permits: Vec<(Permit, Vec<Whose>)> = Vec::new();
            for (takes, one, other) in steps {
                if takes {
                    let callers = if one == other { vec![address(one)] } else { vec![address(one), address(other)] };
                    let own = |caller: &Whose| permits.iter().filter(|(_, callers)| callers.contains(caller)).count();
                    let most = callers.iter().map(own).max().unwrap_or_default();
                    match shares.take(&callers) {
                        Ok(permit) => {
                            prop_assert!(most < share && permits.len() < total);
                            permits.push((permit, callers));
                        }
                        Err(Exhausted::Share) => prop_assert!(most >= share),
                        Err(Exhausted::All) => prop_assert!(permits.len() >= total),
                    }
                } else if !permits.is_empty() {
                    permits.remove(usize::from(one) % permits.len());
                }
                prop_assert_eq!(shares.held().all, permits.len());
            }
            permits.clear();
            prop_assert!(shares.held().by_caller.is_empty());
        }
    }
}
