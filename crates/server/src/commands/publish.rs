//! `plenaria publish`.

use std::fs;
use std::path::PathBuf;

use plenaria_domain::definition::Definition;
use plenaria_domain::time::{Clock, Instant};
use plenaria_persistence::Store;
use plenaria_persistence::publication::{Mode, Outcome, Published};

use super::{cannot, open, say};
use crate::definitions::Document;
use crate::settings::Settings;
use crate::{Failure, definitions, embedded};

/// Publishes all of these files, or none of them if one has a fault. What is published already is looked at first: an event
/// whose start has no year keeps the one that it was published with.
pub(super) async fn run(settings: &Settings, files: &[PathBuf], dry_run: bool, clock: &Clock) -> Result<(), Failure> {
    let now = clock.now();
    let store = open(settings).await?;
    let mut read = Vec::with_capacity(files.len());
    let mut failures = Vec::new();
    for file in files {
        let name = file.display().to_string();
        match fs::read_to_string(file) {
            Ok(text) => match read_again(&store, &name, &text, now).await? {
                Ok(definition) => read.push(definition),
                Err(faults) => failures.push(faults),
            },
            Err(error) => failures.push(format!("{name}: {error}.")),
        }
    }
    if !failures.is_empty() {
        store.close().await;
        return Err(format!("nothing was published.\n{}", failures.join("\n")));
    }
    let mode = if dry_run { Mode::DryRun } else { Mode::Apply };
    let published = publish(&store, &read, now, mode).await?;
    for (definition, published) in read.iter().zip(&published) {
        say(&describe(definition, published, mode))?;
    }
    store.close().await;
    Ok(())
}

/// Reads a definition of an event that may be published already: its faults within, a failure of the store around them.
async fn read_again(
    store: &Store,
    name: &str,
    text: &str,
    now: Instant,
) -> Result<Result<Definition, Failure>, Failure> {
    let document = match Document::parse(name, text) {
        Ok(document) => document,
        Err(faults) => return Ok(Err(faults)),
    };
    let published = match document.slug() {
        Some(slug) => {
            let published = store.published_definition(&slug).await;
            published.map_err(|error| cannot("read what is published", &error))?
        }
        None => None,
    };
    Ok(document.read(now, published.as_ref()))
}

/// Fills an empty embedded database with the real webinar.
pub(super) async fn fill_if_empty(store: &Store, now: Instant) -> Result<(), Failure> {
    let has_events = store.has_events().await.map_err(|error| cannot("look for events", &error))?;
    if has_events {
        return Ok(());
    }
    let read = embedded::PROGRAMMES.iter().map(|(name, text)| definitions::read(name, text, now));
    let read: Vec<Definition> = read.collect::<Result<_, _>>()?;
    publish(store, &read, now, Mode::Apply).await?;
    tracing::info!(events = read.len(), "an empty database was filled with the programmes that come along");
    Ok(())
}

async fn publish(
    store: &Store,
    definitions: &[Definition],
    now: Instant,
    mode: Mode,
) -> Result<Vec<Published>, Failure> {
    store.publish(definitions, now, mode).await.map_err(|error| cannot("publish", &error))
}

fn describe(definition: &Definition, published: &Published, mode: Mode) -> String {
    let slug = &definition.slug;
    let would = if mode == Mode::DryRun { "would be " } else { "" };
    let promoted = match published.promoted {
        0 => String::new(),
        n => format!("; {n} of the waiting list got a seat"),
    };
    match &published.outcome {
        Outcome::Created => format!("{slug}: {would}created, revision 1"),
        Outcome::Changed(parts) => {
            format!("{slug}: {would}changed ({}), revision {}{promoted}", parts.join(", "), published.revision)
        }
        Outcome::Unchanged => format!("{slug}: unchanged, revision {}", published.revision),
    }
}
