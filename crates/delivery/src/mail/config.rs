//! Settings of the mail worker.

use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use lettre::message::Mailbox;
use plenaria_domain::values::time::Clock;

use crate::mail::content::links::Links;
use crate::mail::transport::memory::MemoryMailbox;
use crate::mail::transport::smtp_server::MailServer;

/// Where messages are delivered.
#[derive(Clone, Debug)]
pub enum Destination {
    /// To an SMTP server.
    Smtp(MailServer),
    /// Into files in this directory.
    Directory(PathBuf),
    /// Into memory, for a sandbox. Subjects begin with [`SANDBOX_PREFIX`].
    Memory(MemoryMailbox),
}

/// What the subjects of a sandbox's messages begin with.
pub const SANDBOX_PREFIX: &str = "[Sandbox] ";

/// Settings of the mail worker.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// The sender's address (`From`).
    pub from: Mailbox,
    /// The addresses and tokens of links in messages.
    pub links: Links,
    /// Where messages are delivered.
    pub destination: Destination,
    /// When reminders are sent, in minutes before the event starts.
    pub reminders: Vec<u32>,
    /// How long delivered and failed messages stay in the log.
    pub log_retention: TimeDelta,
    /// The source of the current time.
    pub clock: Clock,
    /// Time limit for connecting to the mail server; a whole message may take three times as long.
    pub timeout: Duration,
    /// How often the queue is polled when no notification arrives.
    pub poll_interval: Duration,
}

impl MailConfig {
    /// Default of [`Self::timeout`].
    pub const TIMEOUT: Duration = Duration::from_secs(20);
    /// Default of [`Self::poll_interval`].
    pub const POLL_INTERVAL: Duration = Duration::from_secs(1);
}
