//! The parts of the state that creating and changing webhook endpoints needs.

use plenaria_domain::values::public_url::PublicUrl;

use plenaria_domain::values::time::Clock;
use plenaria_persistence::Store;

use crate::request::idempotency::InProgress;
use crate::state::WebhookSettings;
use crate::state_part::{Part, group_of_parts};

/// What creating and changing webhook endpoints needs.
pub(super) struct EndpointParts {
    pub(super) store: Part<Store>,
    pub(super) clock: Part<Clock>,
    pub(super) settings: Part<WebhookSettings>,
    pub(super) in_progress: Part<InProgress>,
    pub(super) public_url: Part<PublicUrl>,
}

group_of_parts!(EndpointParts { store, clock, settings, in_progress, public_url });
