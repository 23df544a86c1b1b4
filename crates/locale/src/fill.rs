//! Fills the placeholders of texts.

/// The text with `{name}` replaced by the value of that name. Values are not searched for placeholders; a name without a
/// value stays as it is.
#[must_use]
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after.split_once('}').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, after))
        });
        if let Some((value, after)) = named {
            filled.push_str(value);
            rest = after;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_searched_for_placeholders() {
        let values = [("name", "{title}"), ("title", "T {name} { }")];
        assert_eq!(fill("{name}: “{title}”, {other} {", &values), "{title}: “T {name} { }”, {other} {");
        assert_eq!(fill("", &values), "");
    }
}
