//! Parses a YAML document into a tree of values with their lines.
//!
//! The nodes are in one list and refer to each other by index, so an alias costs nothing, however large the node that it
//! refers to. A tree that exceeds a limit as it is written is refused before it is complete. With all aliases expanded, the
//! limits are checked where the tree is converted (`tree_to_json.rs`).

use std::collections::HashMap;

use plenaria_domain::validation::YamlError;
use saphyr::Scalar;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::{Number, Value};

use crate::definition_files::error::{Limit, MAX_DEPTH, MAX_VALUES, Position, Unreadable};

/// The index of a node.
pub(crate) type NodeId = usize;

/// A value as written.
pub(crate) struct Node {
    /// Where the value begins.
    pub(crate) position: Position,
    pub(crate) data: Data,
}

/// The content of a node.
pub(crate) enum Data {
    Scalar {
        value: Value,
        /// The text, if it is written without quotes.
        plain: Option<String>,
    },
    Sequence(Vec<NodeId>),
    /// Keys and values as written, including repeated keys.
    Mapping(Vec<(NodeId, NodeId)>),
    /// A value that cannot be used, and why.
    Unreadable(YamlError),
}

/// A YAML document.
pub(crate) struct Tree {
    nodes: Vec<Node>,
    root: NodeId,
}

impl Tree {
    /// Parses the only document of a text.
    ///
    /// # Errors
    /// The text is not well-formed YAML, or does not have exactly one document.
    pub(crate) fn parse(text: &str) -> Result<Self, Unreadable> {
        let mut builder = Builder::default();
        for event in Parser::new_from_iter(text.chars()) {
            let (event, span) = event.map_err(|error| Unreadable::Syntax {
                position: position(error.marker()),
                message: error.info().to_owned(),
            })?;
            let position = position(&span.start);
            builder.add_event(event, position);
            if let Some(limit) = builder.exceeded_limit() {
                return Err(Unreadable::Limit { position, limit });
            }
        }
        match builder.roots[..] {
            [root] => Ok(Self { nodes: builder.nodes, root }),
            _ => Err(Unreadable::DocumentCount(builder.roots.len())),
        }
    }

    pub(crate) const fn root(&self) -> NodeId {
        self.root
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }
}

/// Builds the tree from the parser's events.
#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    roots: Vec<NodeId>,
    /// The collections that have not ended, the innermost last.
    open: Vec<Open>,
    /// The nodes that aliases can refer to. A collection is added once it has ended, so it cannot contain itself.
    anchors: HashMap<usize, NodeId>,
}

/// A collection that has not ended.
struct Open {
    node: Node,
    anchor: usize,
    /// In a mapping, the key whose value is next.
    key: Option<NodeId>,
}

impl Builder {
    fn exceeded_limit(&self) -> Option<Limit> {
        if self.nodes.len() > MAX_VALUES {
            return Some(Limit::Values(MAX_VALUES));
        }
        // The outermost collection has depth 0.
        (self.open.len() > MAX_DEPTH + 1).then_some(Limit::Depth(MAX_DEPTH))
    }

    fn add_event(&mut self, event: Event<'_>, position: Position) {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = (style == ScalarStyle::Plain).then(|| text.to_string());
                let data = if has_known_tag(tag.as_deref()) {
                    match Scalar::parse_from_cow_and_metadata(text, style, tag.as_ref()) {
                        Some(scalar) => scalar_data(scalar, plain),
                        None => Data::Unreadable(YamlError::TagMismatch),
                    }
                } else {
                    Data::Unreadable(YamlError::UnknownTag)
                };
                self.add(Node { position, data }, anchor);
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(position, Data::Sequence(Vec::new()), anchor, tag.as_deref());
            }
            Event::MappingStart(anchor, tag) => self.begin(position, Data::Mapping(Vec::new()), anchor, tag.as_deref()),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Open { node, anchor, .. }) = self.open.pop() {
                    self.add(node, anchor);
                }
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor).copied() {
                Some(id) => self.attach(id),
                None => self.add(Node { position, data: Data::Unreadable(YamlError::RecursiveAlias) }, 0),
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
        }
    }

    /// Begins a collection. The contents of one with an unknown tag are ignored.
    fn begin(&mut self, position: Position, data: Data, anchor: usize, tag: Option<&Tag>) {
        let data = if has_known_tag(tag) { data } else { Data::Unreadable(YamlError::UnknownTag) };
        self.open.push(Open { node: Node { position, data }, anchor, key: None });
    }

    fn add(&mut self, node: Node, anchor: usize) {
        let id = self.nodes.len();
        self.nodes.push(node);
        // Anchors are numbered from 1; 0 means no anchor.
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        self.attach(id);
    }

    /// Adds a node to the innermost open collection; outside of all collections it is a document.
    fn attach(&mut self, id: NodeId) {
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

/// Whether a node has no tag, or one of YAML's core schema.
fn has_known_tag(tag: Option<&Tag>) -> bool {
    tag.is_none_or(Tag::is_yaml_core_schema)
}

fn scalar_data(scalar: Scalar<'_>, plain: Option<String>) -> Data {
    let value = match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => Value::Bool(value),
        Scalar::Integer(value) => Value::Number(value.into()),
        Scalar::FloatingPoint(value) => match Number::from_f64(value.into_inner()) {
            Some(number) => Value::Number(number),
            None => return Data::Unreadable(YamlError::NotFinite),
        },
        Scalar::String(text) => Value::String(text.into_owned()),
    };
    Data::Scalar { value, plain }
}

/// Columns are counted from 1, as editors do.
fn position(marker: &Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}
