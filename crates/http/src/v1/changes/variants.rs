//! Describes changes and webhook messages as unions by `type`: a schema for each type, so that a program that has read `type`
//! knows the type of `data`.
//!
//! The types `Change` and `WebhookPayload` are described once (`dto.rs`). Each variant is a copy with its own `type` and
//! `data`.

use plenaria_domain::change::ChangeType;
use serde_json::{Map, Value, json};

/// The type of a test message to a webhook endpoint.
pub(crate) const TEST_TYPE: &str = "webhook.test";
/// What a test message means.
const TEST_DESCRIPTION: &str = "A client asked for a test message.";
/// The schema of the data of any type, from which the variants' data are chosen.
const ANY_DATA: &str = "ChangeData";

/// A type of change or message.
pub(crate) struct Variant {
    /// The value of `type`.
    pub(crate) name: &'static str,
    /// What has happened.
    pub(crate) description: &'static str,
    /// The name of the schema of `data`.
    data: &'static str,
}

impl Variant {
    /// The name of the variant's schema: `registration.created` with the suffix `Change` is `RegistrationCreatedChange`.
    pub(crate) fn schema(&self, suffix: &str) -> String {
        let words = self.name.split('.').filter_map(|word| word.split_at_checked(1));
        words.fold(String::new(), |name, (first, rest)| name + &first.to_uppercase() + rest) + suffix
    }
}

/// The types of changes.
fn changes() -> impl Iterator<Item = Variant> {
    ChangeType::ALL.iter().map(|kind| {
        let name = kind.as_str();
        let data = if name.starts_with("event.") { "EventChange" } else { "RegistrationChange" };
        Variant { name, description: kind.description(), data }
    })
}

/// The types of webhook messages: those of changes, and that of tests.
pub(crate) fn messages() -> impl Iterator<Item = Variant> {
    changes().chain([Variant { name: TEST_TYPE, description: TEST_DESCRIPTION, data: "WebhookTest" }])
}

/// Replaces the schemas of changes and messages by unions.
pub(crate) fn apply(document: &mut Value) {
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    split(schemas, "Change", "Change", changes());
    split(schemas, "WebhookPayload", "Payload", messages());
    schemas.shift_remove(ANY_DATA);
}

/// Replaces a schema by a union of copies of it, one for each variant.
fn split(schemas: &mut Map<String, Value>, name: &str, suffix: &str, variants: impl Iterator<Item = Variant>) {
    let Some(common) = schemas.get(name).cloned() else { return };
    let (mut alternatives, mut mapping) = (Vec::new(), Map::new());
    for variant in variants {
        let (schema, mut own) = (variant.schema(suffix), common.clone());
        own["description"] = json!(variant.description);
        own["properties"]["type"] = json!({"type": "string", "const": variant.name, "description": "The type."});
        own["properties"]["data"] = json!({"$ref": reference(variant.data)});
        alternatives.push(json!({"$ref": reference(&schema)}));
        mapping.insert(variant.name.to_owned(), json!(reference(&schema)));
        schemas.insert(schema, own);
    }
    let union = json!({
        "description": common["description"],
        "oneOf": alternatives,
        "discriminator": {"propertyName": "type", "mapping": mapping},
    });
    schemas.insert(name.to_owned(), union);
}

/// A reference to a schema.
pub(crate) fn reference(schema: &str) -> String {
    format!("#/components/schemas/{schema}")
}
