//! Black-box tests of the program as a child process: its commands and settings, its logs, metrics and traces, and how it
//! ends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, unused_imports, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod attendance;
mod clients;
mod commands;
mod doctor;
mod documentation;
mod failures;
mod files;
mod logs;
mod metrics;
mod program;
mod sandbox;
mod statistics;
mod traces;
mod zone_rules;
