//! The queue of mail: filling it from the feed of changes and with reminders, and handing out what is to be sent.
//!
//! What happens to a registration is not queued by its own transaction, which has better things to do, but read from the
//! feed afterwards. The position in the feed and the messages are written together, so each change is queued once.

mod event_news;
mod queueing;
mod reminders;
mod sending;

use std::collections::HashSet;

use plenaria_domain::ids::{EventId, MessageId, RegistrationId};
use plenaria_domain::message::MessageKind;
use plenaria_domain::time::Instant;

use crate::Store;

/// The queue of mail. Its own writes are not told of: they leave nothing in the outbox. What a crash of the database makes it
/// forget is done again, with the same ids.
#[derive(Clone, Debug)]
pub struct Mail {
    store: Store,
}

impl Mail {
    /// The queue in this store.
    pub fn new(store: &Store) -> Self {
        Self { store: store.unheard().relaxed() }
    }
}

/// What of the feed is to be queued next.
#[derive(Clone, Debug)]
pub struct Ahead {
    /// The position up to which all is queued.
    from: i64,
    /// The position up to which it is to be.
    through: i64,
    /// Who was erased in between.
    pub erased: HashSet<RegistrationId>,
}

/// A message that is this worker's to send for a while.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Names it, however often it is sent.
    pub id: MessageId,
    /// Until when it is this worker's; names the claim.
    pub until: Instant,
    /// What it says.
    pub kind: MessageKind,
    /// About whose registration.
    pub registration: RegistrationId,
    /// For which event.
    pub event: EventId,
    /// When there was something to say.
    pub at: Instant,
    /// How often it has been tried, this time included.
    pub attempts: u32,
    /// What of an event changed.
    pub changed: Vec<String>,
}

/// What came of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A server has it.
    Sent,
    /// It is no longer true, or nobody is there to read it: it goes.
    Dropped,
    /// It is tried again then.
    Retry(Instant),
    /// No server was there; it is tried again then, as if this time had not been.
    Postponed(Instant),
    /// A server refused it for good; the server's code, or a word of ours.
    Refused(String),
}
