//! Measures the registration desk: the length of its queue, how long requests wait in it, and what batches cost.

use std::fmt;
use std::sync::{Arc, OnceLock};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tokio::sync::mpsc::WeakSender;
use tokio::time::Instant;

/// Buckets in seconds.
const DURATION_BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// Buckets in requests; the last is the largest batch of the desk.
const SIZE_BUCKETS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

#[derive(Debug)]
pub(crate) struct DeskMetrics {
    wait: Histogram,
    batch_size: Histogram,
    batch_duration: Histogram,
    /// Batches that failed and were repeated request by request.
    pub(crate) batch_fallbacks: Counter,
    queue: Arc<QueueGauges>,
}

impl Default for DeskMetrics {
    fn default() -> Self {
        Self {
            wait: Histogram::new(DURATION_BUCKETS),
            batch_size: Histogram::new(SIZE_BUCKETS),
            batch_duration: Histogram::new(DURATION_BUCKETS),
            batch_fallbacks: Counter::default(),
            queue: Arc::default(),
        }
    }
}

impl DeskMetrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        let help = "How long requests waited in the desk's queue";
        registry.register_with_unit("desk_wait", help, Unit::Seconds, self.wait.clone());
        registry.register("desk_batch_size", "Requests in one batch of the desk", self.batch_size.clone());
        let help = "How long the desk took for a batch, from dequeuing it until it was durably stored";
        registry.register_with_unit("desk_batch_duration", help, Unit::Seconds, self.batch_duration.clone());
        let help = "Batches that failed and were repeated request by request";
        registry.register("desk_batch_fallbacks", help, self.batch_fallbacks.clone());
        registry.register_collector(Box::new(Arc::clone(&self.queue)));
    }

    /// Measures this queue, without keeping it open. If a process opens several desks, as tests do, the first is measured.
    pub(crate) fn watch_queue<T: Send + 'static>(&self, queue: WeakSender<T>) {
        let depth_and_capacity = move || {
            queue.upgrade().map_or((0, 0), |queue| (queue.max_capacity() - queue.capacity(), queue.max_capacity()))
        };
        let _ = self.queue.0.set(Box::new(depth_and_capacity));
    }

    /// Records how long a dequeued request has waited.
    pub(crate) fn observe_wait(&self, enqueued_at: Instant) {
        self.wait.observe(enqueued_at.elapsed().as_secs_f64());
    }

    /// Records a batch that is durably stored, or has failed.
    pub(crate) fn observe_batch(&self, started_at: Instant, size: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a batch is small")]
        self.batch_size.observe(size as f64);
        self.batch_duration.observe(started_at.elapsed().as_secs_f64());
    }
}

/// Returns the number of queued requests and the capacity of the queue.
type DepthAndCapacity = Box<dyn Fn() -> (usize, usize) + Send + Sync>;

#[derive(Default)]
struct QueueGauges(OnceLock<DepthAndCapacity>);

impl fmt::Debug for QueueGauges {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("QueueGauges").field(&self.0.get().map(|read| read())).finish()
    }
}

impl Collector for QueueGauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(read) = self.0.get() else { return Ok(()) };
        let (depth, capacity) = read();
        for (name, help, value) in [
            ("desk_queue_depth", "Requests in the desk's queue", depth),
            ("desk_queue_capacity", "Capacity of the desk's queue; further requests get 503", capacity),
        ] {
            let encoder = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value).encode(encoder)?;
        }
        Ok(())
    }
}
