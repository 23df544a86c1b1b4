//! Parses the organisers, audiences, publications, questions and speakers of a definition.

use std::collections::BTreeSet;

use crate::event::attributes::{Audience, Organiser, Publication};
use crate::event::definition::node::Node;
use crate::event::speaker::{Link, SpeakerDefinition};
use crate::registration::answers::{Choice, Question, QuestionKind};
use crate::validation::{InvalidValue, Referent};
use crate::values::country::Country;
use crate::values::language::Language;
use crate::values::slug::Slug;
use crate::values::text::translated::Translated;

/// The greatest length of names, titles and labels, in characters.
pub(crate) const MAX_LINE: usize = 300;
/// The greatest length of texts of several paragraphs, in characters.
pub(crate) const MAX_PARAGRAPHS: usize = 20_000;

pub(crate) fn organiser(node: &Node<'_>) -> Option<Organiser> {
    let mut object = node.object()?;
    let key = object.required("key").and_then(|n| n.parse(Slug::parse));
    let name = object.required("name").and_then(|n| n.line(MAX_LINE));
    let url = object.optional_text("url").and_then(|n| n.url());
    object.finish();
    Some(Organiser { key: key?, name: name?, url })
}

/// A key and a label: an audience, or a choice of a question.
fn key_and_label(node: &Node<'_>, language: &Language) -> Option<(Slug, Translated)> {
    let mut object = node.object()?;
    let key = object.required("key").and_then(|n| n.parse(Slug::parse));
    let label = object.required("label").and_then(|n| n.text(language, MAX_LINE));
    object.finish();
    Some((key?, label?))
}

pub(crate) fn audience(node: &Node<'_>, language: &Language) -> Option<Audience> {
    key_and_label(node, language).map(|(key, label)| Audience { key, label })
}

pub(crate) fn publication(node: &Node<'_>, language: &Language) -> Option<Publication> {
    let mut object = node.object()?;
    let title = object.required("title").and_then(|n| n.text(language, MAX_LINE));
    let url = object.optional_text("url").and_then(|n| n.url());
    object.finish();
    Some(Publication { title: title?, url })
}

pub(crate) fn question(node: &Node<'_>, language: &Language) -> Option<Question> {
    let mut object = node.object()?;
    let key = object.required("key").and_then(|n| n.parse(Slug::parse));
    let label = object.required("label").and_then(|n| n.text(language, MAX_LINE));
    let kind = object.required("kind").and_then(|n| n.parse(QuestionKind::parse));
    let required = object.boolean("required", false);
    let choices_node = object.optional("choices");
    let choice = |n: &Node<'_>| key_and_label(n, language).map(|(key, label)| Choice { key, label });
    let choices = choices_node.as_ref().map(|n| n.keyed(100, choice, |c| c.key.as_str())).unwrap_or_default();
    let kind_with_choices = matches!(kind, Some(QuestionKind::Choice | QuestionKind::Choices));
    object.finish();
    if kind_with_choices && choices_node.is_none() {
        // Reports the missing field.
        node.object()?.required("choices");
    }
    Some(Question { key: key?, label: label?, kind: kind?, required, choices })
}

pub(crate) fn speaker(node: &Node<'_>, language: &Language) -> Option<SpeakerDefinition> {
    let mut object = node.object()?;
    let key = object.required("key").and_then(|n| n.parse(Slug::parse));
    let name = object.required("name").and_then(|n| n.line(200));
    let honorific = object.text("honorific", language, MAX_LINE);
    let position = object.text("position", language, MAX_LINE);
    let organisation = object.text("organisation", language, MAX_LINE);
    let city = object.text("city", language, MAX_LINE);
    let country = object.optional_text("country").and_then(|n| n.parse(Country::parse));
    let biography = object.paragraphs("biography", language, MAX_PARAGRAPHS);
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
    let label = object.required("label").and_then(|n| n.text(language, MAX_LINE));
    let url = object.required("url").and_then(|n| n.url());
    object.finish();
    Some(Link { label: label?, url: url? })
}

/// The keys of an event's speakers, including speakers with validation errors: a reference to such a speaker is valid,
/// and must not cause an error of its own.
pub(crate) enum SpeakerKeys {
    /// The keys in the list of speakers.
    Known(BTreeSet<Slug>),
    /// The field is not a list, so references cannot be checked.
    Unknown,
}

impl SpeakerKeys {
    /// The keys in the list of speakers, if there is one.
    pub(crate) fn of(list: Option<&Node<'_>>) -> Self {
        let Some(list) = list else { return Self::Known(BTreeSet::new()) };
        let Some(items) = list.value.as_array() else { return Self::Unknown };
        let keys = items.iter().filter_map(|item| Slug::parse(item.get("key")?.as_str()?).ok());
        Self::Known(keys.collect())
    }

    /// Parses a reference to one of the speakers.
    pub(crate) fn parse_reference(&self, node: &Node<'_>) -> Option<Slug> {
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
