//! Reads JSON objects and fails if a name occurs twice in one, at any depth. `serde_json` would use the last of the
//! duplicates, so that two readers of one body could understand it differently (RFC 8259, section 4).

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};

/// A JSON value whose objects have no duplicate names.
struct Distinct(Value);

/// For `#[serde(deserialize_with)]`: reads an object, or null as `None`.
pub(crate) fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Map<String, Value>>, D::Error> {
    match Distinct::deserialize(deserializer)?.0 {
        Value::Null => Ok(None),
        Value::Object(map) => Ok(Some(map)),
        _ => Err(D::Error::custom("not an object")),
    }
}

/// For `#[serde(deserialize_with)]`: reads a value, or null as `None`.
pub(crate) fn optional_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Ok(Some(Distinct::deserialize(deserializer)?.0).filter(|value| !value.is_null()))
}

/// Reads a JSON text. The error is one of category `Data` if a name occurs twice.
pub(crate) fn value(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice::<Distinct>(bytes).map(|distinct| distinct.0)
}

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DistinctVisitor)
    }
}

struct DistinctVisitor;

impl<'de> Visitor<'de> for DistinctVisitor {
    type Value = Distinct;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Distinct, E> {
        Ok(Distinct(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Distinct, E> {
        Ok(Distinct(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Distinct, E> {
        Ok(Distinct(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Distinct, E> {
        Ok(Distinct(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Distinct, E> {
        Ok(Distinct(Number::from_f64(value).map_or(Value::Null, Value::Number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Distinct, E> {
        Ok(Distinct(Value::String(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Distinct, E> {
        Ok(Distinct(Value::String(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Distinct, A::Error> {
        let mut list = Vec::new();
        while let Some(Distinct(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Distinct(Value::Array(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Distinct, A::Error> {
        let mut map = Map::new();
        while let Some((name, Distinct(value))) = entries.next_entry::<String, Distinct>()? {
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("a name occurs twice"));
            }
        }
        Ok(Distinct(Value::Object(map)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Value, serde_json::Error> {
        serde_json::from_str::<Distinct>(text).map(|distinct| distinct.0)
    }

    #[test]
    fn a_duplicate_name_is_an_error_at_any_depth() {
        for duplicate in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"a":[0,{"b":1,"c":{},"b":2}]}"#,
            r#"[{"a":1,"\u0061":2}]"#,
        ] {
            assert!(read(duplicate).is_err(), "{duplicate}");
        }
        assert_eq!(read(r#"{"a":{"a":1},"b":{"a":[]}}"#).unwrap(), json!({"a": {"a": 1}, "b": {"a": []}}));
    }

    proptest! {
        #[test]
        fn json_without_duplicates_is_read_as_serde_json_reads_it(text in r"[ -~]{0,8}", number in any::<i64>(), fraction in -1e300..1e300f64, yes: bool) {
            let value = json!({"text": text, "list": [number, fraction, yes, null], "object": {"a": {"b": number}}});
            let text = value.to_string();
            // Compared with what serde_json reads, because a float may lose precision on the way through text.
            prop_assert_eq!(read(&text).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
        }
    }
}
