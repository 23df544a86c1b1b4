//! Texts that exist in one or more languages.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::values::language::Language;

/// A text in one or more languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Translated(BTreeMap<Language, String>);

impl Translated {
    /// A text from its translations; `None` when there are none.
    pub fn new(translations: BTreeMap<Language, String>) -> Option<Self> {
        (!translations.is_empty()).then_some(Self(translations))
    }

    /// The text in `wanted`, else in `fallback`, else in any language.
    pub fn get(&self, wanted: &Language, fallback: &Language) -> &str {
        self.find(wanted, fallback).map(|(_, text)| text).unwrap_or_default()
    }

    /// The text that [`Self::get`] returns, with its language.
    pub fn find(&self, wanted: &Language, fallback: &Language) -> Option<(&Language, &str)> {
        let found = self.0.get_key_value(wanted).or_else(|| self.0.get_key_value(fallback));
        found.or_else(|| self.0.iter().next()).map(|(language, text)| (language, text.as_str()))
    }

    /// The languages that the text exists in.
    pub fn languages(&self) -> impl Iterator<Item = &Language> {
        self.0.keys()
    }

    /// All translations.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }
}

/// The languages that any of the texts exists in, each once: `first`, then the others in the order of the texts.
pub(crate) fn languages_of<'a>(first: &'a Language, texts: impl Iterator<Item = &'a Translated>) -> Vec<Language> {
    let mut seen = HashSet::from([first]);
    let others = texts.flat_map(Translated::languages).filter(|language| seen.insert(*language));
    std::iter::once(first).chain(others).cloned().collect()
}
