//! The HTTP API on actix-web, as `docs/api-design.md` describes it.
//!
//! [`startup::serve`] builds the server; [`openapi::document`] makes its OpenAPI document.

pub mod auth;
pub mod cache;
mod described_values;
pub mod limits;
pub mod middleware;
mod oauth;
pub mod openapi;
pub mod operations;
mod problem;
pub mod request;
pub(crate) mod response;
mod route_collector;
pub(crate) mod router;
pub mod settings;
pub mod startup;
pub mod state;
mod state_part;
mod v1;
