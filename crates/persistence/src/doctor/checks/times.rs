//! Examines stored times by deriving them from the definitions again.

use plenaria_domain::doctor::{Finding, Kind};
use sea_orm::DatabaseTransaction;

use crate::database::error::StoreError;
use crate::events::derivation::{DerivationVersion, VersionAge, events_with_wrong_times, stored_version};

/// Compares the stored times with those that follow from the definitions, unless a newer program derived them.
pub(crate) async fn examine(transaction: &DatabaseTransaction) -> Result<Option<Finding>, StoreError> {
    // A missing row is a finding of its own.
    let Some(version) = stored_version(transaction).await? else { return Ok(None) };
    if version.age() == VersionAge::Newer {
        let program = DerivationVersion::of_program();
        let what = format!(
            "the stored times were derived by a newer program (time zone rules {}, derivation {}), and this one has {} and {}",
            version.zone_rules, version.derivation, program.zone_rules, program.derivation
        );
        return Ok(Some(Finding::new(Kind::NewerRules, what)));
    }
    let events = events_with_wrong_times(transaction).await?;
    let number = events.len() as u64;
    let what = "events have other times stored than follow from their definitions";
    Ok((number > 0).then(|| Finding::about_rows(Kind::StoredTimes, events, number, what)))
}
