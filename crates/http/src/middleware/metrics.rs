//! Counts requests and their durations by route, method and status, for Prometheus.
//!
//! Each worker counts in a table of its own that no other thread writes to, so a request costs a few additions to memory
//! that no other core uses. A scrape adds the tables up (`docs/decisions/0020-metrics.md`).

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::{Registry, Unit};
use utoipa::openapi::OpenApi;

use crate::middleware::route_patterns::{RouteId, RoutePatterns};

/// Upper bounds of the histogram's buckets, in microseconds. A long poll takes up to 30 s.
const BUCKETS: [u32; 14] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000];
/// Statuses with a counter of their own, the most frequent first; all others are counted as [`OTHER`].
const STATUSES: [u16; 24] = [
    200, 304, 201, 202, 204, 404, 409, 422, 401, 429, 400, 403, 405, 406, 408, 410, 412, 413, 415, 428, 500, 503, 501,
    505,
];
/// Methods with a counter of their own, the most frequent first.
const METHODS: [&str; 7] = ["GET", "POST", "HEAD", "PATCH", "PUT", "DELETE", "OPTIONS"];
const OTHER: &str = "other";

/// The requests of all workers of a server.
#[derive(Debug)]
pub struct RequestMetrics {
    routes: Arc<RoutePatterns>,
    tables: Mutex<Vec<Arc<Table>>>,
}

/// One worker's counters: a cell for each route and method, allocated on the first request.
#[derive(Debug)]
struct Table(Box<[OnceLock<Box<Cell>>]>);

/// Counters of one route and method. Only the table's worker writes to them.
#[derive(Debug, Default)]
struct Cell {
    statuses: [AtomicU64; STATUSES.len() + 1],
    buckets: [AtomicU64; BUCKETS.len() + 1],
    nanoseconds: AtomicU64,
}

/// One worker's handle to its table. It cannot be sent to another thread, since the counters allow one writer only.
pub(crate) struct WorkerCounters {
    table: Arc<Table>,
    not_send: PhantomData<*const ()>,
}

impl RequestMetrics {
    /// Metrics for the routes of this specification.
    pub fn new(document: &OpenApi) -> Self {
        Self { routes: Arc::new(RoutePatterns::of(document)), tables: Mutex::default() }
    }

    /// Adds the metrics to a registry, whose prefix is expected to be `plenaria`.
    pub fn register(self: &Arc<Self>, registry: &mut Registry) {
        registry.register_collector(Box::new(Arc::clone(self)));
    }

    /// The routes by which requests are counted.
    pub(crate) fn routes(&self) -> Arc<RoutePatterns> {
        Arc::clone(&self.routes)
    }

    /// A table for another worker.
    pub(crate) fn worker_counters(self: &Arc<Self>) -> WorkerCounters {
        let table = Arc::new(Table((0..self.cell_count()).map(|_| OnceLock::new()).collect()));
        self.tables.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&table));
        WorkerCounters { table, not_send: PhantomData }
    }

    fn cell_count(&self) -> usize {
        self.routes.count() * (METHODS.len() + 1)
    }

    /// The sums over all workers, for each route and method with at least one request.
    fn sums(&self) -> Vec<Sum> {
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sums = Vec::new();
        for index in 0..self.cell_count() {
            let mut cells = tables.iter().filter_map(|table| table.0.get(index)?.get()).peekable();
            if cells.peek().is_some() {
                let mut sum = Sum { index, ..Sum::default() };
                cells.for_each(|cell| sum.add(cell));
                sums.push(sum);
            }
        }
        sums
    }
}

impl WorkerCounters {
    /// Counts a request. Its duration ends when the body begins.
    pub(crate) fn count(&self, route: RouteId, method: &Method, status: StatusCode, duration: Duration) {
        let Some(cell) = self.table.0.get(cell_index(route, method)) else { return };
        cell.get_or_init(Box::default).count(status, duration);
    }
}

/// The method's name, if it is one that routes can have.
pub(crate) fn standard_method(method: &Method) -> Option<&'static str> {
    METHODS.into_iter().find(|standard| *standard == method.as_str())
}

/// The index of the cell for a route and method.
fn cell_index(route: RouteId, method: &Method) -> usize {
    let method = method.as_str();
    let method_index = METHODS.iter().position(|standard| *standard == method).unwrap_or(METHODS.len());
    route.index() * (METHODS.len() + 1) + method_index
}

