//! One attempt to deliver one message.

use std::error::Error;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_domain::time::{Clock, Instant};
use plenaria_domain::webhook::secret::{ForeignSeal, Seals, SigningSecret};
use plenaria_domain::webhook::{EndpointUrl, Reach};
use plenaria_persistence::webhooks::{Claimed, Outcome, Verdict};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use super::guard::{Guard, NoAddress, NotPublic};
use super::{Settings, schedule, signature};

/// How long it may take to be connected.
const CONNECT: Duration = Duration::from_secs(5);
/// How much of an answer is kept, in bytes.
const ANSWER: usize = 1024;
/// How long the beginning of an answer's body is waited for; what counts is its status.
const BODY: Duration = Duration::from_secs(2);
/// How the worker names itself.
const AGENT: &str = "Plenaria-Webhooks/1.0";

/// Why there is no client for HTTP.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    /// The client cannot be made.
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

/// Sends messages.
pub(super) struct Sender {
    client: Client,
    reach: Reach,
    seals: Seals,
    clock: Clock,
    timeout: Duration,
}

/// What came back.
#[derive(Default)]
struct Answer {
    status: Option<u16>,
    text: Option<String>,
    error: Option<String>,
    /// How long the endpoint wants to be left alone.
    asked: Option<TimeDelta>,
}

/// A client that calls whom it is told to and nobody else: no proxy, no redirect, no name that the guard refuses. The roots
/// that it trusts are Mozilla's, wherever it runs.
pub(super) fn client(guard: Guard, reach: Reach, timeout: Duration) -> Result<Client, ClientError> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(reach == Reach::Public)
        .dns_resolver(std::sync::Arc::new(guard))
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT.min(timeout))
        .timeout(timeout)
        .pool_max_idle_per_host(2)
        .pool_idle_timeout(Duration::from_secs(30))
        .build()?;
    Ok(client)
}

impl Sender {
    pub(super) fn new(settings: &Settings) -> Result<Self, ClientError> {
        Ok(Self {
            client: client(Guard::new(settings.reach), settings.reach, settings.timeout)?,
            reach: settings.reach,
            seals: settings.seals.clone(),
            clock: settings.clock.clone(),
            timeout: settings.timeout,
        })
    }

    /// Sends a message and says what came of it.
    pub(super) async fn send(&self, claimed: Claimed) -> Outcome {
        let (at, begun) = (self.clock.now(), tokio::time::Instant::now());
        let answer = self.attempt(&claimed, at).await;
        let duration = begun.elapsed();
        let verdict = match answer.status {
            Some(200..=299) => Verdict::Delivered,
            Some(410) => Verdict::Gone,
            _ => schedule::next(claimed.tries, self.clock.now(), rand::random(), answer.asked)
                .map_or(Verdict::Exhausted, Verdict::Retry),
        };
        tracing::debug!(
            endpoint = %claimed.endpoint, delivery = %claimed.id, status = answer.status, error = answer.error,
            ms = duration.as_millis(), "a webhook was sent"
        );
        Outcome {
            id: claimed.id,
            endpoint: claimed.endpoint,
            claim: claimed.claim,
            at,
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            url: claimed.url,
            status: answer.status,
            answer: answer.text,
            error: answer.error,
            verdict,
        }
    }

