//! Organisers, speakers and audiences of a definition.

use std::collections::BTreeSet;

use super::node::Node;
use crate::answers::{Choice, Question, QuestionKind};
use crate::country::Country;
use crate::event::{Audience, Organiser, Publication};
use crate::language::Language;
use crate::refusal::{Referent, InvalidValue};
use crate::slug::Slug;
use crate::speaker::{Link, SpeakerDefinition};
use crate::text::Translated;

/// The greatest length of names, titles and labels, in characters.
pub(super) const LINE: usize = 300;
/// The greatest length of texts of several paragraphs, in characters.
pub(super) const PARAGRAPHS: usize = 20_000;

pub(super) fn organiser(node: &Node<'_>) -> Option<Organiser> {
    let mut object = node.object()?;
    let key = object.required("key").and_then(|n| n.parse(Slug::parse));
    let name = object.required("name").and_then(|n| n.line(LINE));
    let url = object.optional_text("url").and_then(|n| n.url());
    object.finish();
    Some(Organiser { key: key?, name: name?, url })
}

/// A key and a label: an audience, or a choice of a question.
fn labelled(node: &Node<'_>, language: &Language) -> Option<(Slug, Translated)> {
    let mut object = node.object()?;
    let key = object.required("key").and_then(|n| n.parse(Slug::parse));
    let label = object.required("label").and_then(|n| n.text(language, LINE));
    object.finish();
    Some((key?, label?))
}

pub(super) fn audience(node: &Node<'_>, language: &Language) -> Option<Audience> {
    labelled(node, language).map(|(key, label)| Audience { key, label })
}

pub(super) fn publication(node: &Node<'_>, language: &Language) -> Option<Publication> {
    let mut object = node.object()?;
    let title = object.required("title").and_then(|n| n.text(language, LINE));
    let url = object.optional_text("url").and_then(|n| n.url());
    object.finish();
    Some(Publication { title: title?, url })
}

pub(super) fn question(node: &Node<'_>, language: &Language) -> Option<Question> {
    let mut object = node.object()?;
    let key = object.required("key").and_then(|n| n.parse(Slug::parse));
    let label = object.required("label").and_then(|n| n.text(language, LINE));
    let kind = object.required("kind").and_then(|n| n.parse(QuestionKind::parse));
    let required = object.boolean("required", false);
    let choices_node = object.optional("choices");
    let read = |n: &Node<'_>| labelled(n, language).map(|(key, label)| Choice { key, label });
    let choices = choices_node.as_ref().map(|n| n.keyed(100, read, |c| c.key.as_str())).unwrap_or_default();
    object.finish();
    let kind = kind?;
    if matches!(kind, QuestionKind::Choice | QuestionKind::Choices) && choices_node.is_none() {
        let mut again = node.object()?;
        again.required("choices");
    }
    Some(Question { key: key?, label: label?, kind, required, choices })
}

pub(super) fn speaker(node: &Node<'_>, language: &Language) -> Option<SpeakerDefinition> {
    let mut object = node.object()?;
    let key = object.required("key").and_then(|n| n.parse(Slug::parse));
    let name = object.required("name").and_then(|n| n.line(200));
    let honorific = object.text("honorific", language, LINE);
    let position = object.text("position", language, LINE);
    let organisation = object.text("organisation", language, LINE);
    let city = object.text("city", language, LINE);
    let country = object.optional_text("country").and_then(|n| n.parse(Country::parse));
    let biography = object.paragraphs("biography", language, PARAGRAPHS);
    let photo_url = object.optional_text("photo_url").and_then(|n| n.url());
    let links = object.list("links", 20, |n| link(n, language));
    object.finish();
    Some(SpeakerDefinition {
        key: key?,
        name: name?,
        honorific,
        position,
        organisation,
        city,
        country: country.map(|c| c.as_str().to_owned()),
        biography,
        photo_url,
        links,
    })
}

fn link(node: &Node<'_>, language: &Language) -> Option<Link> {
    let mut object = node.object()?;
    let label = object.required("label").and_then(|n| n.text(language, LINE));
    let url = object.required("url").and_then(|n| n.url());
    object.finish();
    Some(Link { label: label?, url: url? })
}

/// The keys of an event's speakers. Those of cards with errors are among them: what refers to such a card is right, and
/// is not told as a fault of its own.
pub(super) enum SpeakerKeys {
    /// These.
    Known(BTreeSet<Slug>),
    /// The list of speakers is none, so nobody knows.
    Unknown,
}

impl SpeakerKeys {
    /// The keys in the list of speakers, if there is one.
    pub(super) fn of(list: Option<&Node<'_>>) -> Self {
        let Some(list) = list else { return Self::Known(BTreeSet::new()) };
        let Some(items) = list.value.as_array() else { return Self::Unknown };
        let keys = items.iter().filter_map(|item| Slug::parse(item.get("key")?.as_str()?).ok());
        Self::Known(keys.collect())
    }

    /// A key that must be one of them.
    pub(super) fn read(&self, node: &Node<'_>) -> Option<Slug> {
        let key = node.parse(Slug::parse)?;
        match self {
            Self::Known(keys) if !keys.contains(&key) => {
                node.error(InvalidValue::Reference { kind: Referent::Speaker, key: key.to_string() });
                None
            }
            _ => Some(key),
        }
    }
}
