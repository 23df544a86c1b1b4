//! The checks of the doctor, each a query or two that find what should not be.

pub(crate) mod engine;
pub(crate) mod feed;
pub(crate) mod orphans;
pub(crate) mod overdue;
pub(crate) mod queues;
pub(crate) mod schema;
pub(crate) mod seats;
pub(crate) mod times;
