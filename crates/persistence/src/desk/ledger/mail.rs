//! The messages that a batch queues, within the budgets of their mailboxes.

use std::collections::HashMap;

use plenaria_domain::registration::mail_budget::{WINDOW, allows};
use plenaria_domain::registration::message::{MIN_REPEAT_INTERVAL, MessageKind, Requester};
use plenaria_domain::values::time::Instant;
use uuid::Uuid;

use crate::entity::registration::Model;
use crate::entity::{mail_budget, message};
use crate::mail::{budget, enqueue};
use crate::registrations::active_email;

/// A message that was queued for a registration earlier.
#[derive(Clone, Debug)]
pub(crate) struct QueuedBefore {
    pub(crate) kind: String,
    pub(crate) created_at: Instant,
    /// Whether it counts towards the mailbox's budget as a message from the feed.
    pub(crate) counts: bool,
}

/// What is known of a mailbox's budget.
#[derive(Clone, Debug, Default)]
pub(crate) struct Budget {
    /// The times in its stored row; `None` if it has none.
    pub(crate) stored: Option<Vec<Instant>>,
    /// The times of messages from the feed.
    pub(crate) from_feed: Vec<Instant>,
    /// The times that the batch adds.
    added: Vec<Instant>,
}

#[derive(Default)]
pub(crate) struct Mail {
    /// Earlier messages, by registration.
    before: HashMap<Uuid, Vec<QueuedBefore>>,
    /// Budgets by mailbox.
    known_budgets: HashMap<Uuid, Budget>,
    pub(crate) queued: Vec<message::Model>,
    pub(crate) withheld: u64,
}

impl Mail {
    /// Adds a message that was queued earlier.
    pub(crate) fn add_before(&mut self, registration: Uuid, message: QueuedBefore) {
        self.before.entry(registration).or_default().push(message);
    }

    /// Adds what is known of a mailbox's budget.
    pub(crate) fn add_budget(&mut self, mailbox: Uuid, budget: Budget) {
        self.known_budgets.insert(mailbox, budget);
    }

    /// Whether any message was queued for a registration.
    pub(crate) fn was_mailed(&self, registration: Uuid) -> bool {
        self.before.contains_key(&registration)
    }

    /// Queues a message about a registration, in its language; unless one of this kind was queued a moment ago, or the
    /// mailbox's budget is used up.
    pub(crate) fn queue(&mut self, kind: MessageKind, about: &Model, requester: Requester, now: Instant) {
        let is_recent =
            |message: &QueuedBefore| message.kind == kind.as_str() && message.created_at > now - MIN_REPEAT_INTERVAL;
        if self.before.get(&about.id).is_some_and(|before| before.iter().any(is_recent)) {
            return;
        }
        let address = about.active_email.as_deref().map(active_email::address).unwrap_or_default();
        if requester == Requester::Public && !self.try_spend(address, now) {
            self.withheld += 1;
            return;
        }
        self.push(enqueue::message(kind, about, now));
    }

    /// Queues the messages about a changed address: one to the new address, which is that of the row, and one to the former
    /// address. A client caused them, so they do not count against a mailbox's budget.
    pub(crate) fn queue_address_change(&mut self, about: &Model, former_address: &str, now: Instant) {
        self.push(enqueue::message(MessageKind::AddressChanged, about, now));
        let recipient = Some(former_address.to_owned());
        self.push(message::Model { recipient, ..enqueue::message(MessageKind::AddressReplaced, about, now) });
    }

    fn push(&mut self, message: message::Model) {
        if let Some(registration) = message.registration_id {
            let (kind, created_at) = (message.kind.clone(), message.created_at);
            self.add_before(registration, QueuedBefore { kind, created_at, counts: false });
        }
        self.queued.push(message);
    }

    /// Spends one message of an address's budget. Returns `false` if it is used up.
    fn try_spend(&mut self, address: &str, now: Instant) -> bool {
        let budget = self.known_budgets.entry(budget::mailbox_id(address)).or_default();
        let stored = budget.stored.iter().flatten();
        let all: Vec<Instant> = stored.chain(&budget.from_feed).chain(&budget.added).copied().collect();
        let allowed = allows(&all, now);
        if allowed {
            budget.added.push(now);
        }
        allowed
    }

    /// Counts a registration's messages towards its mailbox's budget itself, before the registration is erased or gets
    /// another address, so that they still count.
    pub(crate) fn preserve_usage(&mut self, row: &Model, now: Instant) {
        if row.source != plenaria_domain::registration::PUBLIC_SOURCE {
            return;
        }
        let address = row.active_email.as_deref().or(row.former_email.as_deref()).map(active_email::address);
        let Some(address) = address else { return };
        let counts = |message: &&QueuedBefore| message.counts && message.created_at > now - WINDOW;
        let sent: Vec<Instant> =
            self.before.get(&row.id).into_iter().flatten().filter(counts).map(|m| m.created_at).collect();
        if !sent.is_empty() {
            self.known_budgets.entry(budget::mailbox_id(address)).or_default().added.extend(sent);
        }
    }

    /// Forgets the messages of a registration that is deleted or erased.
    pub(crate) fn forget(&mut self, registration: Uuid) {
        self.queued.retain(|message| message.registration_id != Some(registration));
        self.before.remove(&registration);
    }

    /// The budgets to write: those without a stored row in the order of their ids, and those with one.
    pub(crate) fn budgets(&self) -> (Vec<mail_budget::Model>, Vec<mail_budget::Model>) {
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        for (mailbox, budget) in self.known_budgets.iter().filter(|(_, budget)| !budget.added.is_empty()) {
            let times: Vec<Instant> = budget.stored.iter().flatten().chain(&budget.added).copied().collect();
            let latest = times.iter().copied().max().unwrap_or_default();
            let list = if budget.stored.is_some() { &mut changed } else { &mut new };
            list.push(budget::row(*mailbox, &times, latest));
        }
        new.sort_unstable_by_key(|row: &mail_budget::Model| row.mailbox);
        changed.sort_unstable_by_key(|row: &mail_budget::Model| row.mailbox);
        (new, changed)
    }
}
