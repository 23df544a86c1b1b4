//! Converts the tree of a YAML document to the JSON value that a definition is parsed from.
//!
//! Aliases are expanded, and merge keys (`<<`, YAML 1.1) add the entries that a mapping does not have itself. In that way a file
//! of a few lines can denote any number of values, so their number and depth are limited. YAML that has no counterpart in JSON
//! is an error; the rest is converted all the same, so that all errors can be reported together.

use std::collections::{HashMap, HashSet};

use plenaria_domain::validation::{FieldError, InvalidValue, ValueType, YamlError, pointer_token};
use serde_json::{Map, Value};

use crate::definition_files::error::{Limit, LocatedError, Position, Unreadable};
use crate::definition_files::yaml_tree::{Data, NodeId, Tree};

/// The most values of a document with its aliases expanded. The largest definition has about 100,000.
const MAX_VALUES: usize = 200_000;
/// The most bytes of texts, and of JSON pointers to all values, with aliases expanded.
const MAX_BYTES: usize = 32 * 1024 * 1024;
/// How deep values may be nested. A definition needs fewer than ten levels.
const MAX_DEPTH: usize = 64;
/// The longest unquoted text that a hint repeats, in bytes.
const MAX_HINT: usize = 40;

/// A document as JSON, with the origin of its values.
#[derive(Default)]
pub(crate) struct Converted {
    pub(crate) value: Value,
    pub(crate) yaml_errors: Vec<LocatedError>,
    /// The position of each value, by its JSON pointer.
    positions: HashMap<String, Position>,
    /// Numbers and booleans as written without quotes, by their JSON pointer.
    unquoted: HashMap<String, String>,
    /// The JSON pointers of values that could not be converted, and are null.
    unreadable: HashSet<String>,
    /// The JSON pointers of all values around them.
    around_unreadable: HashSet<String>,
}

impl Converted {
    /// Converts a document.
    ///
    /// # Errors
    /// The document exceeds a limit.
    pub(crate) fn of(tree: &Tree) -> Result<Self, Unreadable> {
        let mut conversion = Conversion { tree, values_left: MAX_VALUES, bytes_left: MAX_BYTES, done: Self::default() };
        let value = conversion.value(tree.root(), String::new(), 0)?;
        Ok(Self { value, ..conversion.done })
    }

    /// The position of a value, or of the nearest value around it if it is missing.
    pub(crate) fn position_of(&self, pointer: &str) -> Position {
        around(pointer).find_map(|pointer| self.positions.get(pointer)).copied().unwrap_or_default()
    }

    /// An error of the definition as it is reported for this document: `None` if it only follows from an error of the YAML,
    /// and with a hint where quotes are missing.
    pub(crate) fn explain(&self, error: FieldError) -> Option<FieldError> {
        let is_unreadable = around(&error.pointer).any(|pointer| self.unreadable.contains(pointer));
        // A value that could not be converted is missing, so the value around it may seem empty.
        let lacks_unreadable =
            error.reason == InvalidValue::Required && self.around_unreadable.contains(&error.pointer);
        if is_unreadable || lacks_unreadable {
            return None;
        }
        let reason = match (&error.reason, self.unquoted.get(&error.pointer)) {
            (InvalidValue::Type { expected: expected @ (ValueType::String | ValueType::Text) }, Some(written)) => {
                InvalidValue::Unquoted { expected: *expected, written: written.clone() }
            }
            _ => return Some(error),
        };
        Some(FieldError { reason, ..error })
    }
}

/// A JSON pointer, and those of the values around it, from the inside out.
fn around(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |pointer| pointer.rsplit_once('/').map(|(parent, _)| parent))
}

struct Conversion<'t> {
    tree: &'t Tree,
    /// How many more values are allowed.
    values_left: usize,
    /// How many more bytes of texts and pointers are allowed.
    bytes_left: usize,
    done: Converted,
}

/// An entry of a mapping.
struct Entry {
    name: String,
    position: Position,
    value: NodeId,
}

