//! Black-box tests of the API over HTTP, each on both engines, with a server in this process and a clock that the tests
//! move.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, unused_imports, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod access;
mod concurrency;
mod database;
mod documentation;
mod events;
mod feed;
mod mail;
mod organising;
mod pages;
mod privacy;
mod protocol;
mod registrations;
mod replica;
mod restarts;
mod webhooks;
