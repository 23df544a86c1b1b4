//! The HTTP API on actix-web, as `docs/api-design.md` describes it.
//!
//! [`startup::serve`] builds the server; [`openapi::document`] makes its OpenAPI document.

mod application;
pub mod auth;
pub mod cache;
mod described_values;
pub mod in_process;
pub mod limits;
pub mod middleware;
mod oauth;
pub mod openapi;
pub mod operations;
pub mod pages;
mod problem;
pub mod request;
pub mod response;
mod route_collector;
pub(crate) mod router;
mod schemas;
pub mod settings;
pub mod startup;
pub mod state;
mod state_part;
mod v1;