    async fn attempt(&self, claimed: &Claimed, at: Instant) -> Answer {
        let failed = |error: &str| Answer { error: Some(error.to_owned()), ..Answer::default() };
        // What was allowed when the endpoint was made may not be now; addresses in figures come past no look-up.
        let Ok(url) = EndpointUrl::parse(&claimed.url, self.reach) else {
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
            .header(USER_AGENT, AGENT)
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(claimed.payload.clone());
        match request.send().await {
            Ok(response) => read(response).await,
            Err(error) => failed(&self.explain(&error)),
        }
    }

    /// The newest secret first; the one before while it lasts.
    fn secrets(&self, claimed: &Claimed, at: Instant) -> Result<Vec<SigningSecret>, ForeignSeal> {
        let previous = claimed.previous.iter().filter(|(_, until)| at < *until).map(|(sealed, _)| sealed);
        std::iter::once(&claimed.secret).chain(previous).map(|s| self.seals.open(claimed.endpoint, s)).collect()
    }

    /// Why there was no answer, in words for people.
    fn explain(&self, error: &reqwest::Error) -> String {
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if error.is::<NotPublic>() || error.is::<NoAddress>() {
                return error.to_string();
            }
            if let Some(tls) = error.downcast_ref::<rustls::Error>() {
                return format!("TLS failed: {tls}").chars().take(200).collect();
            }
            // What an I/O error wraps is not its source, but stands in its place.
            let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
            cause = wrapped.map(|error| error as &(dyn Error + 'static)).or_else(|| error.source());
        }
        if error.is_timeout() {
            return format!("there was no answer within {} seconds", self.timeout.as_secs_f32());
        }
        if error.is_connect() {
            "no connection could be made"
        } else {
            "the connection broke before there was an answer"
        }
        .to_owned()
    }
}

/// The status, and the beginning of the body.
async fn read(mut response: Response) -> Answer {
    let status = response.status();
    let asked = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.trim().parse::<u32>().ok());
    let mut bytes = Vec::new();
    let beginning = async {
        while bytes.len() < ANSWER {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk[..chunk.len().min(ANSWER - bytes.len())]),
                _ => return,
            }
        }
    };
    let _ = tokio::time::timeout(BODY, beginning).await;
    let shown = |c: char| if c.is_control() && !matches!(c, '\n' | '\t') { ' ' } else { c };
    let error = status.is_redirection().then(|| "redirects are not followed".to_owned());
    Answer {
        status: Some(status.as_u16()),
        text: Some(String::from_utf8_lossy(&bytes).chars().map(shown).collect()),
        error,
        asked: asked.map(|seconds| TimeDelta::seconds(seconds.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenaria_domain::ids::{ChangeId, DeliveryId, EndpointId};
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    fn settings(reach: Reach) -> Settings {
        Settings {
            public_url: "https://api.example.org".to_owned(),
            seals: Seals::new([1; 32], []),
            reach,
            clock: Clock::manual(Instant::default()),
            timeout: Duration::from_millis(500),
            poll: Settings::POLL,
        }
    }

    fn claimed(url: &str) -> Claimed {
        let endpoint = EndpointId::new(Instant::default());
        Claimed {
            id: DeliveryId::new(Instant::default()),
            endpoint,
            claim: endpoint.0,
            change: ChangeId::new(Instant::default()),
            url: url.to_owned(),
            payload: "{}".to_owned(),
            tries: 0,
            secret: Seals::new([1; 32], []).seal(endpoint, &SigningSecret::from_random([2; 32]), [3; 24]),
            previous: None,
        }
    }

    /// What is told of an attempt that got no answer.
    async fn told(url: &str, reach: Reach) -> String {
        let outcome = Sender::new(&settings(reach)).unwrap().send(claimed(url)).await;
        assert_eq!((outcome.status, outcome.url.as_str()), (None, url));
        assert!(matches!(outcome.verdict, Verdict::Retry(_)));
        outcome.error.unwrap()
    }

    #[tokio::test]
    async fn what_went_wrong_is_told_in_words() {
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
            (format!("http://127.0.0.1:{}/", ports[0]), "no answer within 0.5 seconds"),
            (format!("https://127.0.0.1:{}/", ports[1]), "TLS failed"),
            (format!("http://127.0.0.1:{}/", ports[1]), "the connection broke"),
            (format!("http://127.0.0.1:{closed}/"), "no connection"),
            ("http://no-such-name.invalid/".to_owned(), "cannot be looked up"),
        ] {
            let told = told(&url, Reach::Anywhere).await;
            assert!(told.contains(words), "{url}: {told}");
        }
        // What was made while private addresses were allowed is not called any more.
        for url in ["http://example.org/", "https://127.0.0.1/", "https://[::1]/", "https://localhost/"] {
            assert_eq!(told(url, Reach::Public).await, "the address is not one that webhooks are sent to");
        }
    }
}
