//! An event's questions, and the answers to them.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::string_enum::string_enum;
use crate::refusal::{FieldError, MAX_LISTED, InvalidValue, ValueType, nearest, pointer_token};
use crate::slug::Slug;
use crate::text::{self, Translated};

string_enum!(
    /// How a question is answered.
    QuestionKind {
        /// Freely, with a text of at most [`MAX_ANSWER`] characters.
        Text = "text",
        /// With the key of one choice.
        Choice = "choice",
        /// With a list of keys of choices.
        Choices = "choices",
        /// With true or false.
        YesNo = "yes_no",
    }
);

/// The greatest length of a text for an answer, in characters.
pub const MAX_ANSWER: usize = 2000;

/// One of the values to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its key.
    pub key: Slug,
    /// Its label.
    pub label: Translated,
}

/// A question of an event's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its key.
    pub key: Slug,
    /// What is asked.
    pub label: Translated,
    /// How it is answered.
    pub kind: QuestionKind,
    /// Whether it must be answered.
    pub required: bool,
    /// What there is to choose from.
    pub choices: Vec<Choice>,
}

/// Checks answers against questions; null answers nothing, and neither does a blank text where one is expected. All errors are
/// told, with pointers below `/answers`.
pub fn check(questions: &[Question], answers: &Map<String, Value>) -> Result<Map<String, Value>, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut checked = Map::new();
    for name in answers.keys() {
        if !questions.iter().any(|q| q.key.as_str() == name) {
            errors.push(unknown(questions, name, errors.len()));
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
                Err(refusal) => errors.push(FieldError::new(pointer(name), refusal)),
            },
        }
    }
    if errors.is_empty() { Ok(checked) } else { Err(errors) }
}

/// Merges a change into answers (RFC 7396): null and a blank text take one back. What was answered to a question that is asked
/// no more, or no longer so, may stay as it was; what is said now is checked, and so is that whatever must be answered is.
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
            (_, None) => errors.push(unknown(questions, name, errors.len())),
            (value, Some(question)) => match question.check(value) {
                Ok(value) => {
                    merged.insert(name.clone(), value);
                }
                Err(refusal) => errors.push(FieldError::new(pointer(name), refusal)),
            },
        }
    }
    let missing = questions.iter().filter(|question| {
        let name = question.key.as_str();
        // What was refused is there, and has its fault already.
        let refused = change.get(name).is_some_and(|value| !question.is_unanswered_by(value));
        question.required && !merged.contains_key(name) && !refused
    });
    errors.extend(missing.map(|question| FieldError::new(pointer(question.key.as_str()), InvalidValue::Required)));
    if errors.is_empty() { Ok(merged) } else { Err(errors) }
}

/// An unknown name; the nearest known one is looked for only while the fault is among those that are listed.
fn unknown(questions: &[Question], name: &str, errors: usize) -> FieldError {
    if errors >= MAX_LISTED {
        // It is counted, and never listed: those before it fill the list.
        return FieldError::new(String::new(), InvalidValue::UnknownField { nearest: None });
    }
    let nearest = nearest(name, questions.iter().map(|q| q.key.as_str())).map(str::to_owned);
    FieldError::new(pointer(name), InvalidValue::UnknownField { nearest })
}

fn pointer(name: &str) -> String {
    format!("/answers/{}", pointer_token(name))
}

impl Question {
    /// Whether a value leaves the question unanswered: null, and the blank text that an empty field of a form sends.
    fn is_unanswered_by(&self, answer: &Value) -> bool {
        match answer {
            Value::Null => true,
            Value::String(given) => {
                matches!(self.kind, QuestionKind::Text | QuestionKind::Choice) && text::is_blank(given)
            }
            _ => false,
        }
    }

