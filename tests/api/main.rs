//! Black-box tests over real HTTP, each on both engines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, unused_imports, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod attendance;
mod backlog;
mod bad_input;
mod batch;
mod caching;
mod calendars;
mod changes;
mod concurrency;
mod confirmation_requests;
mod confirming;
mod cors;
mod database;
mod erasing;
mod every_operation;
mod export;
mod feed;
mod idempotency;
mod isolation;
mod joining;
mod languages;
mod large_bodies;
mod limits;
mod listing;
mod mail;
mod mail_budget;
mod messages;
mod oauth;
mod paths;
mod promoting;
mod protocol;
mod publishing;
mod reading;
mod registering;
mod reinstating;
mod replica;
mod retention;
mod sequencing;
mod shares;
mod speakers;
mod specification;
mod strangers;
mod text_fields;
mod texts;
mod tokens;
mod updating;
mod webhook_endpoints;
mod webhook_failures;
mod webhooks;
mod zone_rules;
