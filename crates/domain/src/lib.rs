//! Events, programmes and registrations: the types and rules that need neither a database nor HTTP.
//!
//! Input is parsed once, where it arrives, into types that cannot hold invalid values. The rules (who gets a seat, when
//! registration is open, what a definition may contain) are pure functions. Nothing here is asynchronous or does I/O.

pub mod answers;
mod attributes;
pub mod change;
pub mod client;
pub mod country;
pub mod definition;
pub mod doctor;
pub mod email;
pub mod event;
pub mod ids;
pub mod language;
pub mod mail_budget;
pub mod message;
pub mod organisation;
pub mod programme;
pub mod refusal;
pub mod registration;
pub mod scope;
pub mod search;
pub mod seats;
pub mod session;
pub mod slug;
pub mod speaker;
mod string_enum;
pub mod text;
pub mod time;
pub mod time_zone;
pub mod wall_clock;
pub mod webhook;
pub mod window;
