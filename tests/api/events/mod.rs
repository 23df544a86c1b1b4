//! Tests of events: publishing and reading them, their live seats, speakers, calendars and time zones.

mod availability_stream;
mod calendars;
mod details;
mod publish;
mod read;
mod speakers;
mod zone_rules;
