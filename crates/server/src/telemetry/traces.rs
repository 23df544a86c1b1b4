//! Traces, sent to a collector by OTLP over HTTP, if there is one (`docs/decisions/0022-traces.md`).

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use reqwest::blocking::Client;

use crate::Failure;

/// How long the collector may take for what it is sent.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long the last spans are waited for when the program ends.
const LAST: Duration = Duration::from_secs(5);

/// What sends spans, in batches and from a thread of its own.
#[derive(Debug)]
pub(crate) struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends to the collector at this address. The sampler, its argument and the sizes of batches are read by the library from
    /// the environment variables of the standard.
    pub(crate) fn open(collector: &str) -> Result<Self, Failure> {
        only_protobuf()?;
        let client = client()?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_http_client(client)
            .with_endpoint(format!("{collector}/v1/traces"))
            .build()
            .map_err(|error| format!("traces cannot be sent: {error}."))?;
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource());
        Ok(Self(provider.build()))
    }

    pub(crate) fn tracer(&self) -> SdkTracer {
        self.0.tracer("plenaria")
    }

    /// Sends what has not been sent yet.
    pub(crate) fn finish(&self) {
        if let Err(error) = self.0.shutdown_with_timeout(LAST) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// Of the protocols of the standard we speak one; to take another for it would lose everything without a word.
fn only_protobuf() -> Result<(), Failure> {
    for name in ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"] {
        match std::env::var(name) {
            Ok(protocol) if !protocol.is_empty() && protocol != "http/protobuf" => {
                return Err(format!("{name} must be “http/protobuf”, and is “{protocol}”."));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whom the spans are of: `plenaria`, unless the environment gives it another name.
fn resource() -> Resource {
    let given = |name: &str| std::env::var(name).unwrap_or_default();
    let is_named =
        !given("OTEL_SERVICE_NAME").is_empty() || given("OTEL_RESOURCE_ATTRIBUTES").contains("service.name=");
    let resource = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    if is_named { resource.build() } else { resource.with_service_name("plenaria").build() }
}

/// A client that trusts Mozilla's roots, wherever it runs. It waits for answers on the library's own thread, and must not be
/// made on one that answers requests.
fn client() -> Result<Client, Failure> {
    let failed = |error: &dyn std::fmt::Display| format!("traces cannot be sent: {error}.");
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let make = move || {
        let client = Client::builder().tls_backend_preconfigured(tls).no_proxy().referer(false).timeout(TIMEOUT);
        client.redirect(reqwest::redirect::Policy::none()).build()
    };
    let made = thread::spawn(make).join().map_err(|_| failed(&"the client could not be made"))?;
    made.map_err(|error| failed(&error))
}
