//! Checks references to the objects of a list by their keys.

use std::collections::HashSet;

use crate::event::definition::parse::node::Node;
use crate::validation::{InvalidValue, Referent};
use crate::values::slug::Slug;

/// The keys of a list's objects, including objects with validation errors: a reference to such an object is valid, and
/// must not cause an error of its own.
pub(crate) struct DeclaredKeys<'a> {
    kind: Referent,
    /// `None` if the field is not a list, so that references cannot be checked.
    keys: Option<HashSet<&'a str>>,
}

impl<'a> DeclaredKeys<'a> {
    /// The keys in the list, if there is one.
    pub(crate) fn of(kind: Referent, list: Option<&Node<'a>>) -> Self {
        let key = |item: &'a serde_json::Value| item.get("key")?.as_str();
        let keys = match list {
            None => Some(HashSet::new()),
            Some(list) => list.value.as_array().map(|items| items.iter().filter_map(key).collect()),
        };
        Self { kind, keys }
    }

    /// Parses a reference to one of the objects.
    pub(crate) fn parse_reference(&self, node: &Node<'_>) -> Option<Slug> {
        let key = node.parse(Slug::parse)?;
        if self.keys.as_ref().is_some_and(|keys| !keys.contains(key.as_str())) {
            node.error(InvalidValue::Reference { kind: self.kind, key: key.to_string() });
            return None;
        }
        Some(key)
    }
}
