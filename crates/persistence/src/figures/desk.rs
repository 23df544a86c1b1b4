//! The registration desk: who waits, for how long, and what serving them together costs.

use std::sync::OnceLock;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tokio::sync::mpsc::WeakSender;
use tokio::time::Instant;

use crate::desk::Request;

/// In seconds.
const TIMES: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// In requests; the last is how many one transaction takes at most.
const SIZES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

#[derive(Debug)]
pub(crate) struct DeskFigures {
    wait: Histogram,
    size: Histogram,
    commit: Histogram,
    /// Batches that failed together, and were done one by one.
    pub(crate) alone: Counter,
    queue: std::sync::Arc<Queue>,
}

/// The desk's queue, which it does not keep open.
#[derive(Debug, Default)]
struct Queue(OnceLock<WeakSender<Request>>);

impl Default for DeskFigures {
    fn default() -> Self {
        Self {
            wait: Histogram::new(TIMES),
            size: Histogram::new(SIZES),
            commit: Histogram::new(TIMES),
            alone: Counter::default(),
            queue: std::sync::Arc::default(),
        }
    }
}

impl DeskFigures {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "How long requests waited until the desk took them";
        registry.register_with_unit("desk_wait", help, Unit::Seconds, self.wait.clone());
        registry.register("desk_batch_size", "How many requests the desk took together", self.size.clone());
        let help = "How long the desk took for a batch, from taking it until it was on disk";
        registry.register_with_unit("desk_commit", help, Unit::Seconds, self.commit.clone());
        let help = "Batches that failed together and were done one by one";
        registry.register("desk_one_by_one", help, self.alone.clone());
        registry.register_collector(Box::new(std::sync::Arc::clone(&self.queue)));
    }

    /// A desk has been opened.
    pub(crate) fn opened(&self, queue: WeakSender<Request>) {
        // Of several desks of one process, which only tests have, the first is shown.
        let _ = self.queue.0.set(queue);
    }

    /// A request that was handed in then has been taken.
    pub(crate) fn taken(&self, handed_in: Instant) {
        self.wait.observe(handed_in.elapsed().as_secs_f64());
    }

    /// A batch of so many, begun then, is on disk, or has failed.
    pub(crate) fn done(&self, begun: Instant, size: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a batch is small")]
        self.size.observe(size as f64);
        self.commit.observe(begun.elapsed().as_secs_f64());
    }
}

impl Collector for Queue {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Some(queue) = self.0.get() else { return Ok(()) };
        let (waiting, places) =
            queue.upgrade().map_or((0, 0), |queue| (queue.max_capacity() - queue.capacity(), queue.max_capacity()));
        for (name, help, value) in [
            ("desk_queue_requests", "Requests that wait at the desk", waiting),
            ("desk_queue_places", "How many may wait at the desk; more are answered 503", places),
        ] {
            let encoder = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value).encode(encoder)?;
        }
        Ok(())
    }
}
