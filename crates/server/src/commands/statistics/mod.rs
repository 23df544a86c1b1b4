//! `plenaria statistics`: an event's statistics as bars in a terminal.

mod bars;
mod report;

use anyhow::{Context as _, anyhow};
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use plenaria_persistence::Store;

use crate::commands::database::open;
use crate::commands::output::say_styled;
use crate::settings::ServerConfig;

/// Prints the statistics of the event with this id or slug.
pub(crate) async fn run(config: &ServerConfig, event: &str, now: Instant) -> anyhow::Result<()> {
    let store = open(config).await?;
    let report = report(&store, event, now).await;
    store.close().await;
    say_styled(&report?)
}

async fn report(store: &Store, event: &str, now: Instant) -> anyhow::Result<String> {
    let missing = || anyhow!("there is no event “{event}”.");
    let id = match (EventId::parse(event), Slug::parse(event)) {
        (Some(id), _) => Some(id),
        (None, Ok(slug)) => store.event_id(&slug).await.context("cannot look for the event")?,
        (None, Err(_)) => None,
    };
    let (_, events) = store.published_events(id.as_slice()).await.context("cannot read the event")?;
    let event = events.into_iter().next().ok_or_else(missing)?;
    let statistics = store.statistics(event.id, event.definition.time_zone, now).await;
    let statistics = statistics.context("cannot read the statistics")?.ok_or_else(missing)?;
    Ok(report::write(&event.definition, &statistics))
}
