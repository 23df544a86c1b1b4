//! Tests of events: publishing and reading them, their speakers, calendars and time zones.

mod calendars;
mod details;
mod commands;
mod conferences;
mod definitions;
mod organising;
mod publish;
mod put;
mod read;
mod slow_definitions;
mod speakers;
mod statistics;
mod zone_rules;
