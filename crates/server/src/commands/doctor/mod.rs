//! `plenaria doctor`: checks the database, the settings and the data directory, and repairs what can be repaired safely.

mod files;
mod report;
mod settings;

use anyhow::{Context as _, bail};
use plenaria_domain::doctor::{Finding, Kind};
use plenaria_domain::values::time::Clock;
use plenaria_domain::values::time_zone;
use plenaria_persistence::Store;
use plenaria_persistence::database::url::DatabaseUrl;
use plenaria_persistence::doctor::{ExamineOptions, RepairReport};

use self::report::Report;
use crate::commands::output::say;
use crate::commands::replica;
use crate::sandbox::clients;
use crate::settings::ServerConfig;

/// Options of the command.
#[derive(Clone, Copy)]
pub(crate) struct DoctorOptions {
    /// Whether to repair.
    pub(crate) repair: bool,
    /// Whether to print JSON.
    pub(crate) json: bool,
}

/// Examines; with `repair`, repairs and examines again.
///
/// # Errors
/// A fault remains, or the database cannot be read.
pub(crate) async fn run(config: &ServerConfig, options: DoctorOptions, clock: Clock) -> anyhow::Result<()> {
    let url = database(config)?;
    let (changes, personal_data) = (config.retention.changes, config.retention.personal_data);
    let checkup = ExamineOptions { clock, change_retention: changes, personal_data_retention: personal_data };
    let mut findings = examine(&url, &checkup).await?;
    let mut repair = RepairReport::default();
    // Writing into a damaged file could damage it further.
    let damaged = findings.iter().any(|finding| finding.kind == Kind::Integrity);
    if options.repair && !damaged && findings.iter().any(|finding| finding.kind.is_repairable()) {
        repair = self::repair(&url, &findings, &checkup).await?;
        findings = examine(&url, &checkup).await?;
        findings.append(&mut repair.remaining);
    }
    if config.database_read_url.is_some() {
        let store = Store::open_read_only(&url).await.context("cannot open the database")?;
        findings.extend(replica::examine(store, config).await?);
    }
    let unreadable =
        |finding: &Finding| matches!(finding.kind, Kind::Integrity | Kind::SchemaBehind | Kind::SchemaUnknown);
    if config.sandbox.is_none() && !findings.iter().any(unreadable) {
        findings.extend(sandbox_clients(&url).await?);
    }
    findings.extend(settings::examine(config));
    if options.repair {
        repair.repaired.extend(files::repair(config));
    }
    findings.extend(files::examine(config));
    let report = Report::new(findings, repair);
    if options.json {
        say(&report.json().to_string())?;
    } else {
        say(&format!("time zone rules {}", time_zone::rules_version()))?;
        report.lines().iter().try_for_each(|line| say(line))?;
    }
    report.failure().map_or(Ok(()), |failure| bail!(failure))
}

/// The database, which must exist: the command does not create it.
fn database(config: &ServerConfig) -> anyhow::Result<DatabaseUrl> {
    let file = config.data_dir.join("plenaria.db");
    if config.is_embedded() && !file.is_file() {
        bail!("there is no database at {}; `plenaria serve` makes one.", file.display());
    }
    config.database()
}

/// Examines the database over read-only connections.
async fn examine(url: &DatabaseUrl, checkup: &ExamineOptions) -> anyhow::Result<Vec<Finding>> {
    let store = Store::open_read_only(url).await.context("cannot open the database")?;
    let findings = store.examine(checkup).await.context("cannot examine the database");
    store.close().await;
    findings
}

/// Finds the clients of a sandbox in the database of a server that is none.
async fn sandbox_clients(url: &DatabaseUrl) -> anyhow::Result<Option<Finding>> {
    let store = Store::open_read_only(url).await.context("cannot open the database")?;
    let usable = clients::usable(&store).await;
    store.close().await;
    let ids: Vec<String> = usable?.iter().map(ToString::to_string).collect();
    let what = || format!("anyone knows the secrets of clients of a sandbox: {}", ids.join(", "));
    Ok((!ids.is_empty()).then(|| Finding::new(Kind::SandboxClients, what())))
}

async fn repair(url: &DatabaseUrl, findings: &[Finding], checkup: &ExamineOptions) -> anyhow::Result<RepairReport> {
    let store = Store::open(url).await.context("cannot open the database")?;
    let repair = store.repair(findings, checkup.clock.now()).await;
    store.close().await;
    Ok(repair)
}
