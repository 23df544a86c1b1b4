//! The questions of an event's registration form, and the validation of the answers.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::string_enum::string_enum;
use crate::validation::{FieldError, InvalidValue, MAX_LISTED, ValueType, closest_match, pointer_token};
use crate::values::slug::Slug;
use crate::values::text::cleaning::{clean_multiline, is_blank, trim};
use crate::values::text::translated::Translated;

string_enum!(
    /// The form of the answer to a question.
    QuestionKind {
        /// A text of at most 2,000 characters.
        Text = "text",
        /// The key of one choice.
        Choice = "choice",
        /// A list of keys of choices.
        Choices = "choices",
        /// True or false.
        YesNo = "yes_no",
    }
);

/// The greatest length of a text answer, in characters.
pub const MAX_ANSWER: usize = 2000;

/// One of the choices of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The choice's key.
    pub key: Slug,
    /// The choice's label.
    pub label: Translated,
}

/// A question of an event's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The question's key.
    pub key: Slug,
    /// The question itself.
    pub label: Translated,
    /// The form of the answer.
    pub kind: QuestionKind,
    /// Whether an answer is required.
    pub required: bool,
    /// The choices; empty for questions without choices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}

/// Checks answers against questions and returns them cleaned. Null does not count as an answer, and neither does a
/// blank string where a text or a choice is expected.
///
/// # Errors
/// All validation errors, with pointers below `/answers`.
pub fn check(questions: &[Question], answers: &Map<String, Value>) -> Result<Map<String, Value>, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut checked = Map::new();
    for name in answers.keys() {
        if !questions.iter().any(|q| q.key.as_str() == name) {
            errors.push(unknown_name(questions, name, errors.len()));
        }
    }
    for question in questions {
        let name = question.key.as_str();
        match answers.get(name).filter(|answer| !question.is_unanswered_by(answer)) {
            None if question.required => errors.push(FieldError::new(pointer(name), InvalidValue::Required)),
            None => {}
            Some(answer) => match question.check(answer) {
                Ok(value) => {
                    checked.insert(name.to_owned(), value);
                }
                Err(reason) => errors.push(FieldError::new(pointer(name), reason)),
            },
        }
    }
    if errors.is_empty() { Ok(checked) } else { Err(errors) }
}

