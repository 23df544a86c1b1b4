//! Endpoints that are no resource of the API: health, documentation, problem pages, metrics.

pub(crate) mod docs;
pub(crate) mod fallback;
pub(crate) mod health;
pub mod metrics_endpoint;
pub(crate) mod problem_pages;
pub(crate) mod readiness;
