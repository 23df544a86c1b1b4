//! What a mail says: its texts, dates and attachments.

pub(crate) mod format_dates;
pub mod preview;
pub mod render;
pub(crate) mod submitted_details;
