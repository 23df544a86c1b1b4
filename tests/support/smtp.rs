//! A mail server of a test's own: it can refuse, put off, stall, and be away.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mail_parser::MessageParser;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the server does with a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Accepts,
    /// Says nothing any more once it has heard the recipient.
    Stalls,
    /// Answers every recipient with this.
    Says(&'static str),
}

#[derive(Debug)]
struct Shared {
    mood: Mood,
    /// Whoever has this in the address is refused for good.
    unknown: Option<&'static str>,
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

    /// What stands behind `name=` in the link.
    pub fn parameter(&self, name: &str) -> String {
        let (_, link) = self.text.split_once('#').unwrap_or_else(|| panic!("no link: {}", self.text));
        let line = link.lines().next().unwrap_or_default();
        let found = line.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        found.unwrap_or_else(|| panic!("no {name}: {line}")).to_owned()
    }
}

/// The server.
pub struct MailServer {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    serving: Option<JoinHandle<()>>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let shared = Shared { mood: Mood::Accepts, unknown: None, received: Vec::new() };
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
            let mut talks = tokio::task::JoinSet::new();
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let shared = Arc::clone(&shared);
                talks.spawn(async move {
                    let _ = talk(stream, &shared).await;
                });
            }
        }));
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub fn set(&self, mood: Mood) {
        self.shared.lock().unwrap().mood = mood;
    }

    pub fn refuse(&self, part: &'static str) {
        self.shared.lock().unwrap().unknown = Some(part);
    }

    /// Goes away: connections are refused, those that there were are cut.
    pub async fn go(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
    }

    /// Comes back at the same address.
    pub fn come_back(&mut self) {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("an option");
        socket.bind(self.address).expect("the same port");
        self.serve(socket.listen(64).expect("a listener"));
    }

    pub fn received(&self) -> Vec<Mail> {
        self.shared.lock().unwrap().received.clone()
    }

    /// Waits until so many have arrived.
    pub async fn until(&self, number: usize) -> Vec<Mail> {
        for _ in 0..1_200 {
            let received = self.received();
            if received.len() >= number {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("only {:#?} arrived, and not {number}", self.received());
    }

    /// Waits a while in which more could arrive, and expects just so many.
    pub async fn just(&self, number: usize) -> Vec<Mail> {
        self.until(number).await;
        tokio::time::sleep(Duration::from_millis(900)).await;
        let received = self.received();
        assert_eq!(received.len(), number, "{received:#?}");
        received
    }
}

async fn talk(stream: TcpStream, shared: &Mutex<Shared>) -> std::io::Result<()> {
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
        let answer = match command.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-test\r\n250-8BITMIME\r\n250 SIZE 10000000\r\n".to_owned(),
            "RCPT" => {
                let (mood, unknown) = {
                    let shared = shared.lock().unwrap();
                    (shared.mood, shared.unknown)
                };
                match mood {
                    Mood::Stalls => std::future::pending::<String>().await,
                    Mood::Says(answer) => format!("{answer}\r\n"),
                    Mood::Accepts if unknown.is_some_and(|part| line.contains(part)) => {
                        "550 5.1.1 there is nobody of this name\r\n".to_owned()
                    }
                    Mood::Accepts => "250 yes\r\n".to_owned(),
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
        writes.write_all(answer.as_bytes()).await?;
    }
}
