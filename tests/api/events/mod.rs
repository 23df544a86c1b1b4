//! Tests of events: publishing and reading them, their speakers, calendars and time zones.

mod calendars;
mod commands;
mod definitions;
mod organising;
mod publish;
mod put;
mod read;
mod speakers;
mod zone_rules;
