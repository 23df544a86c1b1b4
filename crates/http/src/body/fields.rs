//! The fields of a refused body: read once, without making values of what is not known.

use std::fmt::{self, Write as _};

use plenaria_domain::refusal::{Fault, MOST_LISTED, Refusal, ValueType, nearest, pointer_token};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::shape::{Field, Shape};

/// Why a body has no fields that could be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is not JSON, or JSON that no reader takes (nested too deeply, a number too large).
    NotJson,
    /// It is JSON, and no object.
    NoObject,
    /// A known name occurs twice.
    Twice,
}

/// The fields of a body.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    /// The values of the known fields, in the order of the shape.
    known: Vec<Option<&'a RawValue>>,
    /// What is wrong with each of them.
    faults: Vec<Vec<Fault>>,
    /// The first unknown names.
    unknown: Vec<String>,
    /// How many unknown names there are.
    unknown_count: usize,
    twice: bool,
}

impl<'a> Fields<'a> {
    /// Reads a body.
    pub(super) fn read(bytes: &'a [u8], shape: &Shape) -> Result<Self, Unreadable> {
        let text = std::str::from_utf8(bytes).map_err(|_| Unreadable::NotJson)?;
        let is_object = text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{');
        if !is_object {
            serde_json::from_str::<Valid>(text).map_err(|_| Unreadable::NotJson)?;
            return Err(Unreadable::NoObject);
        }
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let read = Reader(shape).deserialize(&mut deserializer).and_then(|fields| {
            deserializer.end()?;
            Ok(fields)
        });
        match read {
            Ok(fields) if fields.twice => Err(Unreadable::Twice),
            Ok(mut fields) => {
                let each = shape.fields.iter().zip(&fields.known);
                fields.faults = each.map(|(field, value)| field.faults(*value)).collect();
                Ok(fields)
            }
            Err(_) => Err(Unreadable::NotJson),
        }
    }

    /// What is missing, of another type, or not known. Of the unknown the first ones; [`Fields::unlisted`] says how many
    /// more there are.
    pub(super) fn faults(&self, shape: &Shape) -> Vec<Fault> {
        let mut faults = self.faults.concat();
        faults.extend(self.unknown.iter().map(|name| {
            let nearest = nearest(name, shape.fields.iter().map(|field| field.name.as_str())).map(str::to_owned);
            Fault::new(format!("/{}", pointer_token(name)), Refusal::UnknownField { nearest })
        }));
        faults
    }

    /// How many unknown names are not among the faults.
    pub(super) fn unlisted(&self) -> usize {
        self.unknown_count - self.unknown.len()
    }

    /// Whether a known field has faults of its own, so that nothing more can be said of it.
    pub(super) fn is_faulty(&self, shape: &Shape, name: &str) -> bool {
        shape.find(name).is_some_and(|index| !self.faults[index].is_empty())
    }

    /// The body with its faultless fields alone.
    pub(super) fn without_faults(&self, shape: &Shape) -> String {
        let mut text = String::from("{");
        for (index, field) in shape.fields.iter().enumerate() {
            if let Some(value) = self.known[index].filter(|_| self.faults[index].is_empty()) {
                let separator = if text.len() > 1 { "," } else { "" };
                let _ = write!(text, "{separator}{}:{}", serde_json::Value::from(&*field.name), value.get());
            }
        }
        text.push('}');
        text
    }
}

impl Field {
    fn faults(&self, value: Option<&RawValue>) -> Vec<Fault> {
        let here = || format!("/{}", pointer_token(&self.name));
        let Some(value) = value else {
            return if self.required { vec![Fault::new(here(), Refusal::Required)] } else { Vec::new() };
        };
        if value.get() == "null" {
            return if self.nullable { Vec::new() } else { vec![Fault::new(here(), Refusal::Required)] };
        }
        match self.expected {
            Some(expected) if !is_of(value, expected) => vec![Fault::new(here(), Refusal::Type { expected })],
            Some(ValueType::List) => {
                self.items.map(|expected| wrong_items(value, expected, &here())).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }
}

/// The first items of a list that are not of this type.
fn wrong_items(list: &RawValue, expected: ValueType, here: &str) -> Vec<Fault> {
    let items: Vec<&RawValue> = serde_json::from_str(list.get()).unwrap_or_default();
    let wrong = items.iter().enumerate().filter(|(_, item)| !is_of(item, expected));
    wrong
        .take(MOST_LISTED + 1)
        .map(|(index, _)| Fault::new(format!("{here}/{index}"), Refusal::Type { expected }))
        .collect()
}

/// Whether a value is of a type: its first character says so, but for whole numbers (`1.0` is one).
fn is_of(value: &RawValue, expected: ValueType) -> bool {
    let text = value.get();
    let first = text.as_bytes().first().copied().unwrap_or_default();
    match expected {
        ValueType::String | ValueType::Text => first == b'"',
        ValueType::Boolean => matches!(first, b't' | b'f'),
        ValueType::Number => first == b'-' || first.is_ascii_digit(),
        ValueType::WholeNumber => text.parse::<f64>().is_ok_and(|number| number.fract() == 0.0),
        ValueType::List | ValueType::ListOfStrings => first == b'[',
        ValueType::Object => first == b'{',
    }
}

struct Reader<'s>(&'s Shape);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Fields<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Fields<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Fields<'de>, A::Error> {
        let known = vec![None; self.0.fields.len()];
        let mut fields = Fields { known, faults: Vec::new(), unknown: Vec::new(), unknown_count: 0, twice: false };
        while let Some(name) = entries.next_key::<String>()? {
            if let Some(index) = self.0.find(&name) {
                let value: &'de RawValue = entries.next_value()?;
                serde_json::from_str::<Valid>(value.get()).map_err(A::Error::custom)?;
                fields.twice |= fields.known[index].replace(value).is_some();
            } else {
                entries.next_value::<Valid>()?;
                if fields.unknown.len() <= MOST_LISTED {
                    fields.unknown.push(name);
                }
                fields.unknown_count += 1;
            }
        }
        Ok(fields)
    }
}

/// Any value that `serde_json` can read, read and let go: no number too large, no half of a surrogate pair, not nested
/// deeper than it goes.
struct Valid;

impl<'de> Deserialize<'de> for Valid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Valid)
    }
}

impl<'de> Visitor<'de> for Valid {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(Self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self, A::Error> {
        while entries.next_entry::<Self, Self>()?.is_some() {}
        Ok(Self)
    }
}
