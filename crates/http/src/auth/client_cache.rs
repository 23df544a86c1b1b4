//! What is known of the clients that call: whose they are, and whether they still count.
//!
//! A client is read again after [`FRESH`], so that a disabled one's tokens stop working well within a minute and a
//! request costs no query. That a client is used is noted at most once a minute, beside the request.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use moka::sync::Cache;
use plenaria_domain::client::Client;
use plenaria_domain::ids::ClientId;
use plenaria_domain::time::Instant;
use plenaria_persistence::{Store, StoreError};

/// For how long what was read of a client is relied on.
const FRESH: TimeDelta = TimeDelta::seconds(20);
/// How many clients are remembered.
const CLIENTS: u64 = 10_000;
/// How often the use of a client is noted.
const NOTED: TimeDelta = TimeDelta::seconds(60);

/// The clients of one process.
pub(crate) struct Clients {
    store: Store,
    known: Cache<ClientId, Known>,
    noted: Cache<ClientId, Instant>,
}

#[derive(Clone)]
struct Known {
    read_at: Instant,
    /// None if it does not exist, or is disabled.
    client: Option<Arc<Client>>,
}

impl Clients {
    pub(crate) fn new(store: Store) -> Self {
        let idle = Duration::from_mins(10);
        Self {
            store,
            known: Cache::builder().max_capacity(CLIENTS).time_to_idle(idle).build(),
            noted: Cache::builder().max_capacity(CLIENTS).time_to_idle(idle).build(),
        }
    }

    /// A client that counts, as it was a moment ago.
    pub(crate) async fn get(&self, id: ClientId, now: Instant) -> Result<Option<Arc<Client>>, StoreError> {
        if let Some(known) = self.known.get(&id)
            // However the clock was set meanwhile.
            && (known.read_at..known.read_at + FRESH).contains(&now)
        {
            return Ok(known.client);
        }
        let client = self.store.client(id).await?.map(|(client, _)| client);
        let client = client.filter(|client| client.disabled_at.is_none()).map(Arc::new);
        self.known.insert(id, Known { read_at: now, client: client.clone() });
        Ok(client)
    }

    /// Notes that a client was used, unless that was noted less than a minute ago. Nobody waits for it.
    pub(crate) fn note_use(&self, id: ClientId, now: Instant) {
        if self.noted.get(&id).is_some_and(|at| (at..at + NOTED).contains(&now)) {
            return;
        }
        self.noted.insert(id, now);
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.note_use_of_client(id, now).await {
                tracing::warn!(error = &error as &dyn std::error::Error, client = %id, "a client's use was not noted");
            }
        });
    }
}
