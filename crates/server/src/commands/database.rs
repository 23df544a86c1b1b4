//! Opens the database for a command.

use anyhow::{Context as _, bail};
use plenaria_domain::values::time::Instant;
use plenaria_persistence::Store;
use plenaria_persistence::events::derivation::{DerivationOutcome, RederiveIf};

use crate::settings::ServerConfig;

/// Opens the database. In embedded mode its schema is migrated first; with PostgreSQL an outdated schema is an error.
pub(crate) async fn open(config: &ServerConfig) -> anyhow::Result<Store> {
    let store = Store::open(&config.database()?).await.context("cannot open the database")?;
    if config.is_embedded() {
        store.migrate().await.context("cannot migrate the database")?;
        return Ok(store);
    }
    let pending = store.pending_migrations().await.context("cannot read the schema's state")?;
    if pending.is_empty() {
        return Ok(store);
    }
    let number = if pending.len() == 1 { "one migration".to_owned() } else { format!("{} migrations", pending.len()) };
    bail!(
        "the database's schema is behind this program by {number} ({}). Run `plenaria migrate` first.",
        pending.join(", ")
    );
}

/// Derives the stored times of events again if this program's time zone rules are newer than those that they were derived
/// with. Returns how many events were corrected.
pub(crate) async fn correct_times(store: &Store, now: Instant) -> anyhow::Result<usize> {
    match store.rederive(RederiveIf::Outdated, now).await.context("cannot derive the stored times again")? {
        DerivationOutcome::Done(corrections) => Ok(corrections.len()),
        DerivationOutcome::Current | DerivationOutcome::Newer(_) => Ok(0),
    }
}
