//! One attempt to deliver one webhook over HTTP.

use std::error::Error;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_domain::values::time::{Clock, Instant};
use plenaria_domain::webhook::secret::{SecretSealer, SigningSecret, UnknownSealingKey};
use plenaria_domain::webhook::{AddressPolicy, EndpointUrl};
use plenaria_persistence::webhooks::{ClaimedDelivery, DeliveryOutcome, DeliveryVerdict};
use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use reqwest::redirect::Policy;

use crate::webhooks::config::WebhookConfig;
use crate::webhooks::public_dns::{NoAddress, NotPublic, PublicResolver};
use crate::webhooks::{retry_schedule, signature};

/// Time limit for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How many bytes of a response's body are recorded.
const MAX_EXCERPT: usize = 1024;
/// Time limit for reading the beginning of a response's body, which does not affect the result.
const BODY_TIMEOUT: Duration = Duration::from_secs(2);
/// The `User-Agent` header.
const USER_AGENT_VALUE: &str = "Plenaria-Webhooks/1.0";

/// Why the HTTP client could not be created.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    /// The client cannot be built.
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

/// Sends webhooks.
pub(crate) struct WebhookSender {
    client: Client,
    address_policy: AddressPolicy,
    keys: SecretSealer,
    clock: Clock,
    timeout: Duration,
}

/// The response to an attempt, or why there is none.
#[derive(Default)]
struct Response {
    status: Option<u16>,
    excerpt: Option<String>,
    error: Option<String>,
    /// The delay of the `Retry-After` header.
    retry_after: Option<TimeDelta>,
}

/// An HTTP client that connects to the given host only: no proxy, no redirects, and no addresses that the resolver rejects. It
/// trusts Mozilla's root certificates, independently of the system's.
fn client(resolver: PublicResolver, address_policy: AddressPolicy, timeout: Duration) -> Result<Client, ClientError> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(address_policy == AddressPolicy::PublicOnly)
        .dns_resolver(std::sync::Arc::new(resolver))
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .timeout(timeout)
        .pool_max_idle_per_host(2)
        .pool_idle_timeout(Duration::from_secs(30))
        .build()?;
    Ok(client)
}

impl WebhookSender {
    pub(crate) fn new(config: &WebhookConfig) -> Result<Self, ClientError> {
        Ok(Self {
            client: client(PublicResolver::new(config.address_policy), config.address_policy, config.timeout)?,
            address_policy: config.address_policy,
            keys: config.keys.clone(),
            clock: config.clock.clone(),
            timeout: config.timeout,
        })
    }

    /// Sends a webhook and returns the result.
    pub(crate) async fn send(&self, claimed: ClaimedDelivery) -> DeliveryOutcome {
        let (at, started) = (self.clock.now(), tokio::time::Instant::now());
        let response = self.attempt(&claimed, at).await;
        let duration = started.elapsed();
        let verdict = match response.status {
            Some(200..=299) => DeliveryVerdict::Delivered,
            Some(410) => DeliveryVerdict::Gone,
            _ => retry_schedule::next_attempt(
                claimed.failed_attempts,
                self.clock.now(),
                rand::random(),
                response.retry_after,
            )
            .map_or(DeliveryVerdict::Exhausted, DeliveryVerdict::Retry),
        };
        tracing::debug!(
            endpoint = %claimed.endpoint, delivery = %claimed.id, status = response.status, error = response.error,
            ms = duration.as_millis(), "a webhook was sent"
        );
        DeliveryOutcome {
            id: claimed.id,
            endpoint: claimed.endpoint,
            claim: claimed.claim,
            at,
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            url: claimed.url,
            status: response.status,
            response_body: response.excerpt,
            error: response.error,
            verdict,
        }
    }

    async fn attempt(&self, claimed: &ClaimedDelivery, at: Instant) -> Response {
        let failed = |error: &str| Response { error: Some(error.to_owned()), ..Response::default() };
        // The policy may have changed since the endpoint was created, and IP addresses in URLs are not resolved.
        let Ok(url) = EndpointUrl::parse(&claimed.url, self.address_policy) else {
            return failed("the address is not one that webhooks are sent to");
        };
        let secrets = match self.secrets(claimed, at) {
            Ok(secrets) => secrets,
            Err(error) => {
                tracing::error!(endpoint = %claimed.endpoint, %error, "a webhook cannot be signed");
                return failed("the message could not be signed");
            }
        };
        let (id, timestamp) = (claimed.change.to_string(), at.timestamp());
        let signature = signature::sign(&secrets, &id, timestamp, &claimed.payload);
        let request = self
            .client
            .post(url.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, USER_AGENT_VALUE)
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(claimed.payload.clone());
        match request.send().await {
            Ok(response) => read(response).await,
            Err(error) => failed(&self.explain(&error)),
        }
    }

    /// The secrets that sign: the newest first, then the previous one until it expires.
    fn secrets(&self, claimed: &ClaimedDelivery, at: Instant) -> Result<Vec<SigningSecret>, UnknownSealingKey> {
        let previous = claimed.previous.iter().filter(|(_, until)| at < *until).map(|(sealed, _)| sealed);
        std::iter::once(&claimed.secret).chain(previous).map(|s| self.keys.open(claimed.endpoint, s)).collect()
    }