    fn check(&self, answer: &Value) -> Result<Value, InvalidValue> {
        match self.kind {
            QuestionKind::Text => {
                let given = answer.as_str().ok_or(InvalidValue::Type { expected: ValueType::String })?;
                text::clean_multiline(given, 1, MAX_ANSWER).map(Value::String)
            }
            QuestionKind::YesNo => {
                answer.as_bool().map(Value::Bool).ok_or(InvalidValue::Type { expected: ValueType::Boolean })
            }
            QuestionKind::Choice => {
                let known = |given: &str| self.choices.iter().any(|choice| choice.key.as_str() == given);
                self.chosen(answer, known).map(Value::from)
            }
            QuestionKind::Choices => {
                let given = answer.as_array().ok_or(InvalidValue::Type { expected: ValueType::ListOfStrings })?;
                let keys: HashSet<&str> = self.choices.iter().map(|choice| choice.key.as_str()).collect();
                let mut seen = HashSet::new();
                let mut chosen: Vec<Value> = Vec::new();
                for value in given {
                    let key = self.chosen(value, |key| keys.contains(key))?;
                    if seen.insert(key) {
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

    fn chosen<'a>(&self, answer: &'a Value, known: impl Fn(&str) -> bool) -> Result<&'a str, InvalidValue> {
        let given = text::trim(answer.as_str().ok_or(InvalidValue::Type { expected: ValueType::String })?);
        if known(given) {
            return Ok(given);
        }
        Err(InvalidValue::Choice { choices: self.choices.iter().map(|c| c.key.to_string()).collect() })
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
    fn good_answers_are_kept_clean() {
        let given = json!({"why": " Because ", "diet": ["vegan", "vegan"], "first": null});
        let checked = check(&questions(), given.as_object().unwrap()).unwrap();
        assert_eq!(Value::Object(checked), json!({"why": "Because", "diet": ["vegan"]}));
    }

    #[test]
    fn empty_fields_of_a_form_answer_nothing() {
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
        let told = "/answers/gone unknown-field, /answers/wy unknown-field, /answers/why type";
        assert_eq!(merged(json!({"gone": "x", "wy": null, "why": 1})), Err(told.to_owned()));
    }

    /// Any kind of answer, good for some question or for none.
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
        fn what_is_kept_is_a_fixed_point(given in given()) {
            if let Ok(kept) = check(&questions(), &given) {
                prop_assert_eq!(check(&questions(), &kept), Ok(kept.clone()));
                prop_assert!(kept.contains_key("why") && !kept.values().any(Value::is_null));
            }
        }

        #[test]
        fn each_answer_has_one_fault_at_most_and_its_own(given in given()) {
            if let Err(errors) = check(&questions(), &given) {
                let mut pointers: Vec<&str> = errors.iter().map(|f| f.pointer.as_str()).collect();
                pointers.sort_unstable();
                let all = pointers.len();
                pointers.dedup();
                prop_assert_eq!(pointers.len(), all);
                for fault in &errors {
                    let named = given.keys().any(|name| pointer(name) == error.pointer);
                    prop_assert!(named || error.reason == InvalidValue::Required);
                    // Without the faulty ones the rest is in order, but for what is missing.
                    let mut rest = given.clone();
                    rest.retain(|name, _| !errors.iter().any(|f| f.pointer == pointer(name)));
                    let left = check(&questions(), &rest).err().unwrap_or_default();
                    prop_assert!(left.iter().all(|f| f.reason == InvalidValue::Required));
                }
            }
        }

        #[test]
        fn merging_into_nothing_is_answering(given in given()) {
            let none = Map::new();
            match (merge(&questions(), &none, &given), check(&questions(), &given)) {
                (Ok(merged), Ok(checked)) => prop_assert_eq!(Value::Object(merged), Value::Object(checked)),
                (Err(mut one), Err(mut other)) => {
                    let order = |a: &FieldError, b: &FieldError| a.pointer.cmp(&b.pointer);
                    one.sort_by(order);
                    other.sort_by(order);
                    prop_assert_eq!(one, other);
                }
                (one, other) => prop_assert!(false, "{:?} {:?}", one, other),
            }
        }

        #[test]
        fn merging_twice_is_merging_once(before in given(), change in given()) {
            if let Ok(before) = check(&questions(), &before)
                && let Ok(once) = merge(&questions(), &before, &change)
            {
                // What takes back an answer that was never given to a question of the form does so again.
                prop_assert_eq!(merge(&questions(), &once, &change), Ok(once.clone()));
                prop_assert_eq!(check(&questions(), &once), Ok(once.clone()));
            }
        }
    }

    #[test]
    fn every_fault_is_told() {
        let given = json!({"wy": "x", "diet": ["fish"], "first": "yes"});
        let errors = check(&questions(), given.as_object().unwrap()).unwrap_err();
        let told: Vec<_> = errors.iter().map(|f| (f.pointer.as_str(), f.reason.code())).collect();
        assert_eq!(
            told,
            [
                ("/answers/wy", "unknown-field"),
                ("/answers/why", "required"),
                ("/answers/diet", "choice"),
                ("/answers/first", "type")
            ]
        );
    }
}
