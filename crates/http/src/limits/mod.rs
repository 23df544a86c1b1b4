//! Limits on how much callers may ask for.

pub(crate) mod concurrency;
pub(crate) mod exports;
pub(crate) mod failed_logins;
pub mod rate_limit;
