//! From the tree of a YAML document to the JSON value that a definition is read from.
//!
//! Aliases are written out, and merge keys (`<<`, YAML 1.1) add what the mapping does not have itself. A file of a few lines
//! can name an unbounded number of values in that way, so their number and depth are bounded. What JSON does not have is a
//! fault; the rest is converted all the same, so that all faults can be told together.

use std::collections::{HashMap, HashSet};

use plenaria_domain::refusal::{Fault, Refusal, ValueType, pointer_token};
use serde_json::{Map, Value};

use super::yaml::{Data, NodeId, Tree};

/// The most values that a document may have once its aliases are written out: the largest definition has some 100,000.
const MAX_VALUES: usize = 200_000;
/// The most bytes of texts, and of the pointers to all values, that a document may have in the same way.
const MAX_BYTES: usize = 32 * 1024 * 1024;
/// How deep they may be nested: a definition's are not ten deep.
const MAX_DEPTH: usize = 64;
/// The longest text without quotes that a hint repeats.
const MAX_HINT: usize = 40;

/// Something that is wrong with the document as YAML.
pub(super) struct YamlFault {
    pub(super) line: usize,
    pub(super) pointer: String,
    pub(super) sentence: String,
}

/// A document as JSON, and what is known of where its values come from.
#[derive(Default)]
pub(super) struct Converted {
    pub(super) value: Value,
    pub(super) faults: Vec<YamlFault>,
    /// The line of each value, by its pointer.
    lines: HashMap<String, usize>,
    /// Where numbers, and true or false, stand without quotes, and how they are written.
    plain: HashMap<String, String>,
    /// Where null stands for what could not be converted.
    unread: HashSet<String>,
    /// All that such a value stands in.
    around_unread: HashSet<String>,
}

impl Converted {
    /// Converts a document.
    ///
    /// # Errors
    /// The line at which there is too much of it, and why.
    pub(super) fn of(tree: &Tree) -> Result<Self, (usize, String)> {
        let mut conversion = Conversion { tree, left: MAX_VALUES, bytes: MAX_BYTES, done: Self::default() };
        let value = conversion.value(tree.root(), String::new(), 0)?;
        Ok(Self { value, ..conversion.done })
    }

    /// The line of a value; of the nearest value around it, if it is missing.
    pub(super) fn line_of(&self, pointer: &str) -> usize {
        around(pointer).find_map(|pointer| self.lines.get(pointer)).copied().unwrap_or(1)
    }

    /// A fault of the definition as it is told of this document: `None` if it only follows from a fault of the YAML, and
    /// with a hint where quotes are missing.
    pub(super) fn told(&self, fault: Fault) -> Option<Fault> {
        let is_unread = around(&fault.pointer).any(|pointer| self.unread.contains(pointer));
        // What was not read is not there, so what it stands in may look empty.
        let lacks_unread = fault.refusal == Refusal::Required && self.around_unread.contains(&fault.pointer);
        if is_unread || lacks_unread {
            return None;
        }
        let refusal = match (&fault.refusal, self.plain.get(&fault.pointer)) {
            (Refusal::Type { expected: expected @ (ValueType::String | ValueType::Text) }, Some(written)) => {
                Refusal::Unquoted { expected: *expected, written: written.clone() }
            }
            _ => return Some(fault),
        };
        Some(Fault { refusal, ..fault })
    }
}

/// A pointer and those of all that is around it, from within.
fn around(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |pointer| pointer.rsplit_once('/').map(|(parent, _)| parent))
}

struct Conversion<'t> {
    tree: &'t Tree,
    /// How many values there may still be.
    left: usize,
    /// How many bytes of texts and of pointers there may still be.
    bytes: usize,
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
        self.bytes = self.bytes.checked_sub(pointer.len() + text).ok_or_else(|| {
            (node.line, format!("With its aliases written out, the document has more than {MAX_BYTES} bytes."))
        })?;
        self.done.lines.insert(pointer.clone(), node.line);
        match &node.data {
            Data::Scalar { value, plain } => {
                if let Some(text) = plain
                    && matches!(value, Value::Number(_) | Value::Bool(_))
                    && text.len() <= MAX_HINT
                {
                    self.done.plain.insert(pointer, text.clone());
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
                self.fault(node.line, pointer.clone(), (*why).to_owned());
                self.done.around_unread.extend(around(&pointer).map(str::to_owned));
                self.done.unread.insert(pointer);
                Ok(Value::Null)
            }
        }
    }

    /// Collects the entries of a mapping: its own, and then those that are merged into it and that it does not have yet. The
    /// faults of a mapping's own entries are told where it stands (`own`), not wherever it is merged.
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
            self.fault(node.line, pointer.to_owned(), "Only mappings can be merged.".to_owned());
            return Ok(());
        };
        let mut sources = None;
        let mut seen = HashSet::new();
        for (key, value) in written {
            let key = tree.node(*key);
            self.count(key.line, depth)?;
            let (name, merges) = match &key.data {
                Data::Scalar { value: Value::String(name), plain } => (name, plain.as_deref() == Some("<<")),
                Data::Scalar { plain: Some(text), .. } => {
                    if own {
                        let below = format!("{pointer}/{}", pointer_token(text));
                        self.fault(key.line, below, "A key must be text: write it in quotes.".to_owned());
                    }
                    continue;
                }
                _ => {
                    if own {
                        self.fault(key.line, pointer.to_owned(), "A key must be text.".to_owned());
                    }
                    continue;
                }
            };
            if !seen.insert(name.as_str()) {
                if own {
                    let refusal = Refusal::Duplicate(name.clone());
                    let below = format!("{pointer}/{}", pointer_token(name));
                    self.fault(key.line, below, format!("{refusal} ({})", refusal.code()));
                }
            } else if merges {
                sources = Some(*value);
            } else {
                entries.add(Entry { name: name.clone(), line: key.line, value: *value });
            }
        }
        let Some(sources) = sources else { return Ok(()) };
        // The first of several is preferred to the others.
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

    /// Counts a value, or the looking at one.
    fn count(&mut self, line: usize, depth: usize) -> Result<(), (usize, String)> {
        if depth > MAX_DEPTH {
            return Err((line, format!("Values may be nested {MAX_DEPTH} deep at most.")));
        }
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            (line, format!("With its aliases written out, the document has more than {MAX_VALUES} values."))
        })?;
        Ok(())
    }

    fn fault(&mut self, line: usize, pointer: String, sentence: String) {
        self.done.faults.push(YamlFault { line, pointer, sentence });
    }
}

/// Entries in their order, each name once: the first one counts.
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
