//! Tests of events: publishing and reading them, their speakers, calendars and time zones.

mod calendars;
mod publish;
mod read;
mod speakers;
mod statistics;
mod zone_rules;
