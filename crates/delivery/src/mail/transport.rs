//! Where messages go: to a server, or into files.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::message::GivenUp;
use plenaria_persistence::mail::Claimed;
use url::Url;

use super::{Destination, Settings};

/// What names no mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSmtp {
    /// Its URL.
    #[error("it must begin with smtp:// or smtps:// and name a server")]
    Url,
    /// The authority that is to vouch for it.
    #[error("it must be a certificate in PEM form")]
    Authority,
    /// It is spoken to without TLS, so nobody can vouch for it.
    #[error("it is of use with TLS alone: smtps://, or ?tls=required")]
    InClear,
}

/// A mail server, and who vouches for it.
#[derive(Clone)]
pub struct MailServer {
    /// It may hold a password: never log it.
    url: String,
    authority: Option<Certificate>,
}

impl std::fmt::Debug for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailServer").finish_non_exhaustive()
    }
}

impl MailServer {
    /// The server at this `smtp://` or `smtps://` URL, vouched for by the authorities that browsers know.
    ///
    /// # Errors
    /// It is no such URL.
    pub fn new(url: &str) -> Result<Self, NotSmtp> {
        let server = Self { url: url.to_owned(), authority: None };
        server.builder()?;
        Ok(server)
    }

    /// That server, which this authority (a certificate in PEM form) may vouch for as well.
    ///
    /// # Errors
    /// It is no certificate, or the server is spoken to without TLS.
    pub fn trusting(mut self, authority: &[u8]) -> Result<Self, NotSmtp> {
        // The library takes a file without any for one with none.
        if !authority.windows(CERTIFICATE.len()).any(|part| part == CERTIFICATE) {
            return Err(NotSmtp::Authority);
        }
        self.authority = Some(Certificate::from_pem(authority).map_err(|_| NotSmtp::Authority)?);
        self.builder()?;
        Ok(self)
    }

    fn builder(&self) -> Result<AsyncSmtpTransportBuilder, NotSmtp> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&self.url).map_err(|_| NotSmtp::Url)?;
        let Some(authority) = self.authority.clone() else { return Ok(builder) };
        // The library's own reading of a URL knows no authorities.
        let url = Url::parse(&self.url).map_err(|_| NotSmtp::Url)?;
        let host = url.host_str().ok_or(NotSmtp::Url)?.to_owned();
        let asked = url.query_pairs().find_map(|(name, value)| (name == "tls").then(|| value.into_owned()));
        let when: fn(TlsParameters) -> Tls = match (url.scheme(), asked.as_deref()) {
            ("smtps", _) => Tls::Wrapper,
            (_, Some("required")) => Tls::Required,
            (_, Some(_)) => Tls::Opportunistic,
            (_, None) => return Err(NotSmtp::InClear),
        };
        let tls = TlsParameters::builder(host).add_root_certificate(authority).build();
        Ok(builder.tls(when(tls.map_err(|_| NotSmtp::Authority)?)))
    }
}

/// How many times as long as it may take to be connected a whole message may take.
const COMMANDS: u32 = 3;
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";
const SILENT: &str = "it does not answer in time";
/// Codes that speak of the connection or of who we are, not of the message.
const OF_THE_SERVER: [&str; 7] = ["421", "454", "530", "534", "535", "538", "432"];

/// Where messages go.
pub(super) enum Transport {
    Smtp(Box<Smtp>),
    Files(PathBuf),
}

/// A mail server, and the connections to it that are kept.
pub(super) struct Smtp {
    builder: AsyncSmtpTransportBuilder,
    /// How long one message may take.
    patience: Duration,
    kept: Mutex<AsyncSmtpTransport<Tokio1Executor>>,
}

impl Smtp {
    /// The library limits how long connecting takes, and nothing else. What is cut off in the midst of a message would go
    /// back among the connections that are kept, so all of them go.
    async fn send(&self, message: &Message) -> Verdict {
        let server = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match tokio::time::timeout(self.patience, server.send_raw(message.envelope(), &message.formatted())).await {
            Ok(Ok(_)) => Verdict::Sent,
            Ok(Err(error)) => verdict(&error),
            Err(_) => {
                *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = self.builder.clone().build();
                Verdict::Away(SILENT)
            }
        }
    }
}

