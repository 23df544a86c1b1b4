//! An event's statistics, as numbers and as charts.

pub(crate) mod chart;
pub(crate) mod dto;
pub(crate) mod parts;
pub(crate) mod read;
