//! The HTTP client of the tests.

use std::sync::Arc;
use std::time::Duration;

/// A client for plain HTTP. The program brings its own root certificates, so reqwest is built without any and would
/// otherwise load the system's here.
pub fn http() -> reqwest::Client {
    builder().build().expect("a client")
}

/// A client that returns redirects instead of following them.
pub fn http_without_redirects() -> reqwest::Client {
    builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client")
}

fn builder() -> reqwest::ClientBuilder {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let builder = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy();
    builder.timeout(Duration::from_mins(1))
}
