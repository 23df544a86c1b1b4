//! Delivers one message, to an SMTP server or into a file.

pub(crate) mod backoff;
pub(crate) mod files;
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

/// How many times the connect timeout a whole message may take.
const MESSAGE_TIMEOUT_FACTOR: u32 = 3;
const NO_RESPONSE: &str = "it does not respond in time";
/// Reply codes that concern the connection or the sender's credentials, not the message.
const SERVER_CODES: [&str; 7] = ["421", "454", "530", "534", "535", "538", "432"];

/// Delivers messages.
pub(crate) enum Transport {
    Smtp(Box<Smtp>),
    Files(PathBuf),
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
        }
    }

    pub(crate) const fn writes_files(&self) -> bool {
        matches!(self, Self::Files(_))
    }

    pub(crate) async fn send(&self, claimed: &ClaimedMessage, message: &Message) -> SendResult {
        match self {
            Self::Smtp(server) => server.send(message).await,
            Self::Files(directory) => match files::write(directory, &files::file_name(claimed), &message.formatted()) {
                Ok(()) => SendResult::Sent,
                Err(_) => SendResult::ServerUnavailable("the mail directory cannot be written to"),
            },
        }
    }

    /// The registrations that there are files about; none with a mail server.
    pub(crate) fn registrations_with_files(&self) -> Vec<RegistrationId> {
        match self {
            Self::Smtp(_) => Vec::new(),
            Self::Files(directory) => files::registration_ids(directory),
        }
    }

    /// Removes the files about erased registrations. Messages that a mail server accepted cannot be recalled.
    pub(crate) fn remove_files(&self, erased: &HashSet<RegistrationId>) {
        let Self::Files(directory) = self else { return };
        if !erased.is_empty()
            && let Err(error) = files::remove(directory, erased)
        {
            tracing::error!(%error, "mail files about erased people could not be removed");
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
