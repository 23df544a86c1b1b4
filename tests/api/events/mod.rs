//! Tests of events: publishing and reading them, their speakers, calendars and time zones.

mod calendars;
mod details;
mod publish;
mod read;
mod speakers;
mod zone_rules;
