//! Tests of the pages for people.

mod confirm;
mod embed;
mod form;
mod links;
mod list_and_event;
mod registration;
mod security;
mod switched_off;
