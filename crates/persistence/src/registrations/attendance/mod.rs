//! Attendance: of one person, and of many at once.

pub mod bulk;
pub mod single;
