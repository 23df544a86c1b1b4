//! Delivers one message, to an SMTP server, into a file or into memory.

pub(crate) mod backoff;
pub(crate) mod files;
pub mod memory;
pub mod smtp_server;

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use plenaria_domain::registration::message::MailFailure;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_persistence::mail::ClaimedMessage;

use crate::mail::config::{Destination, MailConfig};
use crate::mail::content::render::RenderedMail;
use crate::mail::transport::memory::MemoryMailbox;

/// How many times the connect timeout a whole message may take.
const MESSAGE_TIMEOUT_FACTOR: u32 = 3;
const NO_RESPONSE: &str = "it does not respond in time";
/// Reply codes that concern the connection or the sender's credentials, not the message.
const SERVER_CODES: [&str; 7] = ["421", "454", "530", "534", "535", "538", "432"];

/// Delivers messages.
pub(crate) enum Transport {
    Smtp(Box<Smtp>),
    Files(PathBuf),
    Memory(MemoryMailbox),
}

/// A mail server, and the pool of connections to it.
pub(crate) struct Smtp {
    builder: AsyncSmtpTransportBuilder,
    /// Time limit for one message.
    timeout: Duration,
    pool: Mutex<AsyncSmtpTransport<Tokio1Executor>>,
}

impl Smtp {
    /// Sends one message. The library limits the time for connecting only, so the whole is limited here. A connection that
    /// is cut off in the middle of a message would return to the pool, so a timeout replaces the pool.
    async fn send(&self, message: &Message) -> SendResult {
        let server = self.pool.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match tokio::time::timeout(self.timeout, server.send_raw(message.envelope(), &message.formatted())).await {
            Ok(Ok(_)) => SendResult::Sent,
            Ok(Err(error)) => classify(&error),
            Err(_) => {
                *self.pool.lock().unwrap_or_else(PoisonError::into_inner) = self.builder.clone().build();
                SendResult::ServerUnavailable(NO_RESPONSE)
            }
        }
    }
}

/// The result of one attempt to send a message.
#[derive(Clone, Debug)]
pub(crate) enum SendResult {
    /// The server accepted the message.
    Sent,
    /// The server rejected the message for good, with this code.
    Rejected(String),
    /// The server rejected the message for now, with this code.
    Deferred(String),
    /// The server is down or rejects our credentials; the reason, without personal data.
    ServerUnavailable(&'static str),
}

impl Transport {
    /// A transport for this configuration. Call it on the runtime that sends.
    pub(crate) fn new(config: &MailConfig) -> Result<Self, io::Error> {
        match &config.destination {
            Destination::Smtp(server) => {
                let builder = server.builder().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
                let builder = builder.timeout(Some(config.timeout));
                let pool = Mutex::new(builder.clone().build());
                Ok(Self::Smtp(Box::new(Smtp { builder, timeout: config.timeout * MESSAGE_TIMEOUT_FACTOR, pool })))
            }
            Destination::Directory(directory) => {
                files::create_directory(directory)?;
                Ok(Self::Files(directory.clone()))
            }
            Destination::Memory(mailbox) => Ok(Self::Memory(mailbox.clone())),
        }
    }

    /// Whether delivered messages stay with this program, from which those about erased people are removed.
    pub(crate) const fn stores_messages(&self) -> bool {
        matches!(self, Self::Files(_) | Self::Memory(_))
    }

    pub(crate) async fn send(&self, claimed: &ClaimedMessage, mail: &RenderedMail) -> SendResult {
        match self {
            Self::Smtp(server) => server.send(&mail.message).await,
            Self::Files(directory) => {
                match files::write(directory, &files::file_name(claimed), &mail.message.formatted()) {
                    Ok(()) => SendResult::Sent,
                    Err(_) => SendResult::ServerUnavailable("the mail directory cannot be written to"),
                }
            }
            Self::Memory(mailbox) => {
                mailbox.store(claimed, &mail.text);
                SendResult::Sent
            }
        }
    }

    /// The registrations that there are stored messages about; none with a mail server.
    pub(crate) fn registrations_with_messages(&self) -> Vec<RegistrationId> {
        match self {
            Self::Smtp(_) => Vec::new(),
            Self::Files(directory) => files::registration_ids(directory),
            Self::Memory(mailbox) => mailbox.registration_ids(),
        }
    }

    /// Removes the stored messages about erased registrations. Messages that a mail server accepted cannot be recalled.
    pub(crate) fn remove_messages(&self, erased: &HashSet<RegistrationId>) {
        if erased.is_empty() {
            return;
        }
        match self {
            Self::Smtp(_) => {}
            Self::Files(directory) => {
                if let Err(error) = files::remove(directory, erased) {
                    tracing::error!(%error, "mail files about erased people could not be removed");
                }
            }
            Self::Memory(mailbox) => mailbox.remove(erased),
        }
    }
}

/// Tells whether an error concerns the message or the server.
fn classify(error: &lettre::transport::smtp::Error) -> SendResult {
    let code = error.status().map(|code| code.to_string());
    match code {
        Some(code) if SERVER_CODES.contains(&code.as_str()) => {
            SendResult::ServerUnavailable("it rejects the connection or the credentials")
        }
        Some(code) if error.is_permanent() => SendResult::Rejected(code),
        Some(code) => SendResult::Deferred(code),
        // The server lacks a feature that the message needs: an address that is not ASCII.
        None if error.is_client() => SendResult::Rejected(MailFailure::Unsupported.as_str().to_owned()),
        None if error.is_timeout() => SendResult::ServerUnavailable(NO_RESPONSE),
        None if error.is_tls() => SendResult::ServerUnavailable("TLS failed"),
        None => SendResult::ServerUnavailable("it cannot be reached"),
    }
}
