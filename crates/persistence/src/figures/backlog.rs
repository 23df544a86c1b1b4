//! What waits in the database, as it was when it was last looked at.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plenaria_domain::time::{Clock, Instant};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use tokio::time::MissedTickBehavior;

use crate::Store;
use crate::backlog::Backlog;

/// How often it is looked at.
const OFTEN: Duration = Duration::from_secs(5);

/// What was read last; nothing before the first reading, and while the database is away.
#[derive(Debug, Default)]
pub(super) struct Reading(Mutex<Option<Backlog>>);

impl Reading {
    fn set(&self, backlog: Option<Backlog>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = backlog;
    }

    fn get(&self) -> Option<Backlog> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) async fn watch(store: &Store, reading: &Reading) {
    let mut ticks = tokio::time::interval(OFTEN);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let read = store.backlog().await;
        if let Err(error) = &read {
            tracing::debug!(error = error as &dyn std::error::Error, "what waits in the database cannot be read");
        }
        reading.set(read.ok());
    }
}

#[derive(Debug)]
pub(super) struct Collected {
    reading: Arc<Reading>,
    clock: Clock,
}

impl Collected {
    pub(super) const fn new(reading: Arc<Reading>, clock: Clock) -> Self {
        Self { reading, clock }
    }
}

impl Collector for Collected {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let read = self.reading.get();
        let help = "1 if the database answered when it was last looked at, every 5 seconds; else 0, and no backlog";
        let up = encoder.encode_descriptor("database_up", help, None, MetricType::Gauge)?;
        ConstGauge::new(u32::from(read.is_some())).encode(up)?;
        let Some(backlog) = read else { return Ok(()) };
        for (name, help, value) in numbers(&backlog) {
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

/// Names end in what is counted.
fn numbers(backlog: &Backlog) -> [(&'static str, &'static str, i64); 6] {
    let behind = |position: i64| backlog.feed_position.saturating_sub(position);
    let slowest = backlog.webhook_position.map_or(0, behind);
    [
        ("feed_position", "The last position in the feed of changes", backlog.feed_position),
        ("outbox_rows", "Changes that have no place in the feed yet, up to 10000", backlog.outbox_rows),
        ("mail_waiting_messages", "Mails that are to be sent, now or later, up to 10000", backlog.mail_rows),
        ("mail_behind_changes", "Changes of which no mail has been made yet", behind(backlog.mail_position)),
        ("webhook_waiting_deliveries", "Webhooks that are to be sent, now or later, up to 10000", backlog.webhook_rows),
        ("webhook_behind_changes", "Changes that the slowest active endpoint has not been handed yet", slowest),
    ]
}

/// What is due later, and what is not there, is 0 seconds old.
fn ages(backlog: &Backlog) -> [(&'static str, &'static str, Option<Instant>); 3] {
    [
        ("outbox_oldest_seconds", "The age of the oldest change without a place in the feed", backlog.outbox_oldest),
        ("mail_overdue_seconds", "For how long the mail that is due first has been due", backlog.mail_due),
        ("webhook_overdue_seconds", "For how long the webhook that is due first has been due", backlog.webhook_due),
    ]
}
