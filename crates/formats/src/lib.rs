//! Events in the formats of other programs, definitions as files, the reports of other programs, and charts of statistics.

pub mod attendance_report;
pub mod definition_files;
pub mod frab;
pub mod icalendar;
mod place;
#[cfg(test)]
mod sample_event;
pub mod schema_org;
pub mod statistics_charts;
