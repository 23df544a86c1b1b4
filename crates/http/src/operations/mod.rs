//! Serves what is not a resource of the API: health checks, documentation, problem pages and metrics.

pub(crate) mod definition_schema;
pub(crate) mod docs;
pub(crate) mod docs_pages;
pub(crate) mod fallback;
pub(crate) mod health;
pub(crate) mod index;
pub mod metrics_endpoint;
pub(crate) mod problem_pages;
pub(crate) mod readiness;
pub mod sandbox;
