//! Renders the content of mails: texts, dates and attachments. The words are in [`plenaria_locale::words::mail`].

pub(crate) mod branding;
pub(crate) mod changes;
pub(crate) mod headers;
pub mod links;
pub(crate) mod materials;
pub mod message;
pub(crate) mod organisers_words;
pub mod preview;
pub mod render;
pub(crate) mod submitted_details;
pub(crate) mod texts;
