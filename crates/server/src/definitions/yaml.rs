//! The tree of a YAML document: every value with its line, every alias as what it names.
//!
//! The nodes stand in one list and name each other by their numbers, so an alias costs nothing however large the node is
//! that it names. What becomes of the tree, with every alias written out, is bounded where it is converted
//! ([`super::convert`]).

use std::collections::HashMap;

use saphyr::Scalar;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Number, Value};

use crate::Failure;

/// The number of a node.
pub(super) type NodeId = usize;

/// A value as it is written.
pub(super) struct Node {
    /// Where it begins, from 1.
    pub(super) line: usize,
    pub(super) data: Data,
}

/// What is written.
pub(super) enum Data {
    Scalar {
        value: Value,
        /// The text, if it stands there without quotes.
        plain: Option<String>,
    },
    Sequence(Vec<NodeId>),
    /// Keys and values as they are written, keys that repeat among them.
    Mapping(Vec<(NodeId, NodeId)>),
    /// What cannot be read, and why.
    Unreadable(&'static str),
}

/// A YAML document.
pub(super) struct Tree {
    nodes: Vec<Node>,
    root: NodeId,
}

impl Tree {
    /// Reads the only document of a file.
    ///
    /// # Errors
    /// The file's name, the line, and why it is not well-formed YAML with one document.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, Failure> {
        let mut builder = Builder::default();
        for event in Parser::new_from_iter(text.chars()) {
            let (event, span) = event.map_err(|error| format!("{name}:{}: {}", error.marker().line(), error.info()))?;
            builder.take(event, span.start.line());
        }
        match builder.roots[..] {
            [root] => Ok(Self { nodes: builder.nodes, root }),
            _ => Err(format!("{name}: a definition is one YAML document, and here are {}.", builder.roots.len())),
        }
    }

    pub(super) const fn root(&self) -> NodeId {
        self.root
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }
}

/// Makes the tree from the parser's events.
#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    roots: Vec<NodeId>,
    /// The collections that have begun and not ended, the innermost last.
    open: Vec<Open>,
    /// What can be named; a collection only once it has ended, so that nothing is within itself.
    anchors: HashMap<usize, NodeId>,
}

/// A collection that has not ended.
struct Open {
    node: Node,
    anchor: usize,
    /// In a mapping, the key whose value comes next.
    key: Option<NodeId>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: usize) {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = (style == ScalarStyle::Plain).then(|| text.to_string());
                let data = if is_understood(tag.as_deref()) {
                    match Scalar::parse_from_cow_and_metadata(text, style, tag.as_ref()) {
                        Some(scalar) => scalar_data(scalar, plain),
                        None => Data::Unreadable("This is not of the type that its tag names."),
                    }
                } else {
                    Data::Unreadable(TAGS)
                };
                self.add(Node { line, data }, anchor);
            }
            Event::SequenceStart(anchor, tag) => self.begin(line, Data::Sequence(Vec::new()), anchor, tag.as_deref()),
            Event::MappingStart(anchor, tag) => self.begin(line, Data::Mapping(Vec::new()), anchor, tag.as_deref()),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Open { node, anchor, .. }) = self.open.pop() {
                    self.add(node, anchor);
                }
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor).copied() {
                Some(id) => self.place(id),
                None => self.add(Node { line, data: Data::Unreadable("An alias cannot stand in what it names.") }, 0),
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
        }
    }

    /// Begins a collection. What is in one with a tag is read and forgotten.
    fn begin(&mut self, line: usize, data: Data, anchor: usize, tag: Option<&Tag>) {
        let data = if is_understood(tag) { data } else { Data::Unreadable(TAGS) };
        self.open.push(Open { node: Node { line, data }, anchor, key: None });
    }

    fn add(&mut self, node: Node, anchor: usize) {
        let id = self.nodes.len();
        self.nodes.push(node);
        // Anchors are numbered from 1; 0 is none.
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        self.place(id);
    }

    /// Puts a node into the innermost collection; outside of all it is a document.
    fn place(&mut self, id: NodeId) {
        let Some(open) = self.open.last_mut() else { return self.roots.push(id) };
        match &mut open.node.data {
            Data::Sequence(items) => items.push(id),
            Data::Mapping(entries) => match open.key.take() {
                Some(key) => entries.push((key, id)),
                None => open.key = Some(id),
            },
            Data::Scalar { .. } | Data::Unreadable(_) => {}
        }
    }
}

const TAGS: &str = "Tags are not understood here.";

/// Whether a node has no tag, or one of YAML's own types.
fn is_understood(tag: Option<&Tag>) -> bool {
    tag.is_none_or(Tag::is_yaml_core_schema)
}

fn scalar_data(scalar: Scalar<'_>, plain: Option<String>) -> Data {
    let value = match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => Value::Bool(value),
        Scalar::Integer(value) => Value::Number(value.into()),
        Scalar::FloatingPoint(value) => match Number::from_f64(value.into_inner()) {
            Some(number) => Value::Number(number),
            None => return Data::Unreadable("This is no number that JSON has; text is written in quotes."),
        },
        Scalar::String(text) => Value::String(text.into_owned()),
    };
    Data::Scalar { value, plain }
}
