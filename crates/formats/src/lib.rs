//! Events in the formats of other programs, and the reports of other programs.

pub mod attendance_report;
pub mod icalendar;
