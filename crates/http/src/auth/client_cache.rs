//! Caches the clients that call, so that verifying a token needs no query.
//!
//! A client is read again after [`CLIENT_TTL`], so that the tokens of a disabled client stop working well within a minute.
//! The time of a client's last use is recorded at most once a minute, in the background.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use moka::sync::Cache;
use plenaria_domain::partner::client::Client;
use plenaria_domain::values::ids::ClientId;
use plenaria_domain::values::time::Instant;
use plenaria_persistence::{Store, StoreError};

/// How long a cached client is used.
const CLIENT_TTL: TimeDelta = TimeDelta::seconds(20);
/// How many clients are cached.
const MAX_CLIENTS: u64 = 10_000;
/// The shortest time between two records of a client's use.
const USE_RECORD_INTERVAL: TimeDelta = TimeDelta::seconds(60);

/// The clients of one process.
pub(crate) struct ClientCache {
    store: Store,
    clients: Cache<ClientId, CachedClient>,
    /// When each client's use was last recorded.
    use_recorded: Cache<ClientId, Instant>,
}

#[derive(Clone)]
struct CachedClient {
    read_at: Instant,
    /// `None` if the client does not exist, or is disabled.
    client: Option<Arc<Client>>,
}

impl ClientCache {
    pub(crate) fn new(store: Store) -> Self {
        let idle = Duration::from_mins(10);
        Self {
            store,
            clients: Cache::builder().max_capacity(MAX_CLIENTS).time_to_idle(idle).build(),
            use_recorded: Cache::builder().max_capacity(MAX_CLIENTS).time_to_idle(idle).build(),
        }
    }

    /// An enabled client, as it was up to [`CLIENT_TTL`] ago.
    pub(crate) async fn get(&self, id: ClientId, now: Instant) -> Result<Option<Arc<Client>>, StoreError> {
        if let Some(cached) = self.clients.get(&id)
            // An entry from the future, after the clock was set back, does not count.
            && (cached.read_at..cached.read_at + CLIENT_TTL).contains(&now)
        {
            return Ok(cached.client);
        }
        let client = self.store.client(id).await?.map(|(client, _)| client);
        let client = client.filter(|client| client.disabled_at.is_none()).map(Arc::new);
        self.clients.insert(id, CachedClient { read_at: now, client: client.clone() });
        Ok(client)
    }

    /// Records in the background that a client was used, unless that was recorded less than a minute ago.
    pub(crate) fn record_use(&self, id: ClientId, now: Instant) {
        if self.use_recorded.get(&id).is_some_and(|at| (at..at + USE_RECORD_INTERVAL).contains(&now)) {
            return;
        }
        self.use_recorded.insert(id, now);
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.record_client_use(id, now).await {
                tracing::warn!(error = &error as &dyn std::error::Error, client = %id, "a client's use could not be recorded");
            }
        });
    }
}
