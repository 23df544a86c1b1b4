//! Counts requests and their durations by route, method and status, for Prometheus.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use utoipa::openapi::OpenApi;

use crate::middleware::route_patterns::{RouteId, RoutePatterns};

/// Upper bounds of the histogram's buckets, in seconds. A long poll takes up to 30 s.
const BUCKETS: [f64; 14] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
/// Methods that have a label of their own; all others, which callers may invent, are [`OTHER`].
const METHODS: [&str; 7] = ["GET", "POST", "HEAD", "PATCH", "PUT", "DELETE", "OPTIONS"];
const OTHER: &str = "other";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: Arc<str>,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: Arc<str>,
    method: &'static str,
}

/// The metrics of a server's requests. The number of label values is bounded by the routes and the statuses of the program.
#[derive(Debug)]
pub struct RequestMetrics {
    routes: Arc<RoutePatterns>,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    availability_streams: Gauge,
}

impl RequestMetrics {
    /// Metrics for the routes of this specification and of these pages ([`crate::pages::Pages::paths`]).
    pub fn new(document: &OpenApi, pages: &[(&str, &str)]) -> Self {
        Self {
            routes: Arc::new(RoutePatterns::of(document, pages)),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            availability_streams: Gauge::default(),
        }
    }

    /// Adds the metrics to a registry, whose prefix is expected to be `plenaria`.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Completed requests, by the route's pattern, method and status";
        registry.register("http_requests", help, self.requests.clone());
        let help = "Time until a response's body begins, by the route's pattern and method";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, self.durations.clone());
        registry.register("availability_streams", "Open streams of live seats", self.availability_streams.clone());
    }

    /// The number of open streams of live seats.
    pub fn availability_streams(&self) -> Gauge {
        self.availability_streams.clone()
    }

    /// The routes by which requests are counted.
    pub(crate) fn routes(&self) -> Arc<RoutePatterns> {
        Arc::clone(&self.routes)
    }

    /// Counts a request. Its duration ends when the body begins.
    pub(crate) fn count(&self, route: RouteId, method: &Method, status: StatusCode, duration: Duration) {
        let (route, method) = (self.routes.label(route), standard_method(method).unwrap_or(OTHER));
        let labels = RouteLabels { route: Arc::clone(&route), method };
        self.durations.get_or_create(&labels).observe(duration.as_secs_f64());
        self.requests.get_or_create(&RequestLabels { route, method, status: status.as_u16() }).inc();
    }
}

/// The method's name, if it is one that routes can have.
pub(crate) fn standard_method(method: &Method) -> Option<&'static str> {
    METHODS.into_iter().find(|standard| *standard == method.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_method_and_status() {
        let metrics = RequestMetrics::new(crate::openapi::document(), &[]);
        let programme = |status, micros| {
            let route = metrics.routes.find("/v1/events/hot/programme");
            metrics.count(route, &Method::GET, status, Duration::from_micros(micros));
        };
        programme(StatusCode::OK, 60);
        programme(StatusCode::OK, 100);
        programme(StatusCode::NOT_MODIFIED, 31_000_000);
        metrics.count(metrics.routes.find("/v1/nothing/here"), &Method::TRACE, StatusCode::NOT_FOUND, Duration::ZERO);
        let mut registry = Registry::with_prefix("plenaria");
        metrics.register(&mut registry);
        let mut text = String::new();
        prometheus_client::encoding::prometheus_text::encode(&mut text, &registry).unwrap();
        let labels = "route=\"/v1/events/{event}/programme\",method=\"GET\"";
        for line in [
            format!("plenaria_http_requests_total{{{labels},status=\"200\"}} 2"),
            format!("plenaria_http_requests_total{{{labels},status=\"304\"}} 1"),
            "plenaria_http_requests_total{route=\"none\",method=\"other\",status=\"404\"} 1".to_owned(),
            format!("plenaria_http_request_duration_seconds_bucket{{{labels},le=\"0.0001\"}} 2"),
            format!("plenaria_http_request_duration_seconds_bucket{{{labels},le=\"30\"}} 2"),
            format!("plenaria_http_request_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 3"),
            format!("plenaria_http_request_duration_seconds_count{{{labels}}} 3"),
        ] {
            assert!(text.lines().any(|written| written == line), "{line}\n{text}");
        }
    }
}
