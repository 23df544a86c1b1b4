//! Stored times, by deriving them from the definitions again.

use plenaria_domain::doctor::{Finding, Kind};
use sea_orm::DatabaseTransaction;

use crate::StoreError;
use crate::derivation::{Age, Version, events_with_other_times, stored_version};

/// Compares what is stored with what follows from the definitions. Where a newer program has derived it, this one does not
/// know better.
pub(super) async fn examine(transaction: &DatabaseTransaction) -> Result<Option<Finding>, StoreError> {
    // Its one row may be missing, which is a finding of its own.
    let Some(version) = stored_version(transaction).await? else { return Ok(None) };
    if version.age() == Age::Newer {
        let program = Version::of_program();
        let what = format!(
            "the stored times were derived by a newer program (time zone rules {}, derivation {}), and this one has {} and {}",
            version.zone_rules, version.derivation, program.zone_rules, program.derivation
        );
        return Ok(Some(Finding::new(Kind::NewerRules, what)));
    }
    let events = events_with_other_times(transaction).await?;
    let number = events.len() as u64;
    let what = "events have other times stored than follow from their definitions";
    Ok((number > 0).then(|| Finding::among(Kind::StoredTimes, events, number, what)))
}