impl Conversion<'_> {
    fn value(&mut self, id: NodeId, pointer: String, depth: usize) -> Result<Value, Unreadable> {
        let tree = self.tree;
        let node = tree.node(id);
        self.count(node.position, depth)?;
        let text = if let Data::Scalar { value: Value::String(text), .. } = &node.data { text.len() } else { 0 };
        let bytes_left = self.bytes_left.checked_sub(pointer.len() + text);
        self.bytes_left = bytes_left.ok_or_else(|| exceeded(node.position, Limit::Bytes(MAX_BYTES)))?;
        self.done.positions.insert(pointer.clone(), node.position);
        match &node.data {
            Data::Scalar { value, plain } => {
                if let Some(text) = plain
                    && matches!(value, Value::Number(_) | Value::Bool(_))
                    && text.len() <= MAX_HINT
                {
                    self.done.unquoted.insert(pointer, text.clone());
                }
                Ok(value.clone())
            }
            Data::Sequence(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    list.push(self.value(*item, format!("{pointer}/{index}"), depth + 1)?);
                }
                Ok(Value::Array(list))
            }
            Data::Mapping(_) => {
                let mut entries = Entries::default();
                self.collect(id, &pointer, depth, true, &mut entries)?;
                let mut map = Map::new();
                for Entry { name, position, value } in entries.list {
                    let below = format!("{pointer}/{}", pointer_token(&name));
                    let value = self.value(value, below.clone(), depth + 1)?;
                    self.done.positions.insert(below, position);
                    map.insert(name, value);
                }
                Ok(Value::Object(map))
            }
            Data::Unreadable(why) => {
                self.add_error(node.position, pointer.clone(), InvalidValue::Yaml(*why));
                self.done.around_unreadable.extend(around(&pointer).map(str::to_owned));
                self.done.unreadable.insert(pointer);
                Ok(Value::Null)
            }
        }
    }

    /// Collects the entries of a mapping: its own first, then those of merged mappings that it does not have yet. Errors of a
    /// mapping's own entries are reported where the mapping is written (`own`), not where it is merged.
    fn collect(
        &mut self,
        id: NodeId,
        pointer: &str,
        depth: usize,
        own: bool,
        entries: &mut Entries,
    ) -> Result<(), Unreadable> {
        let tree = self.tree;
        let node = tree.node(id);
        let Data::Mapping(written) = &node.data else {
            self.add_error(node.position, pointer.to_owned(), InvalidValue::Yaml(YamlError::NotMergeable));
            return Ok(());
        };
        let mut sources = None;
        let mut names = HashSet::new();
        for (key, value) in written {
            let key = tree.node(*key);
            self.count(key.position, depth)?;
            let (name, merges) = match &key.data {
                Data::Scalar { value: Value::String(name), plain } => (name, plain.as_deref() == Some("<<")),
                Data::Scalar { plain: Some(text), .. } => {
                    if own {
                        let below = format!("{pointer}/{}", pointer_token(text));
                        self.add_error(key.position, below, InvalidValue::Yaml(YamlError::KeyNotQuoted));
                    }
                    continue;
                }
                _ => {
                    if own {
                        self.add_error(key.position, pointer.to_owned(), InvalidValue::Yaml(YamlError::KeyNotText));
                    }
                    continue;
                }
            };
            if !names.insert(name.as_str()) {
                if own {
                    let below = format!("{pointer}/{}", pointer_token(name));
                    self.add_error(key.position, below, InvalidValue::Duplicate(name.clone()));
                }
            } else if merges {
                sources = Some(*value);
            } else {
                entries.add(Entry { name: name.clone(), position: key.position, value: *value });
            }
        }
        let Some(sources) = sources else { return Ok(()) };
        // Earlier mappings take precedence over later ones.
        match &tree.node(sources).data {
            Data::Sequence(list) => {
                for source in list {
                    self.count(node.position, depth + 1)?;
                    self.collect(*source, pointer, depth + 1, false, entries)?;
                }
                Ok(())
            }
            _ => self.collect(sources, pointer, depth + 1, false, entries),
        }
    }

    /// Counts a value, or a visit of one that is merged.
    fn count(&mut self, position: Position, depth: usize) -> Result<(), Unreadable> {
        if depth > MAX_DEPTH {
            return Err(exceeded(position, Limit::Depth(MAX_DEPTH)));
        }
        let values_left = self.values_left.checked_sub(1);
        self.values_left = values_left.ok_or_else(|| exceeded(position, Limit::Values(MAX_VALUES)))?;
        Ok(())
    }

    fn add_error(&mut self, position: Position, pointer: String, reason: InvalidValue) {
        self.done.yaml_errors.push(LocatedError { error: FieldError::new(pointer, reason), position });
    }
}

const fn exceeded(position: Position, limit: Limit) -> Unreadable {
    Unreadable::Limit { position, limit }
}

/// Entries in their order. Of several with one name, the first is used.
#[derive(Default)]
struct Entries {
    list: Vec<Entry>,
    names: HashSet<String>,
}

impl Entries {
    fn add(&mut self, entry: Entry) {
        if self.names.insert(entry.name.clone()) {
            self.list.push(entry);
        }
    }
}
