//! Version 1 of the API: adds all its routes, and has a module for each kind of resource.

pub(crate) mod audit;
pub(crate) mod changes;
pub(crate) mod definitions;
pub(crate) mod event_reference;
pub(crate) mod events;
pub(crate) mod messages;
pub(crate) mod page_query;
pub(crate) mod registrations;
pub(crate) mod speakers;
pub(crate) mod statistics;
pub(crate) mod webhook_endpoints;

use crate::route_collector::RouteCollector;

/// Adds the routes below `/v1`.
pub(crate) fn configure(config: &mut impl RouteCollector) {
    // The router tries routes in this order, so the busiest come first.
    config
        .route(registrations::register::create::create_registration)
        .route(events::programme::read_programme)
        .route(events::availability::read_availability)
        .route(events::list::list_events)
        .route(events::read::read_event)
        .route(events::sessions::list_sessions)
        .route(events::sessions::read_session)
        .route(events::speakers::list_event_speakers)
        .route(events::calendar::read_calendar)
        .route(events::calendar::read_programme_calendar)
        .route(speakers::list::list_speakers)
        .route(speakers::read::read_speaker)
        .route(registrations::list::list_registrations)
        .route(registrations::export::export_registrations)
        .route(messages::list::list_messages)
        .route(statistics::read::read_statistics)
        .route(statistics::chart::read_statistics_chart)
        .route(registrations::register::batch::create_registrations_batch)
        .route(registrations::register::resend::resend_link)
        .route(registrations::register::confirm::confirm_registration)
        .route(registrations::manage::read::read_registration)
        .route(registrations::manage::calendar::read_registration_calendar)
        .route(registrations::manage::update::update_registration)
        .route(registrations::manage::erase::delete_registration)
        .route(registrations::manage::join::read_join)
        .route(registrations::manage::cancel::cancel_registration)
        .route(registrations::manage::reinstate::reinstate_registration)
        .route(registrations::manage::attendance::record_attendance)
        .route(registrations::attendance::record_event_attendance)
        .route(changes::list::list_changes)
        .route(definitions::list::list_definitions)
        .route(definitions::change::put::put_definition)
        .route(definitions::read::read_definition)
        .route(definitions::preview::preview_event)
        .route(definitions::revisions::list_revisions)
        .route(definitions::revisions::read_revision)
        .route(definitions::change::status::cancel_event)
        .route(definitions::change::status::reinstate_event)
        .route(definitions::change::rename::rename_event)
        .route(audit::list::list_audit)
        .route(webhook_endpoints::create::create_webhook_endpoint)
        .route(webhook_endpoints::list::list_webhook_endpoints)
        .route(webhook_endpoints::read::read_webhook_endpoint)
        .route(webhook_endpoints::update::update_webhook_endpoint)
        .route(webhook_endpoints::delete::delete_webhook_endpoint)
        .route(webhook_endpoints::rotate_secret::rotate_webhook_secret)
        .route(webhook_endpoints::deliveries::test::test_webhook_endpoint)
        .route(webhook_endpoints::deliveries::list::list_webhook_deliveries)
        .route(webhook_endpoints::deliveries::list::read_webhook_delivery)
        .route(webhook_endpoints::deliveries::redeliver::redeliver_webhook);
}
