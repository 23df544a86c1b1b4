//! The parts of the state that handlers of statistics need, and their first steps.

use std::sync::Arc;

use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::time::Clock;
use plenaria_persistence::Store;

use crate::auth::Caller;
use crate::cache::events::{CachedEvent, EventCache};
use crate::cache::statistics::StatisticsCache;
use crate::problem::ApiError;
use crate::request::path;
use crate::state_part::{Part, group_of_parts};

/// What handlers of statistics need.
pub(crate) struct StatisticsParts {
    store: Part<Store>,
    events: Part<EventCache>,
    pub(super) statistics: Part<StatisticsCache>,
    pub(super) clock: Part<Clock>,
}

group_of_parts!(StatisticsParts { store, events, statistics, clock });

impl StatisticsParts {
    /// Finds the event that the path names, for a client of its owner or of a co-organiser. To others it counts as not
    /// found, also if it is public, because there are no statistics for them.
    pub(super) async fn find_event(&self, caller: Caller, name: &str) -> Result<Arc<CachedEvent>, ApiError> {
        let access = caller.require_client(Scope::EventsWrite)?.access();
        let reference = path::event(name)?;
        let entry = self.events.find(&reference).await?;
        if !self.store.organises(&access, entry.event.id).await? {
            return Err(ApiError::not_found());
        }
        entry.check_slug(&reference)?;
        Ok(entry)
    }
}
