//! Servers in the test's process, and the data that tests give them.

pub mod app;
pub mod organiser;
pub mod partners;
pub mod sample_events;
pub mod seats;
