//! The checks of the doctor: each finds rows or settings that this program does not leave, with a query or two.

pub(crate) mod engine;
pub(crate) mod feed;
pub(crate) mod history;
pub(crate) mod orphans;
pub(crate) mod overdue;
pub(crate) mod queues;
pub(crate) mod schema;
pub(crate) mod seats;
pub(crate) mod times;
