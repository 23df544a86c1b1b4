//! The state that a batch is decided on: the rows that its requests concern, as they will be after the requests that have
//! been decided so far. Does no I/O.
//!
//! [`crate::desk::load`] fills a ledger, [`crate::desk::decide`] changes it request by request, and [`crate::desk::write`]
//! writes the difference. Every change of a registration within the desk goes through the methods here.

pub(crate) mod erasure;
pub(crate) mod mail;
pub(crate) mod plan;
pub(crate) mod promotion;
pub(crate) mod state;
pub(crate) mod waitlist;
