//! The list of events, and an event's page.
