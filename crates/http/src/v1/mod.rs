//! Version 1: every route of it, on one screen.

pub(crate) mod changes;
pub(crate) mod events;
pub(crate) mod messages;
pub(crate) mod registrations;
pub(crate) mod speakers;
pub(crate) mod webhook_endpoints;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes below `/v1`.
pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    // The router tries them in this order: what crowds ask for comes first.
    config
        .service(registrations::create::create_registration)
        .service(events::programme::read_programme)
        .service(events::availability::read_availability)
        .service(events::list::list_events)
        .service(events::read::read_event)
        .service(events::sessions::list_sessions)
        .service(events::sessions::read_session)
        .service(events::speakers::list_event_speakers)
        .service(events::calendar::read_calendar)
        .service(events::calendar::read_programme_calendar)
        .service(speakers::list::list_speakers)
        .service(speakers::read::read_speaker)
        .service(registrations::list::list_registrations)
        .service(registrations::export::export_registrations)
        .service(messages::list::list_messages)
        .service(registrations::batch::create_registrations_batch)
        .service(registrations::resend::resend_link)
        .service(registrations::confirm::confirm_registration)
        .service(registrations::read::read_registration)
        .service(registrations::calendar::read_registration_calendar)
        .service(registrations::update::update_registration)
        .service(registrations::erase::delete_registration)
        .service(registrations::join::read_join)
        .service(registrations::cancel::cancel_registration)
        .service(registrations::attendance::record_attendance)
        .service(changes::list::list_changes)
        .service(webhook_endpoints::create::create_webhook_endpoint)
        .service(webhook_endpoints::list::list_webhook_endpoints)
        .service(webhook_endpoints::read::read_webhook_endpoint)
        .service(webhook_endpoints::change::change_webhook_endpoint)
        .service(webhook_endpoints::delete::delete_webhook_endpoint)
        .service(webhook_endpoints::rotate_secret::rotate_webhook_secret)
        .service(webhook_endpoints::test::test_webhook_endpoint)
        .service(webhook_endpoints::deliveries::list_webhook_deliveries)
        .service(webhook_endpoints::deliveries::read_webhook_delivery)
        .service(webhook_endpoints::redeliver::redeliver_webhook);
}
