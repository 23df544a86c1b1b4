//! How many requests there were, and how long they took, by route, method and status.
//!
//! Each worker counts in a table of its own, which nobody else writes to, so counting is a handful of additions to memory
//! that no other core wants. They are added up when somebody asks (`docs/decisions/0020-metrics.md`).

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::{Registry, Unit};

use crate::routes::{Route, Routes};

/// Upper ends of the durations that are told apart, in microseconds; a long poll takes up to 30 s.
const BUCKETS: [u32; 14] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000];
/// What is answered, most frequent first; what else there may be is counted together.
const STATUSES: [u16; 24] = [
    200, 304, 201, 202, 204, 404, 409, 422, 401, 429, 400, 403, 405, 406, 408, 410, 412, 413, 415, 428, 500, 503, 501,
    505,
];
/// The same for methods.
const METHODS: [&str; 7] = ["GET", "POST", "HEAD", "PATCH", "PUT", "DELETE", "OPTIONS"];
const OTHER: &str = "other";

/// The requests of all workers of a server.
#[derive(Debug)]
pub struct RequestFigures {
    routes: Arc<Routes>,
    tables: Mutex<Vec<Arc<Table>>>,
}

/// One worker's counts: one cell for each route and method, made when it is needed first.
#[derive(Debug)]
struct Table(Box<[OnceLock<Box<Cell>>]>);

/// What is counted of one route and method. Only its worker writes to it.
#[derive(Debug, Default)]
struct Cell {
    statuses: [AtomicU64; STATUSES.len() + 1],
    buckets: [AtomicU64; BUCKETS.len() + 1],
    nanoseconds: AtomicU64,
}

/// Where one worker counts. It cannot be shared.
pub(crate) struct Counting {
    table: Arc<Table>,
    only_here: std::marker::PhantomData<*const ()>,
}

impl Default for RequestFigures {
    fn default() -> Self {
        Self { routes: Arc::new(Routes::served()), tables: Mutex::default() }
    }
}

impl RequestFigures {
    /// Shows them in a registry whose names begin with `plenaria`.
    pub fn register(self: &Arc<Self>, registry: &mut Registry) {
        registry.register_collector(Box::new(Arc::clone(self)));
    }

    /// The routes that are told apart.
    pub(crate) fn routes(&self) -> Arc<Routes> {
        Arc::clone(&self.routes)
    }

    /// A table for another worker.
    pub(crate) fn counting(self: &Arc<Self>) -> Counting {
        let cells = self.routes.number() * (METHODS.len() + 1);
        let table = Arc::new(Table((0..cells).map(|_| OnceLock::new()).collect()));
        self.tables.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&table));
        Counting { table, only_here: std::marker::PhantomData }
    }

    /// The sum over all workers for each route and method that was asked for.
    fn sums(&self) -> Vec<Sum> {
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let cells = self.routes.number() * (METHODS.len() + 1);
        let mut sums = Vec::new();
        for index in 0..cells {
            let mut asked = tables.iter().filter_map(|table| table.0.get(index)?.get()).peekable();
            if asked.peek().is_some() {
                let mut sum = Sum { index, ..Sum::default() };
                asked.for_each(|cell| sum.add(cell));
                sums.push(sum);
            }
        }
        sums
    }
}

impl Counting {
    /// Counts an answer: its route and method, and how long it took until the body began.
    pub(crate) fn count(&self, route: Route, method: &Method, status: StatusCode, duration: Duration) {
        let Some(cell) = self.table.0.get(index(route, method)) else { return };
        cell.get_or_init(Box::default).count(status, duration);
    }
}

/// A method's name, if it is one that routes could have.
pub(crate) fn known_method(method: &Method) -> Option<&'static str> {
    METHODS.into_iter().find(|known| *known == method.as_str())
}

/// Where the cell of a route and method is.
fn index(route: Route, method: &Method) -> usize {
    let method = method.as_str();
    let place = METHODS.iter().position(|known| *known == method).unwrap_or(METHODS.len());
    route.index() * (METHODS.len() + 1) + place
}

impl Cell {
    fn count(&self, status: StatusCode, duration: Duration) {
        let status = status.as_u16();
        let status = STATUSES.iter().position(|known| *known == status).unwrap_or(STATUSES.len());
        let micros = duration.as_micros();
        let bucket = BUCKETS.iter().position(|end| micros <= u128::from(*end)).unwrap_or(BUCKETS.len());
        add(&self.statuses[status], 1);
        add(&self.buckets[bucket], 1);
        add(&self.nanoseconds, u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
    }
}

/// Nobody else writes, so what was read is still there.
fn add(counter: &AtomicU64, number: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(number), Ordering::Relaxed);
}

/// What all workers counted of one route and method.
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

    /// Its pattern and its method.
    fn labels<'r>(&self, routes: &'r Routes) -> [(&'static str, &'r str); 2] {
        let (route, method) = (self.index / (METHODS.len() + 1), self.index % (METHODS.len() + 1));
        [("route", routes.pattern(route)), ("method", METHODS.get(method).copied().unwrap_or(OTHER))]
    }
}

impl Collector for RequestFigures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let sums = self.sums();
        let help = "Requests that were answered, by the route's pattern, method and status";
        let mut requests = encoder.encode_descriptor("http_requests", help, None, MetricType::Counter)?;
        for sum in &sums {
            let [route, method] = sum.labels(&self.routes);
            for (place, number) in sum.statuses.iter().enumerate().filter(|(_, number)| **number > 0) {
                let status = STATUSES.get(place).map_or_else(|| OTHER.to_owned(), u16::to_string);
                let labels = [route, method, ("status", status.as_str())];
                ConstCounter::new(*number).encode(requests.encode_family(&labels)?)?;
            }
        }
        let help = "How long answers took, until the body began, by the route's pattern and method";
        let name = "http_request_duration";
        let mut durations = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        for sum in &sums {
            let ends = BUCKETS.iter().map(|micros| f64::from(*micros) / 1e6).chain([f64::INFINITY]);
            let buckets: Vec<(f64, u64)> = ends.zip(sum.buckets).collect();
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
        let figures = Arc::new(RequestFigures::default());
        let (one, two) = (figures.counting(), figures.counting());
        let programme = |counting: &Counting, status, micros| {
            let route = figures.routes.find("/v1/events/hot/programme");
            counting.count(route, &Method::GET, status, Duration::from_micros(micros));
        };
        programme(&one, StatusCode::OK, 60);
        programme(&two, StatusCode::OK, 100);
        programme(&two, StatusCode::NOT_MODIFIED, 31_000_000);
        one.count(figures.routes.find("/v1/nothing/here"), &Method::TRACE, StatusCode::IM_A_TEAPOT, Duration::ZERO);
        let mut registry = Registry::with_prefix("plenaria");
        figures.register(&mut registry);
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
            assert!(text.lines().any(|said| said == line), "{line}\n{text}");
        }
    }
}
