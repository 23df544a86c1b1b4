//! The API as callers see it: `CONTRACT.md` over HTTP.
//!
//! [`startup::serve`] runs it; [`openapi::document`] describes it.

mod body;
mod catalogue;
mod conditional;
mod cursor;
mod docs;
mod envelope;
mod fallback;
mod health;
mod holder;
pub mod keys;
mod negotiation;
pub mod openapi;
mod page;
mod problem;
mod query;
mod reference;
mod representation;
mod rules;
pub mod startup;
pub mod state;
mod tokens;
mod v1;
