//! `plenaria migrate`.

use plenaria_persistence::Store;

use super::{cannot, say};
use crate::Failure;
use crate::settings::Settings;

/// Applies what is pending, and says what that was.
pub(super) async fn run(settings: &Settings) -> Result<(), Failure> {
    let store = Store::open(&settings.database()?).await.map_err(|error| cannot("open the database", &error))?;
    let applied = store.migrate().await.map_err(|error| cannot("migrate the database", &error))?;
    for name in &applied {
        say(&format!("applied {name}"))?;
    }
    if applied.is_empty() {
        say("the schema is up to date")?;
    }
    store.close().await;
    Ok(())
}
