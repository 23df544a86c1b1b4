//! The fields of a body's type, read from its schema: their names, which are required, and their JSON types.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use plenaria_domain::validation::ValueType;
use serde_json::Value;
use utoipa::ToSchema;

/// The shapes of all types that had an invalid body so far. A batch can have 500 invalid items, and building a schema
/// takes longer than validating a small item.
static SHAPES: LazyLock<RwLock<HashMap<TypeId, Arc<Shape>>>> = LazyLock::new(RwLock::default);

/// The fields of a body's type.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) fields: Vec<Field>,
    index: HashMap<String, usize>,
}

/// A field of a body's type.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    /// The type that it must have; `None`: any.
    pub(crate) expected: Option<ValueType>,
    /// The type that the items of a list must have; `None`: any.
    pub(crate) items: Option<ValueType>,
}

impl Shape {
    /// The shape of a body's type. It is computed once per process.
    pub(crate) fn of<T: ToSchema + 'static>() -> Arc<Self> {
        let id = TypeId::of::<T>();
        if let Some(shape) = SHAPES.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Arc::clone(shape);
        }
        let schema = serde_json::to_value(T::schema()).unwrap_or_default();
        let shape = Arc::new(Self::from_schema(&schema));
        SHAPES.write().unwrap_or_else(PoisonError::into_inner).entry(id).or_insert(shape).clone()
    }

    fn from_schema(schema: &Value) -> Self {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields: Vec<Field> = schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, schema)| {
                let types = types(schema);
                let expected = value_type(&types);
                Field {
                    name: name.clone(),
                    required: required.contains(&name.as_str()),
                    nullable: expected.is_none() || types.contains(&"null"),
                    expected,
                    items: value_type(&crate::request::body::shape::types(&schema["items"])),
                }
            })
            .collect();
        let index = fields.iter().enumerate().map(|(index, field)| (field.name.clone(), index)).collect();
        Self { fields, index }
    }

    /// The index of a field in [`Shape::fields`].
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }
}

/// The names of the types that a schema allows. A reference is assumed to be an enum of strings.
fn types(schema: &Value) -> Vec<&str> {
    let alternatives = schema["oneOf"].as_array().into_iter().flatten().flat_map(types);
    let reference = schema.get("$ref").map(|_| "string");
    let own = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    own.into_iter().chain(reference).chain(alternatives).collect()
}

/// The type besides null; a schema allows at most one.
fn value_type(types: &[&str]) -> Option<ValueType> {
    types.iter().find(|name| **name != "null").map(|name| match *name {
        "string" => ValueType::String,
        "boolean" => ValueType::Boolean,
        "integer" => ValueType::WholeNumber,
        "number" => ValueType::Number,
        "array" => ValueType::List,
        _ => ValueType::Object,
    })
}
