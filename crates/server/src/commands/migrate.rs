//! `plenaria migrate`: brings the database's schema up to date.

use anyhow::Context as _;
use plenaria_domain::values::time::Clock;
use plenaria_domain::values::time_zone;
use plenaria_persistence::Store;

use crate::commands::database::correct_times;
use crate::commands::output::say;
use crate::settings::ServerConfig;

/// Applies pending migrations, corrects stored times that were derived with older time zone rules, and prints both.
pub(crate) async fn run(config: &ServerConfig, clock: &Clock) -> anyhow::Result<()> {
    let store = Store::open(&config.database()?).await.context("cannot open the database")?;
    let applied = store.migrate().await.context("cannot migrate the database")?;
    for name in &applied {
        say(&format!("applied {name}"))?;
    }
    if applied.is_empty() {
        say("the schema is up to date")?;
    }
    let corrected = correct_times(&store, clock.now()).await?;
    if corrected > 0 {
        let rules = time_zone::rules_version();
        let events = if corrected == 1 { "one event".to_owned() } else { format!("{corrected} events") };
        say(&format!("corrected what is stored of {events} by the time zone rules {rules}; the log says how"))?;
    }
    store.close().await;
    Ok(())
}
