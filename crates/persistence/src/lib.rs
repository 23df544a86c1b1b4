//! Keeping events and registrations in PostgreSQL or SQLite, through `SeaORM`: one code path, the same promises.
//!
//! [`store::Store`] is the only place where transactions begin; [`desk::Desk`] is the only way to register.

pub mod access;
pub mod alteration;
pub mod attendance;
pub mod availability;
pub mod backlog;
pub mod cancellation;
pub mod catalogue;
pub mod changes;
mod changes_removal;
pub mod clients;
pub mod confirmation;
pub mod confirmation_requests;
mod connections;
pub mod desk;
mod desk_batch;
mod desk_known;
mod desk_line;
mod desk_rules;
mod desk_spans;
pub mod desk_together;
pub mod doctor;
mod doubt;
mod entity;
pub mod erasure;
pub mod error;
pub mod figures;
pub mod idempotency;
pub mod mail;
mod mail_budget;
pub mod message_list;
mod messages;
pub mod migration;
mod outbox;
mod promotion;
pub mod publication;
mod queue;
pub mod registration_export;
pub mod registration_list;
pub mod registrations;
mod replica;
pub mod replica_watch;
pub mod retention;
mod rows;
mod seats;
pub mod sequencer;
pub mod speakers;
pub mod store;
pub mod webhooks;

pub use access::Access;
pub use error::{Constraint, StoreError};
pub use figures::Figures;
pub use store::Store;
