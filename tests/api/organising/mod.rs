//! Tests of what organisers do over HTTP: definitions, cancelling, reinstating, renaming and statistics.

mod commands;
mod conferences;
mod definitions;
mod files;
mod history;
mod put;
mod requests;
mod slow_definitions;
mod statistics;
mod whole_life;
