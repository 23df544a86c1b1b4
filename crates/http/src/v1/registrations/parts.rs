//! The parts of the state that most operations on registrations need.

use plenaria_domain::values::public_url::PublicUrl;

use plenaria_domain::values::time::Clock;
use plenaria_persistence::Store;
use plenaria_persistence::desk::Desk;

use crate::cache::events::EventCache;
use crate::state_part::{Part, group_of_parts};

/// What most operations on registrations need.
pub(crate) struct RegistrationParts {
    pub(crate) store: Part<Store>,
    pub(crate) desk: Part<Desk>,
    pub(crate) events: Part<EventCache>,
    pub(crate) clock: Part<Clock>,
    pub(crate) public_url: Part<PublicUrl>,
}

group_of_parts!(RegistrationParts { store, desk, events, clock, public_url });
