//! Building SQL: inserts of many rows, pages, and statement texts that stay the same between calls.

pub(crate) mod bulk_insert;
pub(crate) mod bulk_update;
pub(crate) mod paging;
pub(crate) mod sizes;
