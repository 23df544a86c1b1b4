//! Requests that wait for their e-mail address to be confirmed, and the confirmation.

pub mod confirm;
pub mod requests;
