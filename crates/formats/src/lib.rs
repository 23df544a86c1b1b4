//! Events in the formats of other programs, definitions as files, and the reports of other programs.

pub mod attendance_report;
pub mod definition_files;
pub mod icalendar;
