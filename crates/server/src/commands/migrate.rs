//! `plenaria migrate`.

use plenaria_domain::time::Clock;
use plenaria_domain::time_zone;
use plenaria_persistence::Store;

use super::{cannot, correct_times, say};
use crate::Failure;
use crate::settings::Settings;

/// Applies what is pending, corrects stored times that older rules of time zones were used for, and says what that was.
pub(super) async fn run(settings: &Settings, clock: &Clock) -> Result<(), Failure> {
    let store = Store::open(&settings.database()?).await.map_err(|error| cannot("open the database", &error))?;
    let applied = store.migrate().await.map_err(|error| cannot("migrate the database", &error))?;
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
