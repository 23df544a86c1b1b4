//! Gauges of the work that waits in the database, as of the last periodic read.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plenaria_domain::values::time::{Clock, Instant};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use tokio::time::MissedTickBehavior;

use crate::collectors::backlog_query::Backlog;
use crate::database::store::Store;

/// How often the backlog is read.
const READ_INTERVAL: Duration = Duration::from_secs(5);

/// The backlog as last read; empty before the first read, and while the database is unavailable. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct BacklogCache(Arc<Mutex<Option<Backlog>>>);

impl BacklogCache {
    /// Reads the backlog every five seconds, until the process ends.
    pub async fn refresh(self, store: Store) {
        let mut ticks = tokio::time::interval(READ_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let read = store.backlog().await;
            if let Err(error) = &read {
                tracing::debug!(error = error as &dyn std::error::Error, "the backlog cannot be read");
            }
            self.set(read.ok());
        }
    }

    fn set(&self, backlog: Option<Backlog>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = backlog;
    }

    fn get(&self) -> Option<Backlog> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub(crate) struct BacklogCollector {
    cache: BacklogCache,
    clock: Clock,
}

impl BacklogCollector {
    pub(crate) const fn new(cache: BacklogCache, clock: Clock) -> Self {
        Self { cache, clock }
    }
}

impl Collector for BacklogCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let cached = self.cache.get();
        let help =
            "1 if the database responded to the last read, which is made every 5 seconds; else 0, and no backlog";
        let up = encoder.encode_descriptor("database_up", help, None, MetricType::Gauge)?;
        ConstGauge::new(u32::from(cached.is_some())).encode(up)?;
        let Some(backlog) = cached else { return Ok(()) };
        for (name, help, value) in counts(&backlog) {
            let encoder = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value).encode(encoder)?;
        }
        let now = self.clock.now();
        for (name, help, since) in ages(&backlog) {
            let encoder = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            let age = since.and_then(|since| (now - since).to_std().ok()).unwrap_or_default();
            ConstGauge::new(age.as_secs_f64()).encode(encoder)?;
        }
        let help = "Webhook endpoints, by status";
        let mut endpoints = encoder.encode_descriptor("webhook_endpoints", help, None, MetricType::Gauge)?;
        for (status, number) in [("active", backlog.endpoints_active), ("disabled", backlog.endpoints_disabled)] {
            ConstGauge::new(number).encode(endpoints.encode_family(&[("status", status)])?)?;
        }
        Ok(())
    }
}

fn counts(backlog: &Backlog) -> [(&'static str, &'static str, i64); 6] {
    let lag = |position: i64| backlog.feed_position.saturating_sub(position);
    let slowest = backlog.webhook_position.map_or(0, lag);
    [
        ("feed_position", "The last position in the feed of changes", backlog.feed_position),
        ("outbox_rows", "Changes without a position in the feed, up to 10000", backlog.outbox_rows),
        ("mail_queue_depth", "Mails to be sent, now or later, up to 10000", backlog.mail_rows),
        ("mail_feed_lag_changes", "Changes for which no mail has been queued yet", lag(backlog.mail_position)),
        ("webhook_queue_depth", "Webhooks to be delivered, now or later, up to 10000", backlog.webhook_rows),
        ("webhook_feed_lag_changes", "Changes not yet queued for the slowest active endpoint", slowest),
    ]
}

/// The metrics are 0 for a time in the future and where nothing waits.
fn ages(backlog: &Backlog) -> [(&'static str, &'static str, Option<Instant>); 3] {
    [
        ("outbox_oldest_seconds", "The age of the oldest change without a position in the feed", backlog.outbox_oldest),
        ("mail_oldest_overdue_seconds", "For how long the oldest mail has been due", backlog.mail_due),
        ("webhook_oldest_overdue_seconds", "For how long the oldest webhook has been due", backlog.webhook_due),
    ]
}