impl Cell {
    fn count(&self, status: StatusCode, duration: Duration) {
        let status = status.as_u16();
        let status = STATUSES.iter().position(|counted| *counted == status).unwrap_or(STATUSES.len());
        let micros = duration.as_micros();
        let bucket = BUCKETS.iter().position(|bound| micros <= u128::from(*bound)).unwrap_or(BUCKETS.len());
        add(&self.statuses[status], 1);
        add(&self.buckets[bucket], 1);
        add(&self.nanoseconds, u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
    }
}

/// Adds without an atomic read-modify-write, which is correct because the counter has only one writer.
fn add(counter: &AtomicU64, number: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(number), Ordering::Relaxed);
}

/// The counters of one route and method, added up over all workers.
#[derive(Default)]
struct Sum {
    index: usize,
    statuses: [u64; STATUSES.len() + 1],
    buckets: [u64; BUCKETS.len() + 1],
    nanoseconds: u64,
}

impl Sum {
    fn add(&mut self, cell: &Cell) {
        let pairs = self.statuses.iter_mut().zip(&cell.statuses).chain(self.buckets.iter_mut().zip(&cell.buckets));
        for (sum, counter) in pairs {
            *sum += counter.load(Ordering::Relaxed);
        }
        self.nanoseconds = self.nanoseconds.wrapping_add(cell.nanoseconds.load(Ordering::Relaxed));
    }

    fn labels<'r>(&self, routes: &'r RoutePatterns) -> [(&'static str, &'r str); 2] {
        let (route, method) = (self.index / (METHODS.len() + 1), self.index % (METHODS.len() + 1));
        [("route", routes.pattern(route)), ("method", METHODS.get(method).copied().unwrap_or(OTHER))]
    }
}

impl Collector for RequestMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let sums = self.sums();
        let help = "Completed requests, by the route's pattern, method and status";
        let mut requests = encoder.encode_descriptor("http_requests", help, None, MetricType::Counter)?;
        for sum in &sums {
            let [route, method] = sum.labels(&self.routes);
            for (index, number) in sum.statuses.iter().enumerate().filter(|(_, number)| **number > 0) {
                let status = STATUSES.get(index).map_or_else(|| OTHER.to_owned(), u16::to_string);
                let labels = [route, method, ("status", status.as_str())];
                ConstCounter::new(*number).encode(requests.encode_family(&labels)?)?;
            }
        }
        let help = "Time until a response's body begins, by the route's pattern and method";
        let name = "http_request_duration";
        let mut durations = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        for sum in &sums {
            let bounds = BUCKETS.iter().map(|micros| f64::from(*micros) / 1e6).chain([f64::INFINITY]);
            let buckets: Vec<(f64, u64)> = bounds.zip(sum.buckets).collect();
            let seconds = Duration::from_nanos(sum.nanoseconds).as_secs_f64();
            let labels = sum.labels(&self.routes);
            let mut histogram = durations.encode_family(&labels)?;
            histogram.encode_histogram::<NoLabelSet>(seconds, sum.buckets.iter().sum(), &buckets, None)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_are_added_up_by_route_method_and_status() {
        let metrics = Arc::new(RequestMetrics::new(&crate::openapi::document()));
        let (one, two) = (metrics.worker_counters(), metrics.worker_counters());
        let programme = |counters: &WorkerCounters, status, micros| {
            let route = metrics.routes.find("/v1/events/hot/programme");
            counters.count(route, &Method::GET, status, Duration::from_micros(micros));
        };
        programme(&one, StatusCode::OK, 60);
        programme(&two, StatusCode::OK, 100);
        programme(&two, StatusCode::NOT_MODIFIED, 31_000_000);
        one.count(metrics.routes.find("/v1/nothing/here"), &Method::TRACE, StatusCode::IM_A_TEAPOT, Duration::ZERO);
        let mut registry = Registry::with_prefix("plenaria");
        metrics.register(&mut registry);
        let mut text = String::new();
        prometheus_client::encoding::prometheus_text::encode(&mut text, &registry).unwrap();
        let labels = "route=\"/v1/events/{event}/programme\",method=\"GET\"";
        for line in [
            format!("plenaria_http_requests_total{{{labels},status=\"200\"}} 2"),
            format!("plenaria_http_requests_total{{{labels},status=\"304\"}} 1"),
            "plenaria_http_requests_total{route=\"none\",method=\"other\",status=\"other\"} 1".to_owned(),
            format!("plenaria_http_request_duration_seconds_bucket{{{labels},le=\"0.0001\"}} 2"),
            format!("plenaria_http_request_duration_seconds_bucket{{{labels},le=\"30\"}} 2"),
            format!("plenaria_http_request_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 3"),
            format!("plenaria_http_request_duration_seconds_count{{{labels}}} 3"),
            format!("plenaria_http_request_duration_seconds_sum{{{labels}}} 31.00016"),
        ] {
            assert!(text.lines().any(|written| written == line), "{line}\n{text}");
        }
    }
}
