//! `plenaria publish`: publishes event definitions, all of them or none.

mod changes;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use plenaria_domain::event::EventStatus;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::values::time::{Clock, Instant};
use plenaria_persistence::Store;
use plenaria_persistence::events::definitions::read::EventKey;
use plenaria_persistence::events::publish::outcome::{PublishMode, PublishOutcome, Published};

use crate::commands::database::{correct_times, open};
use crate::commands::output::say;
use crate::definition_files::{DefinitionFile, FileErrors};
use crate::settings::ServerConfig;
use crate::{bootstrap, definition_files};

/// Publishes the definitions in all files, or none of them if one has an error. An event whose start has no year keeps the
/// year that it was published with.
pub(crate) async fn run(config: &ServerConfig, files: &[PathBuf], dry_run: bool, clock: &Clock) -> anyhow::Result<()> {
    let now = clock.now();
    let store = open(config).await?;
    let mut definitions = Vec::with_capacity(files.len());
    let mut errors = Vec::new();
    for file in files {
        let name = file.display().to_string();
        match fs::read_to_string(file) {
            Ok(text) => match parse(&store, &name, &text, now).await? {
                Ok(definition) => definitions.push(definition),
                Err(error) => errors.push(error.to_string()),
            },
            Err(error) => errors.push(format!("{name}: {error}.")),
        }
    }
    if !errors.is_empty() {
        store.close().await;
        bail!("nothing was published.\n{}", errors.join("\n"));
    }
    if !dry_run {
        correct_times(&store, now).await?;
    }
    // What will change is shown first, so that it is known even if publishing fails.
    let planned = publish(&store, &definitions, now, PublishMode::DryRun).await?;
    for (definition, planned) in definitions.iter().zip(&planned) {
        if dry_run {
            say(&changes::summary(planned, PublishMode::DryRun))?;
        }
        for line in changes::diff(planned).iter().chain(&changes::advice(definition)) {
            say(line)?;
        }
    }
    if !dry_run {
        let applied = publish(&store, &definitions, now, PublishMode::Apply).await?;
        for (definition, published) in definitions.iter().zip(&applied) {
            say(&changes::summary(published, PublishMode::Apply))?;
            if definition.status != EventStatus::Draft && published.outcome != PublishOutcome::Unchanged {
                let page = config.public_url_or(config.listen).page_of(&published.slug);
                page.map(|page| say(&format!("  {page}"))).transpose()?;
            }
        }
        if config.has_no_page_for_links() {
            say("  ! PLENARIA_PAGES is off and PLENARIA_MANAGE_URL is not set: people have no page to register on")?;
        }
    }
    store.close().await;
    Ok(())
}

/// Parses a definition of an event that may be published already. The outer error is the database's, the inner one the
/// definition's.
async fn parse(store: &Store, name: &str, text: &str, now: Instant) -> anyhow::Result<Result<Definition, FileErrors>> {
    let document = match DefinitionFile::parse(name, text) {
        Ok(document) => document,
        Err(errors) => return Ok(Err(errors)),
    };
    let stored = match document.slug() {
        Some(slug) => {
            let stored = store.definition(None, &EventKey::Slug(slug)).await;
            stored.context("cannot read the published definition")?
        }
        None => None,
    };
    Ok(document.read(now, stored.map(|stored| stored.definition).as_ref()))
}

/// Publishes the bundled events if the database has no events.
pub(crate) async fn fill_if_empty(store: &Store, now: Instant) -> anyhow::Result<()> {
    let has_events = store.has_events().await.context("cannot look for events")?;
    if has_events {
        return Ok(());
    }
    let bundled = bootstrap::BUNDLED_EVENTS.iter().map(|(name, text)| definition_files::read(name, text, now));
    let bundled: Vec<Definition> = bundled.collect::<Result<_, _>>()?;
    publish(store, &bundled, now, PublishMode::Apply).await?;
    tracing::info!(events = bundled.len(), "the bundled events were published into an empty database");
    Ok(())
}

async fn publish(
    store: &Store,
    definitions: &[Definition],
    now: Instant,
    mode: PublishMode,
) -> anyhow::Result<Vec<Published>> {
    store.publish(definitions, now, mode).await.context("cannot publish")
}
