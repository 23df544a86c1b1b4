//! Tests of events: publishing and reading them, their live seats, speakers, calendars and time zones.

mod availability_stream;
mod calendars;
mod details;
mod events_calendar;
mod json_ld;
mod publish;
mod read;
mod schedules;
mod speakers;
mod zone_rules;
