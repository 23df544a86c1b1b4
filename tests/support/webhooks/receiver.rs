//! An HTTP server that receives webhooks and responds as the test prescribes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request that was received, and the status of its response.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: HashMap<String, String>,
    pub body: String,
    /// 0 if there was no response.
    pub status: u16,
}

/// How the receiver responds.
#[derive(Clone, Debug)]
pub enum Reply {
    Status(u16),
    /// A redirect to this URL.
    Redirect(String),
    /// No response, ever.
    Stall,
    /// 200, after this time.
    Delayed(Duration),
}

type Behaviour = Arc<dyn Fn(&Received) -> Reply + Send + Sync>;

/// A receiver of webhooks.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
    behaviour: Arc<Mutex<Behaviour>>,
}

impl Received {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// The id of the registration that the change is about.
    pub fn registration(&self) -> Option<String> {
        Some(self.json()["data"]["registration"]["id"].as_str()?.to_owned())
    }

    pub fn was_accepted(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether one of its signatures is the one that the official library makes with this secret.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let at = self.headers["webhook-timestamp"].parse().expect("a number");
        let good = Webhook::new(secret).expect("a secret").sign(self.id(), at, self.body.as_bytes()).expect("signed");
        self.headers["webhook-signature"].split(' ').any(|signature| signature == good)
    }
}

impl Receiver {
    /// Starts a receiver that accepts everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/in?from=plenaria", listener.local_addr().expect("an address"));
        let behaviour: Behaviour = Arc::new(|_| Reply::Status(204));
        let receiver = Self { url, received: Arc::default(), behaviour: Arc::new(Mutex::new(behaviour)) };
        let serving = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let receiver = serving.clone();
                tokio::spawn(async move { receiver.serve(stream).await });
            }
        });
        receiver
    }

    /// Sets how it responds from now on.
    pub fn behave(&self, behaviour: impl Fn(&Received) -> Reply + Send + Sync + 'static) {
        *self.behaviour.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(behaviour);
    }

    /// All requests so far.
    pub fn all(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The requests that were answered with a 2xx status.
    pub fn accepted(&self) -> Vec<Received> {
        self.all().into_iter().filter(Received::was_accepted).collect()
    }

    /// Waits until a condition holds of the requests so far; `what` describes it.
    pub async fn wait_until(&self, what: &str, holds: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        for _ in 0..6_000 {
            let all = self.all();
            if holds(&all) {
                return all;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{what}: timed out after {} requests", self.all().len());
    }

    /// Waits until this many requests were accepted.
    pub async fn wait_until_accepted(&self, number: usize) -> Vec<Received> {
        let holds = |all: &[Received]| all.iter().filter(|one| one.was_accepted()).count() >= number;
        let what = format!("{number} should be accepted");
        self.wait_until(&what, holds).await.into_iter().filter(Received::was_accepted).collect()
    }

    async fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let mut received = read(&mut stream).await?;
            let behaviour = Arc::clone(&self.behaviour.lock().unwrap_or_else(PoisonError::into_inner));
            let reply = behaviour(&received);
            let (status, more) = match &reply {
                Reply::Status(status) => (*status, String::new()),
                Reply::Redirect(url) => (302, format!("location: {url}\r\n")),
                Reply::Stall => (0, String::new()),
                Reply::Delayed(_) => (200, String::new()),
            };
            received.status = status;
            if let Reply::Delayed(time) = reply {
                tokio::time::sleep(time).await;
            }
            self.received.lock().unwrap_or_else(PoisonError::into_inner).push(received);
            if status == 0 {
                std::future::pending::<()>().await;
            }
            let body = if status == 204 { "" } else { "said the receiver" };
            let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
            let response = format!("HTTP/1.1 {status} X\r\n{length}{more}\r\n{body}");
            stream.get_mut().write_all(response.as_bytes()).await.ok()?;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut headers = HashMap::new();
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    stream.read_exact(&mut body).await.ok()?;
    Some(Received { headers, body: String::from_utf8(body).ok()?, status: 0 })
}
