//! A trace's part of a request: its span, named by method and route, below that of the caller. Nothing of the address but its
//! pattern, no query, and nobody's data (`docs/decisions/0022-traces.md`).

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode};
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::Status;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::figures;

/// The span of a request, of this method before it was changed and of the route with this pattern. A caller's `traceparent`
/// is its parent.
pub(crate) fn begin(request: &ServiceRequest, method: &Method, route: &str, id: &str) -> Span {
    // What callers make up is not a method.
    let method = figures::known_method(method).unwrap_or("_OTHER");
    let span = tracing::info_span!(
        "request",
        request_id = %id,
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server"
    );
    if request.headers().contains_key("traceparent") {
        let caller = TraceContextPropagator::new().extract(&Headers(request.headers()));
        // Without a layer for traces there is nothing to be below.
        let _ = span.set_parent(caller);
    }
    span.set_attribute("http.request.method", method);
    span.set_attribute("http.route", route.to_owned());
    span
}

/// What came of it. A caller's mistake is not an error of the server's.
pub(crate) fn end(span: &Span, status: StatusCode) {
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
}

/// The framework's headers, which are of another version of `http` than the library's.
struct Headers<'h>(&'h HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(actix_web::http::header::HeaderName::as_str).collect()
    }
}
