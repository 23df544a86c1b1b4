//! Limits what each caller may use: requests per minute, concurrent operations, and failed logins.

pub(crate) mod concurrency;
pub(crate) mod exports;
pub(crate) mod failed_logins;
pub mod rate_limit;
