//! Tests of registrations: creating, confirming, updating, listing and exporting them, and the waiting list.

mod attendance;
mod batch;
mod by_organisers;
mod confirmation_requests;
mod create_and_cancel;
mod email_confirmation;
mod export;
mod join;
mod list;
mod promotion;
mod text_fields;
mod update;
