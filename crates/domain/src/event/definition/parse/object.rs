//! Reads the fields of an object, and reports those that the object should not have.

use serde_json::{Map, Value};

use crate::event::definition::limits;
use crate::event::definition::parse::node::{Node, is_absent_text, is_null_or_blank};
use crate::validation::{InvalidValue, MAX_LISTED, ValueType, closest_match, pointer_token};
use crate::values::language::Language;
use crate::values::slug::Slug;
use crate::values::text::translated::Translated;

/// An object whose fields are read one by one. [`Object::finish`] reports all fields that were not read.
pub(crate) struct Object<'a> {
    map: &'a Map<String, Value>,
    read_names: Vec<&'static str>,
    node: Node<'a>,
}

impl<'a> Object<'a> {
    /// The object at `node`; adds an error if the value is not an object.
    pub(crate) fn of(node: &Node<'a>) -> Option<Self> {
        let map = node.typed(node.value.as_object(), ValueType::Object)?;
        Some(Self { map, read_names: Vec::new(), node: node.clone() })
    }

    /// An object that may be missing.
    pub(crate) fn object(&mut self, name: &'static str) -> Option<Object<'a>> {
        self.optional(name).and_then(|node| Object::of(&node))
    }

    /// A field that may be missing or null.
    pub(crate) fn optional(&mut self, name: &'static str) -> Option<Node<'a>> {
        self.read_names.push(name);
        let value = self.map.get(name).filter(|value| !value.is_null())?;
        Some(Node { value, pointer: format!("{}/{name}", self.node.pointer), errors: self.node.errors })
    }

    /// A text that may be missing, null or blank (in every language, if it is an object).
    pub(crate) fn optional_text(&mut self, name: &'static str) -> Option<Node<'a>> {
        self.optional(name).filter(|node| !is_absent_text(node.value))
    }

    /// A field that must not be missing, null or blank.
    pub(crate) fn required(&mut self, name: &'static str) -> Option<Node<'a>> {
        let node = self.optional_string(name);
        if node.is_none() {
            self.node.errors.add(format!("{}/{name}", self.node.pointer), InvalidValue::Required);
        }
        node
    }

    /// An optional list, parsed item by item.
    pub(crate) fn list<T>(&mut self, name: &'static str, max: usize, parse: impl Fn(&Node<'a>) -> Option<T>) -> Vec<T> {
        self.optional(name).map(|node| node.items(max).iter().filter_map(parse).collect()).unwrap_or_default()
    }

    /// An optional list, parsed item by item, whose keys must be unique.
    pub(crate) fn keyed_list<T>(
        &mut self,
        name: &'static str,
        max: usize,
        parse: impl Fn(&Node<'a>) -> Option<T>,
        key: impl Fn(&T) -> &str,
    ) -> Vec<T> {
        self.optional(name).map(|node| node.keyed(max, parse, key)).unwrap_or_default()
    }

    /// A choice that may be missing; `default` if it is.
    pub(crate) fn choice<T>(
        &mut self,
        name: &'static str,
        default: T,
        parse: impl Fn(&str) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        self.optional(name).map_or(Some(default), |node| node.parse(parse))
    }

    /// A string that may be missing, null or blank.
    pub(crate) fn optional_string(&mut self, name: &'static str) -> Option<Node<'a>> {
        self.optional(name).filter(|node| !is_null_or_blank(node.value))
    }

    /// A key or another string that may be missing, null or blank.
    pub(crate) fn string<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        self.optional_string(name).and_then(|node| node.parse(parse))
    }

    /// A string that must be there.
    pub(crate) fn required_string<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        self.required(name).and_then(|node| node.parse(parse))
    }

    /// A web address that may be missing, null or blank.
    pub(crate) fn url(&mut self, name: &'static str) -> Option<String> {
        self.optional_string(name).and_then(|node| node.url())
    }

    /// A text of one line that must be there.
    pub(crate) fn required_text(&mut self, name: &'static str, language: &Language) -> Option<Translated> {
        self.required(name).and_then(|node| node.text(language, limits::LINE))
    }

    /// The key of the object, unique in its list.
    pub(crate) fn key(&mut self) -> Option<Slug> {
        self.required_string("key", Slug::parse)
    }

    pub(crate) fn boolean(&mut self, name: &'static str, default: bool) -> bool {
        self.optional(name).and_then(|node| node.boolean()).unwrap_or(default)
    }

    pub(crate) fn text(&mut self, name: &'static str, language: &Language, max: usize) -> Option<Translated> {
        self.optional_text(name).and_then(|node| node.text(language, max))
    }

    pub(crate) fn paragraphs(&mut self, name: &'static str, language: &Language, max: usize) -> Option<Translated> {
        self.optional_text(name).and_then(|node| node.paragraphs(language, max))
    }

    /// Reports every field that was not read.
    pub(crate) fn finish(self) {
        for name in self.map.keys().filter(|name| !self.read_names.contains(&name.as_str())) {
            let is_listed = self.node.errors.len() < MAX_LISTED;
            let nearest = is_listed.then(|| closest_match(name, self.read_names.iter().copied())).flatten();
            let pointer = format!("{}/{}", self.node.pointer, pointer_token(name));
            self.node.errors.add(pointer, InvalidValue::UnknownField { nearest: nearest.map(str::to_owned) });
        }
    }
}
