//! Events, programmes and registrations: the types and rules that need neither a database nor HTTP.
//!
//! Input is parsed once, where it arrives, into types that cannot hold invalid values. The rules (who gets a seat, when
//! registration is open, what a definition may contain) are pure functions. Nothing here is asynchronous or does I/O.

pub mod audit;
pub mod change;
pub mod doctor;
pub mod event;
pub mod partner;
pub mod registration;
mod string_enum;
pub mod validation;
pub mod values;
pub mod webhook;
