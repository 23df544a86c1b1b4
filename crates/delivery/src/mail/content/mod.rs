//! Renders the content of mails: texts, dates and attachments.

pub(crate) mod branding;
pub(crate) mod headers;
pub(crate) mod materials;
pub(crate) mod organisers_words;
pub mod preview;
pub mod render;
pub(crate) mod submitted_details;
