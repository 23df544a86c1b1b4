//! Renders the document as `openapi/v1.json` contains it.

use serde_json::Value;

/// What fits into a line of this length, in bytes, stands in one.
const WIDTH: usize = 160;

/// JSON in lines that `diff` can compare. What fits into a line stands in one, and nothing is indented: indentation would make
/// the text a half longer.
pub(crate) fn render(document: &Value) -> String {
    let mut text = String::new();
    write(document, 0, &mut text);
    text + "\n"
}

/// Writes a value after `used` bytes of its line.
fn write(value: &Value, used: usize, text: &mut String) {
    let line = value.to_string();
    let items: Vec<(String, &Value)> = match value {
        Value::Object(map) => {
            map.iter().map(|(name, item)| (format!("{}: ", Value::from(name.as_str())), item)).collect()
        }
        Value::Array(all) => all.iter().map(|item| (String::new(), item)).collect(),
        _ => Vec::new(),
    };
    if items.is_empty() || used + line.len() <= WIDTH {
        text.push_str(&line);
        return;
    }
    let (open, close) = if value.is_object() { ("{\n", "\n}") } else { ("[\n", "\n]") };
    for (index, (name, item)) in items.into_iter().enumerate() {
        text.push_str(if index == 0 { open } else { ",\n" });
        text.push_str(&name);
        write(item, name.len(), text);
    }
    text.push_str(close);
}
