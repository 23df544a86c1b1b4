//! An SMTP server that can reject recipients, defer them, stall, and be unavailable.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mail_parser::MessageParser;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the server replies to `RCPT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecipientPolicy {
    Accept,
    /// It never replies.
    Stall,
    /// It replies with this to every recipient.
    Reply(&'static str),
}

#[derive(Debug)]
struct Shared {
    policy: RecipientPolicy,
    /// Recipients whose address contains this are rejected permanently.
    rejected: Option<&'static str>,
    received: Vec<Mail>,
}

/// A message that arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub id: String,
    pub text: String,
    /// The calendar's method, and the calendar.
    pub calendar: Option<(String, String)>,
}

impl Mail {
    pub fn read(bytes: &[u8]) -> Self {
        let message = MessageParser::default().parse(bytes).expect("a message");
        let calendar = message.parts.iter().find_map(|part| {
            use mail_parser::MimeHeaders as _;
            let kind = part.content_type()?;
            let method = kind.attribute("method")?.to_owned();
            Some((method, part.text_contents()?.to_owned()))
        });
        Self {
            to: message.to().and_then(|to| to.first()?.address().map(str::to_owned)).expect("a recipient"),
            subject: message.subject().expect("a subject").to_owned(),
            id: message.message_id().expect("an id").to_owned(),
            text: message.body_text(0).expect("a text").into_owned(),
            calendar,
        }
    }

    /// The value of a parameter in the link's fragment.
    pub fn parameter(&self, name: &str) -> String {
        let (_, link) = self.text.split_once('#').unwrap_or_else(|| panic!("no link: {}", self.text));
        let line = link.lines().next().unwrap_or_default();
        let found = line.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        found.unwrap_or_else(|| panic!("no {name}: {line}")).to_owned()
    }
}

/// A running server.
pub struct MailServer {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    serving: Option<JoinHandle<()>>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let shared = Shared { policy: RecipientPolicy::Accept, rejected: None, received: Vec::new() };
        let mut server = Self {
            address: listener.local_addr().expect("an address"),
            shared: Arc::new(Mutex::new(shared)),
            serving: None,
        };
        server.serve(listener);
        server
    }

    fn serve(&mut self, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        self.serving = Some(tokio::spawn(async move {
            let mut sessions = tokio::task::JoinSet::new();
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let shared = Arc::clone(&shared);
                sessions.spawn(async move {
                    let _ = session(stream, &shared).await;
                });
            }
        }));
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub fn set_policy(&self, policy: RecipientPolicy) {
        self.shared.lock().unwrap().policy = policy;
    }

    /// Rejects recipients whose address contains this text.
    pub fn reject(&self, part: &'static str) {
        self.shared.lock().unwrap().rejected = Some(part);
    }

    /// Cuts all connections and refuses new ones.
    pub async fn stop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
    }

    /// Accepts connections again, at the same address.
    pub fn restart(&mut self) {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("an option");
        socket.bind(self.address).expect("the same port");
        self.serve(socket.listen(64).expect("a listener"));
    }

    pub fn received(&self) -> Vec<Mail> {
        self.shared.lock().unwrap().received.clone()
    }

    /// Waits until at least this many messages have arrived.
    pub async fn wait_for(&self, number: usize) -> Vec<Mail> {
        for _ in 0..1_200 {
            let received = self.received();
            if received.len() >= number {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("only {:#?} arrived, and not {number}", self.received());
    }

    /// Waits until exactly this many messages have arrived, and that no more follow within 900 ms.
    pub async fn wait_for_exactly(&self, number: usize) -> Vec<Mail> {
        self.wait_for(number).await;
        tokio::time::sleep(Duration::from_millis(900)).await;
        let received = self.received();
        assert_eq!(received.len(), number, "{received:#?}");
        received
    }
}

async fn session(stream: TcpStream, shared: &Mutex<Shared>) -> std::io::Result<()> {
    let (reads, mut writes) = stream.into_split();
    let mut lines = BufReader::new(reads);
    writes.write_all(b"220 test ESMTP\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim().to_ascii_uppercase();
        let response = match command.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-test\r\n250-8BITMIME\r\n250 SIZE 10000000\r\n".to_owned(),
            "RCPT" => {
                let (policy, rejected) = {
                    let shared = shared.lock().unwrap();
                    (shared.policy, shared.rejected)
                };
                match policy {
                    RecipientPolicy::Stall => std::future::pending::<String>().await,
                    RecipientPolicy::Reply(response) => format!("{response}\r\n"),
                    RecipientPolicy::Accept if rejected.is_some_and(|part| line.contains(part)) => {
                        "550 5.1.1 there is nobody of this name\r\n".to_owned()
                    }
                    RecipientPolicy::Accept => "250 yes\r\n".to_owned(),
                }
            }
            "DATA" => {
                writes.write_all(b"354 go on\r\n").await?;
                let mut message = String::new();
                loop {
                    line.clear();
                    if lines.read_line(&mut line).await? == 0 {
                        return Ok(());
                    }
                    if line == ".\r\n" {
                        break;
                    }
                    message.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                shared.lock().unwrap().received.push(Mail::read(message.as_bytes()));
                "250 taken\r\n".to_owned()
            }
            "QUIT" => {
                writes.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 fine\r\n".to_owned(),
        };
        writes.write_all(response.as_bytes()).await?;
    }
}
