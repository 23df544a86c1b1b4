//! Metrics of the process from Linux's `/proc`, by the names that Prometheus's client libraries use.

use std::fmt;

use procfs::WithCurrentSystemInfo as _;
use procfs::process::{LimitValue, Process};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Reads the process's metrics at each scrape.
#[derive(Debug)]
pub(crate) struct ProcessCollector;

/// The values of one scrape.
struct Reading {
    cpu_seconds: f64,
    /// Names, descriptions and values.
    gauges: [(&'static str, &'static str, f64); 5],
}

impl Reading {
    #[expect(clippy::cast_precision_loss, reason = "all values are below 2^53")]
    fn take() -> Result<Self, procfs::ProcError> {
        let process = Process::myself()?;
        let stat = process.stat()?;
        let ticks = procfs::ticks_per_second() as f64;
        let files = match process.limits()?.max_open_files.soft_limit {
            LimitValue::Value(files) => files as f64,
            LimitValue::Unlimited => f64::INFINITY,
        };
        let started = procfs::boot_time_secs()? as f64 + stat.starttime as f64 / ticks;
        Ok(Self {
            cpu_seconds: (stat.utime + stat.stime) as f64 / ticks,
            gauges: [
                ("process_resident_memory_bytes", "Memory in use", stat.rss_bytes().get() as f64),
                ("process_open_fds", "Open file descriptors, including connections", process.fd_count()? as f64),
                ("process_max_fds", "How many file descriptors may be open", files),
                ("process_threads", "Threads", stat.num_threads as f64),
                ("process_start_time_seconds", "When the process started, in seconds since 1970", started),
            ],
        })
    }
}

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let reading = match Reading::take() {
            Ok(reading) => reading,
            Err(error) => {
                tracing::debug!(%error, "the process's metrics cannot be read");
                return Ok(());
            }
        };
        let help = "Processor time, in seconds";
        let counter = encoder.encode_descriptor("process_cpu_seconds", help, None, MetricType::Counter)?;
        ConstCounter::new(reading.cpu_seconds).encode(counter)?;
        for (name, help, value) in reading.gauges {
            ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
        }
        Ok(())
    }
}