/// Merges a change into stored answers (RFC 7396); null and a blank text remove an answer. Changed answers are checked,
/// and all required questions must have an answer. Unchanged answers stay even if their questions have been removed or
/// altered.
///
/// # Errors
/// All validation errors, with pointers below `/answers`.
pub fn merge(
    questions: &[Question],
    answers: &Map<String, Value>,
    change: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<FieldError>> {
    let mut merged = answers.clone();
    let mut errors = Vec::new();
    for (name, value) in change {
        let question = questions.iter().find(|q| q.key.as_str() == name);
        match (value, question) {
            (value, Some(question)) if question.is_unanswered_by(value) => {
                merged.shift_remove(name);
            }
            (Value::Null, None) if answers.contains_key(name) => {
                merged.shift_remove(name);
            }
            (_, None) => errors.push(unknown_name(questions, name, errors.len())),
            (value, Some(question)) => match question.check(value) {
                Ok(value) => {
                    merged.insert(name.clone(), value);
                }
                Err(reason) => errors.push(FieldError::new(pointer(name), reason)),
            },
        }
    }
    let missing = questions.iter().filter(|question| {
        let name = question.key.as_str();
        // An invalid new answer is not missing, and has its error already.
        let is_invalid = change.get(name).is_some_and(|value| !question.is_unanswered_by(value));
        question.required && !merged.contains_key(name) && !is_invalid
    });
    errors.extend(missing.map(|question| FieldError::new(pointer(question.key.as_str()), InvalidValue::Required)));
    if errors.is_empty() { Ok(merged) } else { Err(errors) }
}

/// The error for an unknown name, as the next error after `previous_errors` others. Only errors that will be listed
/// suggest a known name.
fn unknown_name(questions: &[Question], name: &str, previous_errors: usize) -> FieldError {
    if previous_errors >= MAX_LISTED {
        // This error is counted but never listed, so it needs no pointer.
        return FieldError::new(String::new(), InvalidValue::UnknownField { nearest: None });
    }
    let nearest = closest_match(name, questions.iter().map(|q| q.key.as_str())).map(str::to_owned);
    FieldError::new(pointer(name), InvalidValue::UnknownField { nearest })
}

fn pointer(name: &str) -> String {
    format!("/answers/{}", pointer_token(name))
}

impl Question {
    /// Whether a value does not answer the question: null, or a blank string, which an empty field of a form sends.
    fn is_unanswered_by(&self, answer: &Value) -> bool {
        match answer {
            Value::Null => true,
            Value::String(text) => matches!(self.kind, QuestionKind::Text | QuestionKind::Choice) && is_blank(text),
            _ => false,
        }
    }

    fn check(&self, answer: &Value) -> Result<Value, InvalidValue> {
        match self.kind {
            QuestionKind::Text => {
                let text = answer.as_str().ok_or(InvalidValue::Type { expected: ValueType::String })?;
                clean_multiline(text, 1, MAX_ANSWER).map(Value::String)
            }
            QuestionKind::YesNo => {
                answer.as_bool().map(Value::Bool).ok_or(InvalidValue::Type { expected: ValueType::Boolean })
            }
            QuestionKind::Choice => {
                let is_choice = |key: &str| self.choices.iter().any(|choice| choice.key.as_str() == key);
                Self::chosen_key(answer, is_choice).map(Value::from)
            }
            QuestionKind::Choices => {
                let list = answer.as_array().ok_or(InvalidValue::Type { expected: ValueType::ListOfStrings })?;
                let keys: HashSet<&str> = self.choices.iter().map(|choice| choice.key.as_str()).collect();
                let mut chosen_keys = HashSet::new();
                let mut chosen: Vec<Value> = Vec::new();
                for value in list {
                    let key = Self::chosen_key(value, |key| keys.contains(key))?;
                    if chosen_keys.insert(key) {
                        chosen.push(key.into());
                    }
                }
                if chosen.is_empty() && self.required {
                    return Err(InvalidValue::Required);
                }
                Ok(Value::Array(chosen))
            }
        }
    }

    fn chosen_key(answer: &Value, is_choice: impl Fn(&str) -> bool) -> Result<&str, InvalidValue> {
        let key = trim(answer.as_str().ok_or(InvalidValue::Type { expected: ValueType::String })?);
        if is_choice(key) { Ok(key) } else { Err(InvalidValue::UnknownOption) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn questions() -> Vec<Question> {
        serde_json::from_value(json!([
            {"key": "why", "label": {"en": "Why?"}, "kind": "text", "required": true, "choices": []},
            {"key": "diet", "label": {"en": "Diet"}, "kind": "choices", "required": false,
             "choices": [{"key": "vegan", "label": {"en": "Vegan"}}, {"key": "halal", "label": {"en": "Halal"}}]},
            {"key": "first", "label": {"en": "First time?"}, "kind": "yes_no", "required": false, "choices": []},
        ]))
        .unwrap()
    }

    #[test]
    fn valid_answers_are_cleaned() {
        let given = json!({"why": " Because ", "diet": ["vegan", "vegan"], "first": null});
        let checked = check(&questions(), given.as_object().unwrap()).unwrap();
        assert_eq!(Value::Object(checked), json!({"why": "Because", "diet": ["vegan"]}));
    }

    #[test]
    fn empty_fields_of_a_form_are_not_answers() {
        let questions: Vec<Question> = serde_json::from_value(json!([
            {"key": "text", "label": {"en": "?"}, "kind": "text", "required": false, "choices": []},
            {"key": "choice", "label": {"en": "?"}, "kind": "choice", "required": false,
             "choices": [{"key": "one", "label": {"en": "One"}}]},
            {"key": "needed", "label": {"en": "?"}, "kind": "choices", "required": true,
             "choices": [{"key": "one", "label": {"en": "One"}}]},
        ]))
        .unwrap();
        let before = json!({"text": "a\nb", "choice": "one", "needed": ["one"]});
        let given = json!({"text": "a\r\nb", "choice": " one ", "needed": ["one"]});
        assert_eq!(check(&questions, given.as_object().unwrap()).map(Value::Object), Ok(before.clone()));
        for blank in [json!(null), json!(""), json!(" \r\n")] {
            let given = json!({"text": blank, "choice": blank, "needed": ["one"]});
            let left = Ok(json!({"needed": ["one"]}));
            assert_eq!(check(&questions, given.as_object().unwrap()).map(Value::Object), left);
            let merged = merge(&questions, before.as_object().unwrap(), given.as_object().unwrap());
            assert_eq!(merged.map(Value::Object), left);
        }
        let none = json!({"needed": []});
        let errors = check(&questions, none.as_object().unwrap()).unwrap_err();
        assert_eq!(errors, [FieldError::new("/answers/needed", InvalidValue::Required)]);
    }

    #[test]
    fn a_change_is_merged() {
        let before = json!({"why": "Because", "first": true, "gone": "kept"});
        let merged = |change: Value| {
            let result = merge(&questions(), before.as_object().unwrap(), change.as_object().unwrap());
            result.map(Value::Object).map_err(|errors| {
                errors.iter().map(|f| format!("{} {}", f.pointer, f.reason.code())).collect::<Vec<_>>().join(", ")
            })
        };
        assert_eq!(merged(json!({})), Ok(before.clone()));
        let change = json!({"why": " So ", "first": null, "diet": ["halal"], "gone": null});
        assert_eq!(merged(change), Ok(json!({"why": "So", "diet": ["halal"]})));
        assert_eq!(merged(json!({"why": null})), Err("/answers/why required".to_owned()));
        let expected = "/answers/gone unknown-field, /answers/wy unknown-field, /answers/why type";
        assert_eq!(merged(json!({"gone": "x", "wy": null, "why": 1})), Err(expected.to_owned()));
    }

    /// Any kind of value, a valid answer to some question or to none.
    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
            prop_oneof![Just("vegan"), Just("halal"), Just("")].prop_map(Value::from),
            prop::collection::vec(prop_oneof![Just("vegan"), Just("halal"), Just("fish")], 0..3).prop_map(Value::from),
            Just(json!({"a": 1})),
        ]
    }

    fn given() -> impl Strategy<Value = Map<String, Value>> {
        let name = prop_oneof![Just("why"), Just("diet"), Just("first"), Just("wy"), Just("a/b")];
        prop::collection::vec((name.prop_map(str::to_owned), value()), 0..6).prop_map(|all| all.into_iter().collect())
    }

    proptest! {
        #[test]
        fn checked_answers_pass_unchanged(given in given()) {
            if let Ok(checked) = check(&questions(), &given) {
                prop_assert_eq!(check(&questions(), &checked), Ok(checked.clone()));
                prop_assert!(checked.contains_key("why") && !checked.values().any(Value::is_null));
            }
        }

        #[test]
        fn each_answer_has_at_most_one_error(given in given()) {
            if let Err(errors) = check(&questions(), &given) {
                let mut pointers: Vec<&str> = errors.iter().map(|f| f.pointer.as_str()).collect();
                pointers.sort_unstable();
                let number = pointers.len();
                pointers.dedup();
                prop_assert_eq!(pointers.len(), number);
                for error in &errors {
                    let was_given = given.keys().any(|name| pointer(name) == error.pointer);
                    prop_assert!(was_given || error.reason == InvalidValue::Required);
                    // Without the invalid answers, the only errors are missing answers.
                    let mut valid = given.clone();
                    valid.retain(|name, _| !errors.iter().any(|f| f.pointer == pointer(name)));
                    let remaining = check(&questions(), &valid).err().unwrap_or_default();
                    prop_assert!(remaining.iter().all(|f| f.reason == InvalidValue::Required));
                }
            }
        }

        #[test]
        fn merging_into_no_answers_equals_checking(given in given()) {
            let no_answers = Map::new();
            match (merge(&questions(), &no_answers, &given), check(&questions(), &given)) {
                (Ok(merged), Ok(checked)) => prop_assert_eq!(Value::Object(merged), Value::Object(checked)),
                (Err(mut merge_errors), Err(mut check_errors)) => {
                    let order = |a: &FieldError, b: &FieldError| a.pointer.cmp(&b.pointer);
                    merge_errors.sort_by(order);
                    check_errors.sort_by(order);
                    prop_assert_eq!(merge_errors, check_errors);
                }
                (merged, checked) => prop_assert!(false, "{:?} {:?}", merged, checked),
            }
        }

        #[test]
        fn merging_is_idempotent(before in given(), change in given()) {
            if let Ok(before) = check(&questions(), &before)
                && let Ok(once) = merge(&questions(), &before, &change)
            {
                // Merging the same change again has no effect.
                prop_assert_eq!(merge(&questions(), &once, &change), Ok(once.clone()));
                prop_assert_eq!(check(&questions(), &once), Ok(once.clone()));
            }
        }
    }

    #[test]
    fn all_errors_are_reported() {
        let given = json!({"wy": "x", "diet": ["fish"], "first": "yes"});
        let errors = check(&questions(), given.as_object().unwrap()).unwrap_err();
        let pointers_and_codes: Vec<_> = errors.iter().map(|f| (f.pointer.as_str(), f.reason.code())).collect();
        assert_eq!(
            pointers_and_codes,
            [
                ("/answers/wy", "unknown-field"),
                ("/answers/why", "required"),
                ("/answers/diet", "choice"),
                ("/answers/first", "type")
            ]
        );
    }
}
