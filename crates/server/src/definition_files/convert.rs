//! Converts the tree of a YAML document to the JSON value that a definition is parsed from.
//!
//! Aliases are expanded, and merge keys (`<<`, YAML 1.1) add the entries that a mapping does not have itself. In that way a file
//! of a few lines can denote any number of values, so their number and depth are limited. YAML that has no counterpart in JSON
//! is an error; the rest is converted all the same, so that all errors can be reported together.

use std::collections::{HashMap, HashSet};

use plenaria_domain::validation::{FieldError, InvalidValue, ValueType, pointer_token};
use serde_json::{Map, Value};

use crate::definition_files::yaml::{Data, NodeId, Tree};

/// The most values of a document with its aliases expanded. The largest definition has about 100,000.
const MAX_VALUES: usize = 200_000;
/// The most bytes of texts, and of JSON pointers to all values, with aliases expanded.
const MAX_BYTES: usize = 32 * 1024 * 1024;
/// How deep values may be nested. A definition needs fewer than ten levels.
const MAX_DEPTH: usize = 64;
/// The longest unquoted text that a hint repeats, in bytes.
const MAX_HINT: usize = 40;

/// An error of the document as YAML.
pub(crate) struct YamlError {
    pub(crate) line: usize,
    pub(crate) pointer: String,
    pub(crate) sentence: String,
}

/// A document as JSON, with the origin of its values.
#[derive(Default)]
pub(crate) struct Converted {
    pub(crate) value: Value,
    pub(crate) yaml_errors: Vec<YamlError>,
    /// The line of each value, by its JSON pointer.
    lines: HashMap<String, usize>,
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
    /// The line at which a limit is exceeded, and which.
    pub(crate) fn of(tree: &Tree) -> Result<Self, (usize, String)> {
        let mut conversion = Conversion { tree, values_left: MAX_VALUES, bytes_left: MAX_BYTES, done: Self::default() };
        let value = conversion.value(tree.root(), String::new(), 0)?;
        Ok(Self { value, ..conversion.done })
    }

    /// The line of a value, or of the nearest value around it if it is missing.
    pub(crate) fn line_of(&self, pointer: &str) -> usize {
        around(pointer).find_map(|pointer| self.lines.get(pointer)).copied().unwrap_or(1)
    }

    /// An error of the definition as it is reported for this document: `None` if it only follows from an error of the YAML,
    /// and with a hint where quotes are missing.
    pub(crate) fn explain(&self, fault: FieldError) -> Option<FieldError> {
        let is_unreadable = around(&fault.pointer).any(|pointer| self.unreadable.contains(pointer));
        // A value that could not be converted is missing, so the value around it may seem empty.
        let lacks_unreadable =
            fault.reason == InvalidValue::Required && self.around_unreadable.contains(&fault.pointer);
        if is_unreadable || lacks_unreadable {
            return None;
        }
        let refusal = match (&fault.reason, self.unquoted.get(&fault.pointer)) {
            (InvalidValue::Type { expected: expected @ (ValueType::String | ValueType::Text) }, Some(written)) => {
                InvalidValue::Unquoted { expected: *expected, written: written.clone() }
            }
            _ => return Some(fault),
        };
        Some(FieldError { reason: refusal, ..fault })
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
    line: usize,
    value: NodeId,
}

impl Conversion<'_> {
    fn value(&mut self, id: NodeId, pointer: String, depth: usize) -> Result<Value, (usize, String)> {
        let tree = self.tree;
        let node = tree.node(id);
        self.count(node.line, depth)?;
        let text = if let Data::Scalar { value: Value::String(text), .. } = &node.data { text.len() } else { 0 };
        self.bytes_left = self.bytes_left.checked_sub(pointer.len() + text).ok_or_else(|| {
            (node.line, format!("With its aliases written out, the document has more than {MAX_BYTES} bytes."))
        })?;
        self.done.lines.insert(pointer.clone(), node.line);
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
                for Entry { name, line, value } in entries.list {
                    let below = format!("{pointer}/{}", pointer_token(&name));
                    let value = self.value(value, below.clone(), depth + 1)?;
                    self.done.lines.insert(below, line);
                    map.insert(name, value);
                }
                Ok(Value::Object(map))
            }
            Data::Unreadable(why) => {
                self.add_error(node.line, pointer.clone(), (*why).to_owned());
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
    ) -> Result<(), (usize, String)> {
        let tree = self.tree;
        let node = tree.node(id);
        let Data::Mapping(written) = &node.data else {
            self.add_error(node.line, pointer.to_owned(), "Only mappings can be merged.".to_owned());
            return Ok(());
        };
        let mut sources = None;
        let mut names = HashSet::new();
        for (key, value) in written {
            let key = tree.node(*key);
            self.count(key.line, depth)?;
            let (name, merges) = match &key.data {
                Data::Scalar { value: Value::String(name), plain } => (name, plain.as_deref() == Some("<<")),
                Data::Scalar { plain: Some(text), .. } => {
                    if own {
                        let below = format!("{pointer}/{}", pointer_token(text));
                        self.add_error(key.line, below, "A key must be text: write it in quotes.".to_owned());
                    }
                    continue;
                }
                _ => {
                    if own {
                        self.add_error(key.line, pointer.to_owned(), "A key must be text.".to_owned());
                    }
                    continue;
                }
            };
            if !names.insert(name.as_str()) {
                if own {
                    let refusal = InvalidValue::Duplicate(name.clone());
                    let below = format!("{pointer}/{}", pointer_token(name));
                    self.add_error(key.line, below, format!("{refusal} ({})", refusal.code()));
                }
            } else if merges {
                sources = Some(*value);
            } else {
                entries.add(Entry { name: name.clone(), line: key.line, value: *value });
            }
        }
        let Some(sources) = sources else { return Ok(()) };
        // Earlier mappings take precedence over later ones.
        match &tree.node(sources).data {
            Data::Sequence(list) => {
                for source in list {
                    self.count(node.line, depth + 1)?;
                    self.collect(*source, pointer, depth + 1, false, entries)?;
                }
                Ok(())
            }
            _ => self.collect(sources, pointer, depth + 1, false, entries),
        }
    }

    /// Counts a value, or a visit of one that is merged.
    fn count(&mut self, line: usize, depth: usize) -> Result<(), (usize, String)> {
        if depth > MAX_DEPTH {
            return Err((line, format!("Values may be nested {MAX_DEPTH} deep at most.")));
        }
        self.values_left = self.values_left.checked_sub(1).ok_or_else(|| {
            (line, format!("With its aliases written out, the document has more than {MAX_VALUES} values."))
        })?;
        Ok(())
    }

    fn add_error(&mut self, line: usize, pointer: String, sentence: String) {
        self.done.yaml_errors.push(YamlError { line, pointer, sentence });
    }
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
