//! Registrations: `register/` creates them, `manage/` reads and changes one of them, `list` and `export/` read many, `attendance/`
//! records who attended.

pub(crate) mod access;
pub(crate) mod attendance;
pub(crate) mod command;
pub(crate) mod dto;
mod errors;
pub(crate) mod export;
mod filters;
pub(crate) mod list;
pub(crate) mod manage;
mod parts;
pub(crate) mod register;
mod response;
