//! Sends traces to a collector by OTLP over HTTP (`docs/decisions/0022-traces.md`).

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use reqwest::blocking::Client;

/// Time limit for one request to the collector.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time limit for sending the last spans when the program ends.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends spans, in batches and from a thread of its own.
#[derive(Debug)]
pub(crate) struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends to the collector at this address. The library reads the sampler, its argument and the batch sizes from OpenTelemetry's
    /// standard environment variables.
    pub(crate) fn open(collector: &str) -> anyhow::Result<Self> {
        check_protocol()?;
        let client = client()?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_http_client(client)
            .with_endpoint(format!("{collector}/v1/traces"))
            .build()
            .context("traces cannot be sent")?;
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource());
        Ok(Self(provider.build()))
    }

    pub(crate) fn tracer(&self) -> SdkTracer {
        self.0.tracer("plenaria")
    }

    /// Sends the spans that have not been sent yet.
    pub(crate) fn finish(&self) {
        if let Err(error) = self.0.shutdown_with_timeout(SHUTDOWN_TIMEOUT) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// Rejects the standard's other protocols, which the program does not support: the traces would be lost silently.
fn check_protocol() -> anyhow::Result<()> {
    for name in ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"] {
        match std::env::var(name) {
            Ok(protocol) if !protocol.is_empty() && protocol != "http/protobuf" => {
                bail!("{name} must be “http/protobuf”, and is “{protocol}”.");
            }
            _ => {}
        }
    }
    Ok(())
}

/// The service that spans belong to: `plenaria`, unless the environment sets another name.
fn resource() -> Resource {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let is_named =
        !variable("OTEL_SERVICE_NAME").is_empty() || variable("OTEL_RESOURCE_ATTRIBUTES").contains("service.name=");
    let resource = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    if is_named { resource.build() } else { resource.with_service_name("plenaria").build() }
}

/// An HTTP client that trusts Mozilla's root certificates, independently of the system's. It blocks, so it is used on the
/// library's own thread, and must be built outside of an async runtime.
fn client() -> anyhow::Result<Client> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("traces cannot be sent")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let build = move || {
        let client = Client::builder().tls_backend_preconfigured(tls).no_proxy().referer(false).timeout(EXPORT_TIMEOUT);
        client.redirect(reqwest::redirect::Policy::none()).build()
    };
    let client = thread::spawn(build)
        .join()
        .map_err(|_| anyhow!("traces cannot be sent: the HTTP client could not be built"))?;
    client.context("traces cannot be sent")
}
