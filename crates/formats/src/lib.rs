//! Events in the formats of other programs, definitions as files, the reports of other programs, and charts of statistics.

pub mod attendance_report;
pub mod definition_files;
pub mod icalendar;
pub mod statistics_charts;
