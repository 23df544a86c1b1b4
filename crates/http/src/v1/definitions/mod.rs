//! Definitions: events as their organisers write them. A definition is one document, in JSON or YAML, that is read and
//! replaced as a whole; every version of it is stored.

mod access;
mod command;
mod condition;
mod document;
pub(crate) mod dto;
pub(crate) mod list;
mod parts;
pub(crate) mod preview;
pub(crate) mod put;
pub(crate) mod read;
pub(crate) mod rename;
mod response;
pub(crate) mod revisions;
pub(crate) mod status;
