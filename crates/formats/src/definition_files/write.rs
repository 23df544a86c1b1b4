//! Writes a definition as YAML.

use plenaria_domain::event::definition::Definition;
use saphyr::{EmitError, Mapping, Scalar, Yaml, YamlEmitter};
use serde_json::Value;

/// Why a definition could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It has no JSON form.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It could not be written as YAML.
    #[error(transparent)]
    Yaml(#[from] EmitError),
}

/// A definition as a YAML document. Texts of several lines are written as blocks.
///
/// # Errors
/// See [`WriteError`].
pub fn to_yaml(definition: &Definition) -> Result<String, WriteError> {
    let value = serde_json::to_value(definition)?;
    let mut text = String::new();
    let mut emitter = YamlEmitter::new(&mut text);
    emitter.multiline(true);
    emitter.dump(&yaml(&value))?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn yaml(value: &Value) -> Yaml<'_> {
    match value {
        Value::Null => Yaml::Value(Scalar::Null),
        Value::Bool(value) => Yaml::Value(Scalar::Boolean(*value)),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Yaml::Value(Scalar::Integer(integer)),
            None => Yaml::Value(Scalar::FloatingPoint(number.as_f64().unwrap_or_default().into())),
        },
        Value::String(text) => Yaml::Value(Scalar::String(text.as_str().into())),
        Value::Array(items) => Yaml::Sequence(items.iter().map(yaml).collect()),
        Value::Object(entries) => {
            let entries =
                entries.iter().map(|(name, value)| (Yaml::Value(Scalar::String(name.as_str().into())), yaml(value)));
            Yaml::Mapping(entries.collect::<Mapping<'_>>())
        }
    }
}
