//! Tests of the pages for people.

mod form;
mod links;
mod list_and_event;
mod registration;
mod security;
mod switched_off;
