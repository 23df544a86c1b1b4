//! Tests of what holds for every operation: HTTP, problems, caching, idempotency and languages.

mod bad_input;
mod caching;
mod cors;
mod every_operation;
mod idempotency;
mod languages;
mod large_bodies;
mod paths;
mod problem_texts;
