//! Messages in memory, for a sandbox, whose callers read them over HTTP.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::values::ids::{EventId, MessageId, RegistrationId};
use plenaria_domain::values::time::Instant;
use plenaria_persistence::mail::ClaimedMessage;

use crate::mail::content::render::MailText;

/// How many messages are stored. A further one replaces the oldest.
const CAPACITY: usize = 1_000;

/// A message in memory.
#[derive(Clone, Debug)]
pub struct StoredMail {
    /// The message's id.
    pub id: MessageId,
    /// The kind of message.
    pub kind: MessageKind,
    /// The registration that it is about.
    pub registration: RegistrationId,
    /// The registration's event.
    pub event: EventId,
    /// When the message's cause happened.
    pub at: Instant,
    /// The recipient and the texts.
    pub text: MailText,
}

/// The newest messages, in the order in which they were sent. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryMailbox(Arc<Mutex<VecDeque<StoredMail>>>);

impl MemoryMailbox {
    /// The newest messages that match a condition, at most `limit`, the newest first.
    pub fn newest(&self, limit: usize, matches: impl Fn(&StoredMail) -> bool) -> Vec<StoredMail> {
        self.lock().iter().rev().filter(|mail| matches(mail)).take(limit).cloned().collect()
    }

    /// Stores a message. A second attempt replaces the first one.
    pub(crate) fn store(&self, claimed: &ClaimedMessage, text: &MailText) {
        let mail = StoredMail {
            id: claimed.id,
            kind: claimed.kind,
            registration: claimed.registration,
            event: claimed.event,
            at: claimed.at,
            text: text.clone(),
        };
        let mut stored = self.lock();
        stored.retain(|other| other.id != mail.id);
        if stored.len() >= CAPACITY {
            stored.pop_front();
        }
        stored.push_back(mail);
    }

    /// Removes the messages about these registrations.
    pub(crate) fn remove(&self, erased: &HashSet<RegistrationId>) {
        self.lock().retain(|mail| !erased.contains(&mail.registration));
    }

    /// The registrations that there are messages about, each once, in order.
    pub(crate) fn registration_ids(&self) -> Vec<RegistrationId> {
        let mut ids: Vec<RegistrationId> = self.lock().iter().map(|mail| mail.registration).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<StoredMail>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use plenaria_domain::values::language::MessageLanguage;

    use super::*;

    fn claimed(registration: RegistrationId, now: Instant) -> ClaimedMessage {
        ClaimedMessage {
            id: MessageId::new(now),
            until: now,
            kind: MessageKind::Registered,
            registration,
            recipient: None,
            event: EventId::new(now),
            at: now,
            attempts: 1,
            changed: Vec::new(),
            since_revision: None,
        }
    }

    fn text(subject: &str) -> MailText {
        MailText {
            to: "ana@example.org".to_owned(),
            language: MessageLanguage::En,
            subject: subject.to_owned(),
            plain: String::new(),
            html: String::new(),
            link: None,
        }
    }

    #[test]
    fn the_newest_messages_are_stored_and_erased_people_have_none() {
        let now = Instant::default();
        let mailbox = MemoryMailbox::default();
        let (ana, bilal) = (RegistrationId::new(now), RegistrationId::new(now));
        let first = claimed(ana, now);
        mailbox.store(&first, &text("first"));
        mailbox.store(&first, &text("first again"));
        assert_eq!(mailbox.newest(9, |_| true).len(), 1);
        for number in 0..CAPACITY {
            mailbox.store(&claimed(bilal, now), &text(&number.to_string()));
        }
        assert_eq!(mailbox.newest(CAPACITY * 2, |_| true).len(), CAPACITY);
        assert_eq!(mailbox.newest(1, |_| true)[0].text.subject, (CAPACITY - 1).to_string());
        assert!(mailbox.newest(1, |mail| mail.registration == ana).is_empty(), "the oldest is gone");
        mailbox.store(&first, &text("third"));
        mailbox.remove(&HashSet::from([bilal]));
        assert_eq!((mailbox.registration_ids(), mailbox.newest(9, |_| true).len()), (vec![ana], 1));
    }
}
