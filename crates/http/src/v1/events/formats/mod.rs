//! Events in the formats of other programs.

pub(crate) mod calendar;
pub(crate) mod events_calendar;
pub(crate) mod json_ld;
pub(crate) mod schedule;
