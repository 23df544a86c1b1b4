//! Requests to the API, and checks of its responses.

pub mod calls;
pub mod client;
pub mod exposition;
pub mod response;
pub mod spec;
