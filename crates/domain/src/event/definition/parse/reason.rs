//! Parses the reason for which an event is cancelled.

use serde_json::Value;

use crate::event::definition::limits;
use crate::event::definition::parse::node::{ErrorList, Node, is_absent_text};
use crate::validation::FieldError;
use crate::values::language::Language;
use crate::values::text::translated::Translated;

/// Parses the reason for which an event is cancelled: a text in the event's language, or texts by language. A blank one
/// is none.
///
/// # Errors
/// All errors, with JSON pointers that begin with `pointer`.
pub fn parse_reason(
    value: &Value,
    pointer: &str,
    event_language: &Language,
) -> Result<Option<Translated>, Vec<FieldError>> {
    if is_absent_text(value) {
        return Ok(None);
    }
    let errors = ErrorList::default();
    let node = Node { value, pointer: pointer.to_owned(), errors: &errors };
    let reason = node.paragraphs(event_language, limits::SUMMARY);
    let errors = errors.into_inner();
    if errors.is_empty() { Ok(reason) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reason_is_a_text_or_texts_by_language() {
        let english = Language::parse("en").unwrap();
        let parse = |value: &Value| parse_reason(value, "/reason", &english);
        let reason = parse(&json!({"en": "Strike", "es": "Huelga"})).unwrap().unwrap();
        assert_eq!(reason.get(&Language::parse("es").unwrap(), &english), "Huelga");
        assert_eq!(parse(&json!("Strike")).unwrap().unwrap().get(&english, &english), "Strike");
        for blank in [json!(null), json!(" "), json!({"en": "", "es": null})] {
            assert_eq!(parse(&blank), Ok(None));
        }
        for (bad, pointer) in [(json!(5), "/reason"), (json!({"english": "Strike"}), "/reason/english")] {
            assert_eq!(parse(&bad).unwrap_err()[0].pointer, pointer);
        }
    }
}
