//! Walking a document while gathering all of its faults.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::language::Language;
use crate::refusal::{Fault, Form, OutOfRange, Refusal, ValueType, nearest, pointer_token};
use crate::text::{self, Translated};

/// The faults found so far.
#[derive(Default)]
pub(super) struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    pub(super) fn add(&self, pointer: impl Into<String>, refusal: Refusal) {
        self.0.borrow_mut().push(Fault::new(pointer, refusal));
    }

    pub(super) fn into_inner(self) -> Vec<Fault> {
        self.0.into_inner()
    }
}

/// A value, where it stands, and where its faults go.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) pointer: String,
    faults: &'a Faults,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value, faults: &'a Faults) -> Self {
        Self { value, pointer: String::new(), faults }
    }

    pub(super) fn fault(&self, refusal: Refusal) {
        self.faults.add(self.pointer.clone(), refusal);
    }

    /// Keeps a good value and tells of a refused one.
    pub(super) fn keep<T>(&self, result: Result<T, Refusal>) -> Option<T> {
        result.map_err(|refusal| self.fault(refusal)).ok()
    }

    fn typed<T>(&self, value: Option<T>, expected: ValueType) -> Option<T> {
        self.keep(value.ok_or(Refusal::Type { expected }))
    }

    pub(super) fn object(&self) -> Option<Object<'a>> {
        let map = self.typed(self.value.as_object(), ValueType::Object)?;
        Some(Object { map, asked: Vec::new(), node: self.clone() })
    }

    /// The items of a list of at most `max`.
    pub(super) fn items(&self, max: usize) -> Vec<Node<'a>> {
        let Some(items) = self.typed(self.value.as_array(), ValueType::List) else { return Vec::new() };
        if items.len() > max {
            self.fault(Refusal::Length { min: 0, max });
        }
        let item = |(index, value)| Node { value, pointer: format!("{}/{index}", self.pointer), faults: self.faults };
        items.iter().take(max).enumerate().map(item).collect()
    }

    pub(super) fn str(&self) -> Option<&'a str> {
        self.typed(self.value.as_str(), ValueType::String)
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        self.typed(self.value.as_bool(), ValueType::Boolean)
    }

    /// A whole number within a range; `1.0` is one too (JSON knows one kind of number).
    pub(super) fn integer(&self, min: u32, max: u32) -> Option<u32> {
        let whole = |f: &f64| f.fract() == 0.0 && f.abs() < 9e15;
        #[allow(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
        let number = self.value.as_i64().or_else(|| self.value.as_f64().filter(whole).map(|f| f as i64));
        let number = self.typed(number, ValueType::WholeNumber)?;
        let refusal = || Refusal::Range(OutOfRange::Between { min: min.into(), max: max.into() });
        self.keep(u32::try_from(number).ok().filter(|n| (min..=max).contains(n)).ok_or_else(refusal))
    }

    pub(super) fn parse<T>(&self, parse: impl Fn(&str) -> Result<T, Refusal>) -> Option<T> {
        self.keep(parse(self.str()?))
    }

    /// A text of one language on one line.
    pub(super) fn line(&self, max: usize) -> Option<String> {
        self.parse(|text| text::clean(text, 1, max))
    }

    /// An address of the web.
    pub(super) fn url(&self) -> Option<String> {
        self.parse(|text| {
            let expected = Refusal::Format { expected: Form::WebAddress };
            let text = text::clean(text, 1, 2000)?;
            let url = url::Url::parse(&text).map_err(|_| expected.clone())?;
            let good = matches!(url.scheme(), "http" | "https") && url.has_host();
            if good { Ok(text) } else { Err(expected) }
        })
    }

    /// A text: a plain string in `language`, or a map by language.
    pub(super) fn text(&self, language: &Language, max: usize) -> Option<Translated> {
        let mut translations = BTreeMap::new();
        match self.value {
            Value::String(plain) => {
                translations.insert(language.clone(), self.keep(text::clean_multiline(plain, 1, max))?);
            }
            Value::Object(map) => {
                for (tag, value) in map {
                    let pointer = format!("{}/{}", self.pointer, pointer_token(tag));
                    let entry = Node { value, pointer, faults: self.faults };
                    let tag = entry.keep(Language::parse_registered(tag));
                    let text = entry.parse(|text| text::clean_multiline(text, 1, max));
                    if let (Some(tag), Some(text)) = (tag, text) {
                        translations.insert(tag, text);
                    }
                }
                if map.is_empty() {
                    self.fault(Refusal::Required);
                }
            }
            _ => self.fault(Refusal::Type { expected: ValueType::Text }),
        }
        Translated::new(translations)
    }

    /// The items of a list, each read by `read`, whose keys must differ.
    pub(super) fn keyed<T>(
        &self,
        max: usize,
        read: impl Fn(&Node<'a>) -> Option<T>,
        key: impl Fn(&T) -> &str,
    ) -> Vec<T> {
        let mut kept: Vec<T> = Vec::new();
        for item in self.items(max) {
            let Some(value) = read(&item) else { continue };
            if kept.iter().any(|other| key(other) == key(&value)) {
                item.fault(Refusal::Duplicate(key(&value).to_owned()));
            } else {
                kept.push(value);
            }
        }
        kept
    }
}

/// An object whose fields are asked for one by one; the others are faults.
pub(super) struct Object<'a> {
    map: &'a Map<String, Value>,
    asked: Vec<&'static str>,
    node: Node<'a>,
}

impl<'a> Object<'a> {
    /// A field that may be missing or null.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<Node<'a>> {
        self.asked.push(name);
        let value = self.map.get(name).filter(|value| !value.is_null())?;
        Some(Node { value, pointer: format!("{}/{name}", self.node.pointer), faults: self.node.faults })
    }

    /// A field that must be there.
    pub(super) fn required(&mut self, name: &'static str) -> Option<Node<'a>> {
        let node = self.optional(name);
        if node.is_none() {
            self.node.faults.add(format!("{}/{name}", self.node.pointer), Refusal::Required);
        }
        node
    }

    /// An optional list, read item by item.
    pub(super) fn list<T>(&mut self, name: &'static str, max: usize, read: impl Fn(&Node<'a>) -> Option<T>) -> Vec<T> {
        self.optional(name).map(|node| node.items(max).iter().filter_map(read).collect()).unwrap_or_default()
    }

    pub(super) fn boolean(&mut self, name: &'static str, default: bool) -> bool {
        self.optional(name).and_then(|node| node.boolean()).unwrap_or(default)
    }

    pub(super) fn text(&mut self, name: &'static str, language: &Language, max: usize) -> Option<Translated> {
        self.optional(name).and_then(|node| node.text(language, max))
    }

    /// Tells of every field that was not asked for.
    pub(super) fn finish(self) {
        for name in self.map.keys().filter(|name| !self.asked.contains(&name.as_str())) {
            let nearest = nearest(name, self.asked.iter().copied()).map(str::to_owned);
            let pointer = format!("{}/{}", self.node.pointer, pointer_token(name));
            self.node.faults.add(pointer, Refusal::UnknownField { nearest });
        }
    }
}
