//! Organisations, their API clients, and what those clients may do.

pub mod client;
pub mod organisation;
pub mod scope;
