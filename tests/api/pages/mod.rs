//! Tests of the pages for people.

mod confirm;
mod costs;
mod embed;
mod events_that_move;
mod form;
mod list_and_event;
mod registration;
mod security;
mod switched_off;
