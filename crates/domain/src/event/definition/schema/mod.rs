//! The JSON Schema of definitions, for editors: they complete keys and values, and show what each key means.
//!
//! The schema refuses what the parser refuses, except for the rules that JSON Schema cannot express: unique keys,
//! references to speakers and rooms, times that do not exist or contradict each other, the finer forms of addresses and
//! language tags, and lengths that are counted after a text is trimmed and normalised. `docs/definitions.md` is made
//! from it.

mod event;
mod field;
mod kind;
mod people;
mod programme;

use serde_json::{Map, Value, json};

use crate::event::definition::schema::kind::{Kind, SHARED};

/// The JSON Schema (2020-12) of a definition.
pub fn json_schema() -> Value {
    let shared = SHARED.into_iter().flat_map(|kind| {
        [true, false]
            .into_iter()
            .filter_map(move |required| Some((kind.shared_name(required)?, kind.full_schema(required))))
    });
    let objects = event::objects().into_iter().chain(people::objects()).chain(programme::objects());
    let definitions: Map<String, Value> =
        objects.chain(shared).map(|(name, schema)| (name.to_owned(), schema)).collect();
    let mut schema = Map::new();
    schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    if let Value::Object(mut root) = event::root() {
        schema.append(&mut root);
    }
    schema.insert("$defs".into(), Value::Object(definitions));
    Value::Object(schema)
}

/// The pattern of a country as documents and requests may write it: a code in any letter case, with white space around it.
pub fn country_pattern() -> String {
    Kind::Country.full_schema(true)["pattern"].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod equivalence_tests;
#[cfg(test)]
mod reference_tests;
