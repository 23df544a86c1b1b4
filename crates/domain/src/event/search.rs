//! Makes the words and topics of an event that searches compare, folded in the same way as the terms of a query.
//!
//! [`words`] and [`topics`] are stored (`events.search_words`, `event_topics.topic`). A change to them, or to how text
//! is folded (`text/folding.rs`), changes what new rows hold, so these columns must then be derived again from the
//! documents.

use crate::event::definition::model::Definition;
use crate::values::text::translated::Translated;

pub use crate::values::text::folding::{fold, terms};

/// The words that a search for an event compares: those of its title and its summary, in every language. Each word has
/// a space before it, so that a search for `" " + term` finds the beginnings of words; two spaces separate the texts,
/// so that no term matches across them.
pub fn words(definition: &Definition) -> String {
    let texts = std::iter::once(&definition.title).chain(&definition.summary).flat_map(Translated::values);
    texts.map(|text| format!(" {}", fold(text))).collect::<Vec<_>>().join(" ")
}

/// The event's topics in every language, folded, sorted and without duplicates. A topic without a letter or a digit is
/// left out.
pub fn topics(definition: &Definition) -> Vec<String> {
    let texts = definition.topics.iter().flat_map(Translated::values);
    let mut topics: Vec<String> = texts.map(fold).filter(|topic| !topic.is_empty()).collect();
    topics.sort_unstable();
    topics.dedup();
    topics
}
