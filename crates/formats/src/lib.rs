//! Events in the formats of other programs, and charts of their statistics.

pub mod icalendar;
pub mod statistics_charts;
