//! Stores events and registrations in PostgreSQL or SQLite through `SeaORM`: one code path, with the same promises on both.
//!
//! [`crate::database::store::Store`] is the only place where transactions begin; [`desk::Desk`] is the only way to register.

pub mod access;
pub mod audit;
pub mod clients;
pub mod collectors;
pub mod database;
pub mod desk;
pub mod doctor;
mod entity;
pub mod events;
pub mod feed;
pub mod idempotency;
pub mod mail;
pub mod metrics;
mod outcome_labels;
pub mod registrations;
mod seats;
pub mod webhooks;

pub use crate::database::error::{Constraint, StoreError};
pub use crate::database::store::Store;
pub use crate::metrics::StoreMetrics;
pub use access::Access;
