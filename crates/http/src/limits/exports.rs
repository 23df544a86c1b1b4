//! Limits the exports in progress, in all and per client: each holds memory for as long as its reader takes.

use plenaria_domain::values::ids::ClientId;

use crate::limits::concurrency::{ConcurrencyLimiter, ConcurrencyPermit};
use crate::limits::rate_limit::LimitKey;
use crate::problem::ApiError;

/// The most exports in progress in this process.
const MAX_EXPORTS: usize = 32;
/// The most exports in progress of one client, so that a client that stops reading does not block the others.
const MAX_EXPORTS_PER_CLIENT: usize = 4;
/// The value of `Retry-After`, in seconds.
const RETRY_AFTER: u16 = 10;

/// Limits the exports in progress. Only clients export, so there is no limit per network address.
#[derive(Clone, Debug)]
pub(crate) struct ExportLimiter(ConcurrencyLimiter);

/// Permission for one export; dropping it ends the export's share of the limit.
pub(crate) type ExportPermit = ConcurrencyPermit;

impl Default for ExportLimiter {
    fn default() -> Self {
        Self(ConcurrencyLimiter::new(MAX_EXPORTS, MAX_EXPORTS_PER_CLIENT))
    }
}

impl ExportLimiter {
    /// A permit for a client; an error (429 or 503) if the client or the process has too many exports in progress.
    pub(crate) fn acquire(&self, client: ClientId) -> Result<ExportPermit, ApiError> {
        self.0.try_acquire(&[LimitKey::Client(client)]).map_err(|reached| reached.into_api_error(RETRY_AFTER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;
    use chrono::DateTime;

    #[test]
    fn exports_are_limited_per_client_and_in_all() {
        let limiter = ExportLimiter::default();
        let new_client = || ClientId::new(DateTime::UNIX_EPOCH);
        let code = |result: Result<ExportPermit, ApiError>| result.map(drop).map_err(|error| error.code());
        let client = new_client();
        let mut permits: Vec<ExportPermit> =
            (0..MAX_EXPORTS_PER_CLIENT).map(|_| limiter.acquire(client).unwrap()).collect();
        assert_eq!(code(limiter.acquire(client)), Err(Code::RateLimited));
        while permits.len() < MAX_EXPORTS {
            permits.push(limiter.acquire(new_client()).unwrap());
        }
        assert_eq!(code(limiter.acquire(new_client())), Err(Code::Overloaded));
        permits.clear();
        assert!(limiter.acquire(client).is_ok());
    }
}
