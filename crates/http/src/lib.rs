//! The HTTP API: `CONTRACT.md` on actix-web.
//!
//! [`startup::serve`] builds the server; [`openapi::document`] makes its OpenAPI document.

mod auth;
mod body;
pub mod catalogue;
mod compression;
mod conditional;
pub mod cors;
mod cursor;
mod deadline;
mod docs;
mod envelope;
pub mod exposition;
mod fallback;
mod feed;
pub mod figures;
mod finish;
mod health;
mod idempotency;
mod kept;
pub mod keys;
pub mod measure;
mod negotiation;
mod oauth;
pub mod openapi;
mod page;
mod path;
mod problem;
mod query;
pub mod rate_limit;
mod reference;
mod representation;
mod requested_language;
mod route_table;
mod routes;
mod rules;
pub mod settings;
mod shares;
pub mod startup;
pub mod state;
pub mod tokens;
mod traces;
mod v1;
