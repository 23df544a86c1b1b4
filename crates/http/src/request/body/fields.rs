//! Splits an invalid body into its fields and finds the errors of their types, in one pass that allocates nothing for
//! unknown fields except the first names.

use std::fmt::{self, Write as _};

use plenaria_domain::validation::{FieldError, InvalidValue, MAX_LISTED, ValueType, closest_match, pointer_token};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::request::body::shape::{Field, Shape};

/// Why the fields of a body cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is not JSON, or JSON beyond the parser's limits (nested too deeply, a number too large).
    NotJson,
    /// It is JSON, but not an object.
    NotAnObject,
    /// A known name occurs twice.
    DuplicateField,
}

/// The fields of a body.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    /// The values of the known fields, in the order of the shape.
    known: Vec<Option<&'a RawValue>>,
    /// The errors of each known field.
    errors: Vec<Vec<FieldError>>,
    /// The first unknown names.
    unknown: Vec<String>,
    /// How many unknown names there are.
    unknown_count: usize,
    has_duplicate: bool,
}

impl<'a> Fields<'a> {
    /// Reads a body.
    pub(crate) fn read(bytes: &'a [u8], shape: &Shape) -> Result<Self, Unreadable> {
        let text = std::str::from_utf8(bytes).map_err(|_| Unreadable::NotJson)?;
        let is_object = text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{');
        if !is_object {
            serde_json::from_str::<Valid>(text).map_err(|_| Unreadable::NotJson)?;
            return Err(Unreadable::NotAnObject);
        }
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let fields = FieldsVisitor(shape).deserialize(&mut deserializer).and_then(|fields| {
            deserializer.end()?;
            Ok(fields)
        });
        match fields {
            Ok(fields) if fields.has_duplicate => Err(Unreadable::DuplicateField),
            Ok(mut fields) => {
                let known = shape.fields.iter().zip(&fields.known);
                fields.errors = known.map(|(field, value)| field.errors(*value)).collect();
                Ok(fields)
            }
            Err(_) => Err(Unreadable::NotJson),
        }
    }

    /// Errors for fields that are missing, have the wrong type, or are unknown. Of the unknown fields only the first
    /// ones are listed; [`Fields::unlisted`] is the number of the others.
    pub(crate) fn errors(&self, shape: &Shape) -> Vec<FieldError> {
        let mut errors = self.errors.concat();
        errors.extend(self.unknown.iter().map(|name| {
            let nearest = closest_match(name, shape.fields.iter().map(|field| field.name.as_str())).map(str::to_owned);
            FieldError::new(format!("/{}", pointer_token(name)), InvalidValue::UnknownField { nearest })
        }));
        errors
    }

    /// The number of unknown fields that [`Fields::errors`] does not list.
    pub(crate) fn unlisted(&self) -> usize {
        self.unknown_count - self.unknown.len()
    }

    /// Whether a known field has errors of its own.
    pub(crate) fn has_errors(&self, shape: &Shape, name: &str) -> bool {
        shape.find(name).is_some_and(|index| !self.errors[index].is_empty())
    }

    /// The body with only those known fields that have no errors, as JSON.
    pub(crate) fn valid_json(&self, shape: &Shape) -> String {
        let mut text = String::from("{");
        for (index, field) in shape.fields.iter().enumerate() {
            if let Some(value) = self.known[index].filter(|_| self.errors[index].is_empty()) {
                let separator = if text.len() > 1 { "," } else { "" };
                let _ = write!(text, "{separator}{}:{}", serde_json::Value::from(&*field.name), value.get());
            }
        }
        text.push('}');
        text
    }
}

impl Field {
    fn errors(&self, value: Option<&RawValue>) -> Vec<FieldError> {
        let pointer = || format!("/{}", pointer_token(&self.name));
        let Some(value) = value else {
            return if self.required { vec![FieldError::new(pointer(), InvalidValue::Required)] } else { Vec::new() };
        };
        if value.get() == "null" {
            return if self.nullable { Vec::new() } else { vec![FieldError::new(pointer(), InvalidValue::Required)] };
        }
        match self.expected {
            Some(expected) if !has_type(value, expected) => {
                vec![FieldError::new(pointer(), InvalidValue::Type { expected })]
            }
            Some(ValueType::List) => {
                self.items.map(|expected| item_errors(value, expected, &pointer())).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }
}

/// The errors of the first items of a list that do not have this type.
fn item_errors(list: &RawValue, expected: ValueType, pointer: &str) -> Vec<FieldError> {
    let items: Vec<&RawValue> = serde_json::from_str(list.get()).unwrap_or_default();
    let wrong = items.iter().enumerate().filter(|(_, item)| !has_type(item, expected));
    wrong
        .take(MAX_LISTED + 1)
        .map(|(index, _)| FieldError::new(format!("{pointer}/{index}"), InvalidValue::Type { expected }))
        .collect()
}

/// Whether a value has a type. The first character decides, except for whole numbers (`1.0` is one).
fn has_type(value: &RawValue, expected: ValueType) -> bool {
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

struct FieldsVisitor<'s>(&'s Shape);

impl<'de> DeserializeSeed<'de> for FieldsVisitor<'_> {
    type Value = Fields<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Fields<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FieldsVisitor<'_> {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Fields<'de>, A::Error> {
        let known = vec![None; self.0.fields.len()];
        let mut fields =
            Fields { known, errors: Vec::new(), unknown: Vec::new(), unknown_count: 0, has_duplicate: false };
        while let Some(name) = entries.next_key::<String>()? {
            if let Some(index) = self.0.find(&name) {
                let value: &'de RawValue = entries.next_value()?;
                serde_json::from_str::<Valid>(value.get()).map_err(A::Error::custom)?;
                fields.has_duplicate |= fields.known[index].replace(value).is_some();
            } else {
                entries.next_value::<Valid>()?;
                if fields.unknown.len() <= MAX_LISTED {
                    fields.unknown.push(name);
                }
                fields.unknown_count += 1;
            }
        }
        Ok(fields)
    }
}

/// Reads any value that `serde_json` can parse and discards it. It fails for a number that is too large, an unpaired
/// surrogate, and nesting beyond the parser's limit.
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
