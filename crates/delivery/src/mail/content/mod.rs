//! Renders the content of mails: texts, dates and attachments.

pub(crate) mod format_dates;
pub mod preview;
pub mod render;
pub(crate) mod submitted_details;
