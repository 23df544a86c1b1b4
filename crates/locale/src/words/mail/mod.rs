//! Mails: a file for each language. Paragraphs are separated by blank lines.

mod catalan;
mod english;
mod french;
pub mod model;
mod spanish;

pub(super) use catalan::CATALAN;
pub(super) use english::ENGLISH;
pub(super) use french::FRENCH;
pub(super) use spanish::SPANISH;
