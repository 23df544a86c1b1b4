//! Renders the document as `openapi/v1.json` contains it.

use serde_json::Value;

/// What fits into a line of this length stands in one.
const WIDTH: usize = 160;

/// JSON that people and `diff` can read, at two thirds of the length that indentation alone would make: what fits into a line
/// stands in one.
pub(crate) fn render(document: &Value) -> String {
    let mut text = String::new();
    write(document, 0, 0, &mut text);
    text + "\n"
}

/// Writes a value that stands at this depth, after `used` characters of its line.
fn write(value: &Value, depth: usize, used: usize, text: &mut String) {
    let line = value.to_string();
    let items: Vec<(Option<String>, &Value)> = match value {
        Value::Object(map) => {
            map.iter().map(|(name, item)| (Some(Value::from(name.as_str()).to_string()), item)).collect()
        }
        Value::Array(all) => all.iter().map(|item| (None, item)).collect(),
        _ => Vec::new(),
    };
    if items.is_empty() || depth + used + line.len() <= WIDTH {
        text.push_str(&line);
        return;
    }
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    for (index, (name, item)) in items.into_iter().enumerate() {
        text.push(if index == 0 { open } else { ',' });
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', depth + 1));
        let name = name.map(|name| name + ": ").unwrap_or_default();
        text.push_str(&name);
        write(item, depth + 1, name.len(), text);
    }
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', depth));
    text.push(close);
}
