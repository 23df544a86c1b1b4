//! The parts of the state that operations on definitions need.

use plenaria_domain::values::public_url::PublicUrl;

use plenaria_domain::values::time::Clock;
use plenaria_persistence::Store;

use crate::cache::events::EventCache;
use crate::request::idempotency::InProgress;
use crate::state::PrivacyNotice;
use crate::state_part::{Part, group_of_parts};

/// What operations on definitions need.
pub(super) struct DefinitionParts {
    pub(super) store: Part<Store>,
    pub(super) events: Part<EventCache>,
    pub(super) clock: Part<Clock>,
    pub(super) in_progress: Part<InProgress>,
    pub(super) public_url: Part<PublicUrl>,
    pub(super) privacy_notice: Part<PrivacyNotice>,
}

group_of_parts!(DefinitionParts { store, events, clock, in_progress, public_url, privacy_notice });

impl DefinitionParts {
    /// Makes this process notice at once what it has published, so that callers see their own changes. Other instances
    /// notice within a second, and so does this one if the database cannot be read now.
    pub(super) async fn show_changes(&self) {
        if let Err(error) = self.events.refresh().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "the catalogue's version cannot be read");
        }
    }
}
