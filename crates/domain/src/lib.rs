//! What is true of events, programmes and registrations without a database and without HTTP.
//!
//! Values are parsed once, at the edge, into types that cannot hold nonsense; the rules (who gets a seat, when a
//! registration is taken, what a definition may say) are pure functions. Nothing here waits or does input or output.

pub mod answers;
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
pub mod text;
pub mod time;
pub mod webhook;
pub mod window;
