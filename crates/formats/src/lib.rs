//! Events in the formats of other programs, and definitions as files.

pub mod definition_files;
pub mod icalendar;
