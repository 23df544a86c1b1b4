//! `docs/definitions.md` lists every key as the schema describes it. With `PLENARIA_WRITE_REFERENCE` set, the test
//! writes that part of the page anew.

use std::fmt::Write as _;

use serde_json::Value;

use crate::event::definition::schema::field::WHEN_CHANGED;
use crate::event::definition::schema::json_schema;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/definitions.md");
/// Stands above the part of the page that is made from the schema.
const MARK: &str = "<!-- made from the JSON Schema -->\n";

/// The name of a definition among the schema's `$defs` that a field refers to, if it does.
fn reference(field: &Value) -> Option<&str> {
    let reference = field.get("$ref").or_else(|| field["anyOf"][0].get("$ref"))?;
    Some(reference.as_str()?.trim_start_matches("#/$defs/").trim_start_matches("optional-"))
}

fn type_of(schema: &Value, field: &Value) -> String {
    if let Some(name) = reference(field) {
        let object = &schema["$defs"][name];
        return match (name, object["title"].as_str()) {
            (_, Some(title)) => format!("[{name}](#{})", title.to_lowercase().replace(' ', "-")),
            ("text", None) => "text".to_owned(),
            ("paragraphs", None) => "text of several paragraphs".to_owned(),
            (name, None) => name.replace('-', " "),
        };
    }
    if let Some(choices) = field["enum"].as_array() {
        let choices = choices.iter().filter_map(Value::as_str).map(|choice| format!("`{choice}`"));
        return choices.collect::<Vec<_>>().join(", ");
    }
    let is = |name: &str| match &field["type"] {
        Value::Array(types) => types.iter().any(|t| t == name),
        other => other == name,
    };
    match field {
        _ if is("array") => format!("at most {} of: {}", field["maxItems"], type_of(schema, &field["items"])),
        _ if is("integer") => format!("whole number, {} to {}", field["minimum"], field["maximum"]),
        _ if is("boolean") => "true or false".to_owned(),
        _ if is("object") => format!("text of at most {} characters", field["maxLength"]),
        _ => format!("string of at most {} characters", field["maxLength"]),
    }
}

fn section(schema: &Value, object: &Value, reference: &mut String) {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let code = |value: Option<&Value>| value.map_or_else(|| "–".to_owned(), |value| format!("`{value}`"));
    write!(reference, "\n## {}\n\n{}\n\n", word(&object["title"]), word(&object["description"])).unwrap();
    reference.push_str("| key | meaning | type | default | example | when changed |\n|---|---|---|---|---|---|\n");
    let required = object["required"].as_array().unwrap();
    for (name, field) in object["properties"].as_object().unwrap() {
        let default =
            if required.iter().any(|r| r == name) { "required".to_owned() } else { code(field.get("default")) };
        let example = code(field["examples"].get(0));
        let when_changed = field[WHEN_CHANGED].as_str().unwrap_or("–");
        let (meaning, kind) = (word(&field["description"]), type_of(schema, field));
        writeln!(reference, "| `{name}` | {meaning} | {kind} | {default} | {example} | {when_changed} |").unwrap();
    }
}

#[test]
fn the_page_lists_every_key() {
    let schema = json_schema();
    let mut reference = MARK.to_owned();
    section(&schema, &schema, &mut reference);
    for object in schema["$defs"].as_object().unwrap().values().filter(|object| object["properties"].is_object()) {
        section(&schema, object, &mut reference);
    }
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (introduction, stored) = page.split_at(page.find(MARK).expect("the mark"));
    if std::env::var_os("PLENARIA_WRITE_REFERENCE").is_some() {
        std::fs::write(PAGE, format!("{introduction}{reference}")).unwrap();
        return;
    }
    assert!(
        stored == reference,
        "docs/definitions.md differs from the schema: run the test with PLENARIA_WRITE_REFERENCE=1"
    );
}
