//! Time limits for the database that mail and webhooks share.

use std::time::Duration;

/// How long one operation of a worker may take before the database counts as down.
pub(crate) const DATABASE_TIMEOUT: Duration = Duration::from_secs(30);
/// Pause before the next attempt while the database is down.
pub(crate) const DATABASE_DOWN_BACKOFF: Duration = Duration::from_secs(2);
