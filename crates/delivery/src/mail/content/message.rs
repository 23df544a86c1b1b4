//! What a message is made of.

use plenaria_domain::event::Event;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::registration::Registration;
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::MessageId;
use plenaria_domain::values::language::{Language, MessageLanguage};
use plenaria_domain::values::time::Instant;
use plenaria_locale::words;
use plenaria_locale::words::mail::model::Mail;

/// The content of a message.
#[derive(Clone, Copy, Debug)]
pub struct MailContent<'a> {
    /// The message's id; the same at every attempt.
    pub id: MessageId,
    /// The kind of message.
    pub kind: MessageKind,
    /// The address, if it is not the registration's current one.
    pub recipient: Option<&'a EmailAddress>,
    /// When the message's cause happened; the `Date` header.
    pub at: Instant,
    /// The parts of the event that changed: `time`, `programme`, `place`.
    pub changed: &'a [String],
    /// The event's definition before the changes, if it is known.
    pub before: Option<&'a Definition>,
    /// The event.
    pub event: &'a Event,
    /// The current registration.
    pub registration: &'a Registration,
}

impl MailContent<'_> {
    /// The address that the message goes to.
    pub(crate) fn recipient(&self) -> &EmailAddress {
        self.recipient.unwrap_or(&self.registration.attendee.email)
    }

    /// The message's language.
    pub(crate) const fn language(&self) -> MessageLanguage {
        self.registration.attendee.language
    }

    /// The words in the message's language.
    pub(crate) fn words(&self) -> &'static Mail {
        &words::of(self.language()).mail
    }

    /// The preferred language of the event's texts.
    pub(crate) fn text_language(&self) -> Language {
        let own = || self.event.definition.language.clone();
        Language::parse(self.language().as_str()).unwrap_or_else(|_| own())
    }
}

/// Wraps a text with right-to-left letters in Unicode isolates, so that it does not reorder the text around it.
pub(crate) fn isolated(text: &str) -> String {
    let is_right_to_left = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}');
    if text.contains(is_right_to_left) { format!("\u{2068}{text}\u{2069}") } else { text.to_owned() }
}