    /// Why there was no response, in words for the endpoint's operator.
    fn explain(&self, error: &reqwest::Error) -> String {
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if error.is::<NotPublic>() || error.is::<NoAddress>() {
                return error.to_string();
            }
            if let Some(tls) = error.downcast_ref::<rustls::Error>() {
                return format!("TLS failed: {tls}").chars().take(200).collect();
            }
            // An I/O error's `source` skips the error that it wraps.
            let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
            cause = wrapped.map(|error| error as &(dyn Error + 'static)).or_else(|| error.source());
        }
        if error.is_timeout() {
            return format!("there was no response within {} seconds", self.timeout.as_secs_f32());
        }
        if error.is_connect() {
            "no connection could be made"
        } else {
            "the connection broke before there was a response"
        }
        .to_owned()
    }
}

/// Reads the status and the beginning of the body.
async fn read(mut response: reqwest::Response) -> Response {
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.trim().parse::<u32>().ok());
    let mut bytes = Vec::new();
    let beginning = async {
        while bytes.len() < MAX_EXCERPT {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk[..chunk.len().min(MAX_EXCERPT - bytes.len())]),
                _ => return,
            }
        }
    };
    let _ = tokio::time::timeout(BODY_TIMEOUT, beginning).await;
    let printable = |c: char| if c.is_control() && !matches!(c, '\n' | '\t') { ' ' } else { c };
    let error = status.is_redirection().then(|| "redirects are not followed".to_owned());
    Response {
        status: Some(status.as_u16()),
        excerpt: Some(String::from_utf8_lossy(&bytes).chars().map(printable).collect()),
        error,
        retry_after: retry_after.map(|seconds| TimeDelta::seconds(seconds.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenaria_domain::values::ids::{ChangeId, DeliveryId, EndpointId};
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    fn config(address_policy: AddressPolicy) -> WebhookConfig {
        WebhookConfig {
            public_url: "https://api.example.org".to_owned(),
            keys: SecretSealer::new([1; 32], []),
            address_policy,
            clock: Clock::manual(Instant::default()),
            timeout: Duration::from_millis(500),
            poll_interval: WebhookConfig::POLL_INTERVAL,
        }
    }

    fn claimed(url: &str) -> ClaimedDelivery {
        let endpoint = EndpointId::new(Instant::default());
        ClaimedDelivery {
            id: DeliveryId::new(Instant::default()),
            endpoint,
            claim: endpoint.0,
            change: ChangeId::new(Instant::default()),
            url: url.to_owned(),
            payload: "{}".to_owned(),
            failed_attempts: 0,
            secret: SecretSealer::new([1; 32], []).seal(endpoint, &SigningSecret::from_random([2; 32]), [3; 24]),
            previous: None,
        }
    }

    /// The error of an attempt that got no response.
    async fn error_of(url: &str, address_policy: AddressPolicy) -> String {
        let outcome = WebhookSender::new(&config(address_policy)).unwrap().send(claimed(url)).await;
        assert_eq!((outcome.status, outcome.url.as_str()), (None, url));
        assert!(matches!(outcome.verdict, DeliveryVerdict::Retry(_)));
        outcome.error.unwrap()
    }

    #[tokio::test]
    async fn errors_are_explained() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ports = [&silent, &plain].map(|listener| listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = plain.accept().await {
                let _ = stream.write_all(b"this is not TLS, nor is it HTTP\r\n\r\n").await;
            }
        });
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        for (url, words) in [
            (format!("http://127.0.0.1:{}/", ports[0]), "no response within 0.5 seconds"),
            (format!("https://127.0.0.1:{}/", ports[1]), "TLS failed"),
            (format!("http://127.0.0.1:{}/", ports[1]), "the connection broke"),
            (format!("http://127.0.0.1:{closed}/"), "no connection"),
            ("http://no-such-name.invalid/".to_owned(), "cannot be looked up"),
        ] {
            let error = error_of(&url, AddressPolicy::Any).await;
            assert!(error.contains(words), "{url}: {error}");
        }
        // An endpoint that was created while private addresses were allowed gets no more requests.
        for url in ["http://example.org/", "https://127.0.0.1/", "https://[::1]/", "https://localhost/"] {
            assert_eq!(
                error_of(url, AddressPolicy::PublicOnly).await,
                "the address is not one that webhooks are sent to"
            );
        }
    }

    #[tokio::test]
    async fn a_name_with_a_private_address_gets_no_request() {
        let private = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = private.local_addr().unwrap();
        let is_called = async |address_policy| {
            let resolver = PublicResolver::with_fixed_address(address_policy, address);
            let client = client(resolver, address_policy, Duration::from_secs(5)).unwrap();
            let url = format!("https://hooks.example.org:{}/", address.port());
            tokio::select! {
                _ = private.accept() => true,
                response = client.post(url).send() => { response.unwrap_err(); false }
            }
        };
        assert!(!is_called(AddressPolicy::PublicOnly).await);
        assert!(is_called(AddressPolicy::Any).await);
    }
}
