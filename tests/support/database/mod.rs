//! Databases of the tests' own, what tests write and search in them, and a proxy in front of them.

pub mod many_registrations;
pub mod proxy;
pub mod search;
pub mod test_database;
