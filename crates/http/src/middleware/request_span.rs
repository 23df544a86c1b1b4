//! The request's span for distributed tracing (OpenTelemetry), named after its method and route.
//!
//! A span holds the route's pattern, but neither the path nor the query, and no personal data
//! (`docs/decisions/0022-traces.md`).

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode};
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::Status;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::middleware::metrics::standard_method;

/// Starts the span of a request. `method` is the one that the caller sent, `route` the pattern of the route. If the caller
/// sent a `traceparent`, that is the span's parent (W3C Trace Context).
pub(crate) fn start_span(request: &ServiceRequest, method: &Method, route: &str, id: &str) -> Span {
    // Callers can invent methods, which must not become names of spans.
    let method = standard_method(method).unwrap_or("_OTHER");
    let span = tracing::info_span!(
        "request",
        request_id = %id,
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server"
    );
    if request.headers().contains_key("traceparent") {
        let parent = TraceContextPropagator::new().extract(&Headers(request.headers()));
        // This fails only if no tracing layer is installed, and then there are no spans to attach.
        let _ = span.set_parent(parent);
    }
    span.set_attribute("http.request.method", method);
    span.set_attribute("http.route", route.to_owned());
    span
}

/// Records the response's status. Only server errors mark the span as failed.
pub(crate) fn end_span(span: &Span, status: StatusCode) {
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
}

/// Adapts the framework's headers, which come from another version of `http` than the library expects.
struct Headers<'h>(&'h HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(actix_web::http::header::HeaderName::as_str).collect()
    }
}
