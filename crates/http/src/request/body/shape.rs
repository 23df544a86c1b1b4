//! The fields of a body's type, read from its schema: their names, which are required, and their JSON types.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use plenaria_domain::validation::ValueType;
use serde_json::Value;
use utoipa::ToSchema;

use crate::schemas;

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
        let mut named = schemas::all();
        T::schemas(&mut named);
        let to_value = |schema| serde_json::to_value(schema).unwrap_or_default();
        let named = named.into_iter().map(|(name, schema)| (format!("#/components/schemas/{name}"), to_value(schema)));
        let shape = Arc::new(Self::from_schema(&to_value(T::schema()), &named.collect()));
        SHAPES.write().unwrap_or_else(PoisonError::into_inner).entry(id).or_insert(shape).clone()
    }

    fn from_schema(schema: &Value, named: &HashMap<String, Value>) -> Self {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields: Vec<Field> = schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, schema)| {
                let types = types(schema, named);
                let expected = value_type(&types);
                Field {
                    name: name.clone(),
                    required: required.contains(&name.as_str()),
                    nullable: expected.is_none() || types.contains(&"null"),
                    expected,
                    items: value_type(&crate::request::body::shape::types(&schema["items"], named)),
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

/// The names of the types that a schema allows. `named` has the schemas that it may refer to.
fn types<'a>(schema: &'a Value, named: &'a HashMap<String, Value>) -> Vec<&'a str> {
    let alternatives = ["oneOf", "anyOf"].into_iter().filter_map(|keyword| schema[keyword].as_array()).flatten();
    let referenced = schema["$ref"].as_str().and_then(|reference| named.get(reference));
    let own = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    own.into_iter().chain(alternatives.chain(referenced).flat_map(|other| types(other, named))).collect()
}

/// The type besides null, if the schema allows only one.
fn value_type(types: &[&str]) -> Option<ValueType> {
    let mut allowed = types.iter().filter(|name| **name != "null");
    let only = allowed.next().filter(|first| allowed.all(|other| other == *first));
    only.map(|name| match *name {
        "string" => ValueType::String,
        "boolean" => ValueType::Boolean,
        "integer" => ValueType::WholeNumber,
        "number" => ValueType::Number,
        "array" => ValueType::List,
        _ => ValueType::Object,
    })
}
