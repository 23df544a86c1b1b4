//! Reads requests: paths, queries, headers and bodies, and the deadline by which a request has to be answered.

pub(crate) mod body;
pub(crate) mod context;
pub(crate) mod cursor;
pub(crate) mod deadline;
pub(crate) mod idempotency;
pub(crate) mod language_preference;
pub mod negotiation;
pub mod origin;
pub(crate) mod pagination;
pub(crate) mod path;
pub(crate) mod query;
pub(crate) mod validation;
