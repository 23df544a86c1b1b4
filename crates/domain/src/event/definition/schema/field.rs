//! Describes the fields of an object: kind, meaning, default, example, and what a change means for attendees.

use serde_json::{Map, Value, json};

use crate::event::definition::schema::kind::Kind;

/// The name of the annotation that says what changing a field means for people who are registered.
pub(crate) const WHEN_CHANGED: &str = "x-when-changed";

/// A field of an object.
pub(crate) struct Field {
    name: &'static str,
    is_required: bool,
    schema: Map<String, Value>,
}

impl Field {
    /// A field that must be there.
    pub(crate) fn required(name: &'static str, kind: Kind, title: &str, description: &str) -> Self {
        Self::new(name, true, kind, title, description)
    }

    /// A field that may be missing or null.
    pub(crate) fn optional(name: &'static str, kind: Kind, title: &str, description: &str) -> Self {
        Self::new(name, false, kind, title, description)
    }

    fn new(name: &'static str, is_required: bool, kind: Kind, title: &str, description: &str) -> Self {
        let mut schema = Map::new();
        schema.insert("title".into(), json!(title));
        schema.insert("description".into(), json!(description));
        if let Value::Object(mut form) = kind.schema(is_required) {
            schema.append(&mut form);
        }
        Self { name, is_required, schema }
    }

    fn with(mut self, keyword: &str, value: Value) -> Self {
        self.schema.insert(keyword.to_owned(), value);
        self
    }

    /// The value that a missing field means.
    pub(crate) fn default(self, value: impl Into<Value>) -> Self {
        self.with("default", value.into())
    }

    /// An example.
    pub(crate) fn example(self, value: impl Into<Value>) -> Self {
        self.with("examples", json!([value.into()]))
    }

    /// What changing the field means for people who are registered. Fields without this are shown with their new value
    /// from then on, and no message is sent.
    pub(crate) fn when_changed(self, effect: &str) -> Self {
        self.with(WHEN_CHANGED, json!(effect))
    }
}

/// An object with these fields and no others.
pub(crate) fn object(title: &str, description: &str, fields: Vec<Field>) -> Value {
    let required: Vec<&str> = fields.iter().filter(|field| field.is_required).map(|field| field.name).collect();
    let properties: Map<String, Value> =
        fields.into_iter().map(|field| (field.name.to_owned(), Value::Object(field.schema))).collect();
    json!({
        "title": title,
        "description": description,
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}
