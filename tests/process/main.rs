//! Tests of the program itself: its commands, its settings, its end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, unused_imports, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod away;
mod clients;
mod commands;
mod crash;
mod docs;
mod doctor;
mod examples;
mod feed;
mod files;
mod logs;
mod mail;
mod metrics;
mod patient;
mod plants;
mod program;
mod readme;
mod traces;
mod webhooks;
mod zone_rules;
