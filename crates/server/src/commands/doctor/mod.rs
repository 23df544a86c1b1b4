//! `plenaria doctor`: what is wrong with the database and the settings, and mending what can be mended safely.

mod files;
mod report;
mod settings;

use plenaria_domain::doctor::{Finding, Kind};
use plenaria_domain::time::Clock;
use plenaria_domain::time_zone;
use plenaria_persistence::Store;
use plenaria_persistence::doctor::{Checkup, Repair};
use plenaria_persistence::store::DatabaseUrl;

use super::{cannot, replica, say};
use crate::Failure;
use crate::settings::Settings;
use report::Report;

/// How to do it.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    /// Whether to mend.
    pub(super) repair: bool,
    /// Whether programs read what is said.
    pub(super) json: bool,
}

/// Examines; mends if told to, and examines again. It fails if a fault is left.
pub(super) async fn run(settings: &Settings, manner: Manner, clock: Clock) -> Result<(), Failure> {
    let url = database(settings)?;
    let checkup = Checkup { clock, changes_kept: settings.changes_kept, retention: settings.retention };
    let mut findings = examine(&url, &checkup).await?;
    let mut repair = Repair::default();
    // Whoever writes into a damaged file damages it more.
    let damaged = findings.iter().any(|finding| finding.kind == Kind::Integrity);
    if manner.repair && !damaged && findings.iter().any(|finding| finding.kind.is_mended()) {
        repair = mend(&url, &findings, &checkup).await?;
        findings = examine(&url, &checkup).await?;
        findings.append(&mut repair.left);
    }
    if settings.database_read_url.is_some() {
        let store = Store::open_to_look(&url).await.map_err(|error| cannot("open the database", &error))?;
        findings.extend(replica::examine(store, settings).await?);
    }
    findings.extend(settings::examine(settings));
    if manner.repair {
        repair.mended.extend(files::mend(settings));
    }
    findings.extend(files::examine(settings));
    let report = Report::new(findings, repair);
    if manner.json {
        say(&report.json().to_string())?;
    } else {
        say(&format!("time zone rules {}", time_zone::rules_version()))?;
        report.lines().iter().try_for_each(|line| say(line))?;
    }
    report.failure().map_or(Ok(()), Err)
}

/// The database, which must be there: whoever looks makes nothing.
fn database(settings: &Settings) -> Result<DatabaseUrl, Failure> {
    let file = settings.data_dir.join("plenaria.db");
    if settings.is_embedded() && !file.is_file() {
        return Err(format!("there is no database at {}; `plenaria serve` makes one.", file.display()));
    }
    settings.database()
}

/// Over connections of its own that leave everything as it is.
async fn examine(url: &DatabaseUrl, checkup: &Checkup) -> Result<Vec<Finding>, Failure> {
    let store = Store::open_to_look(url).await.map_err(|error| cannot("open the database", &error))?;
    let findings = store.examine(checkup).await.map_err(|error| cannot("examine the database", &error));
    store.close().await;
    findings
}

async fn mend(url: &DatabaseUrl, findings: &[Finding], checkup: &Checkup) -> Result<Repair, Failure> {
    let store = Store::open(url).await.map_err(|error| cannot("open the database", &error))?;
    let repair = store.mend(findings, checkup.clock.now()).await;
    store.close().await;
    Ok(repair)
}