/// What a server said of a message.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// It has it.
    Sent,
    /// Never; its code.
    Refused(String),
    /// Not now; its code.
    Later(String),
    /// Nothing: it is not there, or does not let us in. Why, without anybody's data.
    Away(&'static str),
}

impl Transport {
    /// Must be called on the runtime that sends.
    pub(super) fn new(settings: &Settings) -> Result<Self, io::Error> {
        match &settings.destination {
            Destination::Smtp(server) => {
                let builder = server.builder().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
                let builder = builder.timeout(Some(settings.timeout));
                let kept = Mutex::new(builder.clone().build());
                Ok(Self::Smtp(Box::new(Smtp { builder, patience: settings.timeout * COMMANDS, kept })))
            }
            Destination::Directory(directory) => {
                make(directory)?;
                Ok(Self::Files(directory.clone()))
            }
        }
    }

    pub(super) const fn writes_files(&self) -> bool {
        matches!(self, Self::Files(_))
    }

    pub(super) async fn send(&self, claimed: &Claimed, message: &Message) -> Verdict {
        match self {
            Self::Smtp(server) => server.send(message).await,
            Self::Files(directory) => match write(directory, &name(claimed), &message.formatted()) {
                Ok(()) => Verdict::Sent,
                Err(_) => Verdict::Away("the mail directory cannot be written to"),
            },
        }
    }

    /// Whose registrations there are files about; none if there are no files.
    pub(super) fn about(&self) -> Vec<RegistrationId> {
        let Self::Files(directory) = self else { return Vec::new() };
        let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
        let mut ids: Vec<RegistrationId> = entries.filter_map(|entry| registration(&entry.ok()?)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Removes the files of messages about registrations whose people were erased. A server has what it has.
    pub(super) fn forget(&self, gone: &HashSet<RegistrationId>) {
        let Self::Files(directory) = self else { return };
        if !gone.is_empty()
            && let Err(error) = remove(directory, gone)
        {
            tracing::error!(%error, "files of mails about people who were erased could not be removed");
        }
    }
}

/// Tells apart what a server's answer is about.
fn verdict(error: &lettre::transport::smtp::Error) -> Verdict {
    let code = error.status().map(|code| code.to_string());
    match code {
        Some(code) if OF_THE_SERVER.contains(&code.as_str()) => Verdict::Away("it does not let us in"),
        Some(code) if error.is_permanent() => Verdict::Refused(code),
        Some(code) => Verdict::Later(code),
        // What is asked of it it cannot do: an address that is not in ASCII.
        None if error.is_client() => Verdict::Refused(GivenUp::Unsupported.as_str().to_owned()),
        None if error.is_timeout() => Verdict::Away(SILENT),
        None if error.is_tls() => Verdict::Away("it cannot be spoken to in confidence"),
        None => Verdict::Away("it cannot be reached"),
    }
}

/// The message's id, so that a second attempt makes no second file, and the registration's, by which it is found.
fn name(claimed: &Claimed) -> String {
    format!("{}.{}.eml", claimed.id, claimed.registration)
}

fn make(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Whoever looks into the directory sees whole messages alone. Only the owner may read them.
fn write(directory: &Path, name: &str, text: &[u8]) -> io::Result<()> {
    let unfinished = directory.join(format!(".{name}"));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&unfinished)?.write_all(text)?;
    fs::rename(&unfinished, directory.join(name))
}

fn remove(directory: &Path, gone: &HashSet<RegistrationId>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if registration(&entry).is_some_and(|id| gone.contains(&id)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whose registration a file is about; the unfinished ones too.
fn registration(entry: &fs::DirEntry) -> Option<RegistrationId> {
    RegistrationId::parse(entry.file_name().to_str()?.strip_suffix(".eml")?.rsplit_once('.')?.1)
}
