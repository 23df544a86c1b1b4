//! What the organisers themselves say in a message: the text of the follow-up, the reason for a cancellation, and whom
//! to contact.

use plenaria_domain::event::Event;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::language::Language;
use serde::Serialize;

/// A text of the organisers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) text: &'a str,
    /// The text's language.
    pub(crate) language: &'a Language,
    /// Whether it stands in place of the text that the templates have for the kind of message.
    pub(crate) replaces_text: bool,
}

/// The organisers' text in a message of this kind, if they wrote one. `language` is the preferred language.
pub(crate) fn text<'a>(kind: MessageKind, event: &'a Event, language: &Language) -> Option<Words<'a>> {
    let (text, replaces_text) = match kind {
        MessageKind::FollowUp => {
            (event.definition.follow_up.as_ref().and_then(|follow_up| follow_up.text.as_ref())?, true)
        }
        MessageKind::EventCancelled => (event.cancellation_reason.as_ref()?, false),
        _ => return None,
    };
    let (language, text) = text.find(language, &event.definition.language)?;
    Some(Words { text, language, replaces_text })
}

/// The mailbox that replies go to: the organisers' contact, if it has an address.
pub(crate) fn reply_to(definition: &Definition, language: &Language) -> Option<(Option<String>, EmailAddress)> {
    let contact = definition.contact.as_ref()?;
    let address = EmailAddress::parse(contact.email.as_deref()?).ok()?;
    let name = contact.name.as_ref().map(|name| name.get(language, &definition.language).to_owned());
    Some((name, address))
}

/// A part of the organisers' contact details.
#[derive(Debug, Serialize)]
pub(crate) struct ContactPart<'a> {
    /// What people read.
    pub(crate) text: &'a str,
    /// Where it leads.
    pub(crate) url: Option<String>,
}

/// The organisers' contact details; none if there are none.
pub(crate) fn contact<'a>(definition: &'a Definition, language: &Language) -> Vec<ContactPart<'a>> {
    let Some(contact) = &definition.contact else { return Vec::new() };
    let name = contact.name.as_ref().map(|name| name.get(language, &definition.language));
    let name = name.map(|text| ContactPart { text, url: None });
    let email = contact.email.as_deref().map(|text| ContactPart { text, url: Some(format!("mailto:{text}")) });
    let url = contact.url.as_deref().map(|text| ContactPart { text, url: Some(text.to_owned()) });
    [name, email, url].into_iter().flatten().collect()
}
