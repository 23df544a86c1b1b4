//! Schemas of texts that have one of several values, with what each value means.

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// The schema of a text with one of these values. Its description lists the values with their meanings.
pub(crate) fn schema<'a>(description: &str, values: &[(&'a str, &'a str)]) -> RefOr<Schema> {
    let listed = values.iter().map(|(value, meaning)| format!("\n- `{value}`: {meaning}"));
    let description = format!("{description}\n{}", listed.collect::<String>());
    let names = values.iter().map(|(value, _)| *value);
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).description(Some(description)).into()
}
