//! An event's questions, and the answers to them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::choice;
use crate::refusal::{Fault, Refusal, ValueType, nearest, pointer_token};
use crate::slug::Slug;
use crate::text::{self, Translated};

choice!(
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

/// Checks answers against questions; null answers nothing. All faults are told, with pointers below `/answers`.
pub fn check(questions: &[Question], answers: &Map<String, Value>) -> Result<Map<String, Value>, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut checked = Map::new();
    for name in answers.keys() {
        if !questions.iter().any(|q| q.key.as_str() == name) {
            let nearest = nearest(name, questions.iter().map(|q| q.key.as_str())).map(str::to_owned);
            faults.push(Fault::new(pointer(name), Refusal::UnknownField { nearest }));
        }
    }
    for question in questions {
        let name = question.key.as_str();
        match answers.get(name) {
            None | Some(Value::Null) if question.required => {
                faults.push(Fault::new(pointer(name), Refusal::Required));
            }
            None | Some(Value::Null) => {}
            Some(answer) => match question.check(answer) {
                Ok(value) => {
                    checked.insert(name.to_owned(), value);
                }
                Err(refusal) => faults.push(Fault::new(pointer(name), refusal)),
            },
        }
    }
    if faults.is_empty() { Ok(checked) } else { Err(faults) }
}

fn pointer(name: &str) -> String {
    format!("/answers/{}", pointer_token(name))
}

impl Question {
    fn check(&self, answer: &Value) -> Result<Value, Refusal> {
        match self.kind {
            QuestionKind::Text => {
                let given = answer.as_str().ok_or(Refusal::Type { expected: ValueType::String })?;
                text::clean_multiline(given, 1, MAX_ANSWER).map(Value::String)
            }
            QuestionKind::YesNo => {
                answer.as_bool().map(Value::Bool).ok_or(Refusal::Type { expected: ValueType::Boolean })
            }
            QuestionKind::Choice => self.chosen(answer),
            QuestionKind::Choices => {
                let given = answer.as_array().ok_or(Refusal::Type { expected: ValueType::ListOfStrings })?;
                let mut chosen: Vec<Value> = Vec::new();
                for value in given {
                    let value = self.chosen(value)?;
                    if !chosen.contains(&value) {
                        chosen.push(value);
                    }
                }
                if chosen.is_empty() && self.required {
                    return Err(Refusal::Length { min: 1, max: self.choices.len() });
                }
                Ok(Value::Array(chosen))
            }
        }
    }

    fn chosen(&self, answer: &Value) -> Result<Value, Refusal> {
        let given = answer.as_str().ok_or(Refusal::Type { expected: ValueType::String })?;
        if self.choices.iter().any(|c| c.key.as_str() == given) {
            return Ok(answer.clone());
        }
        Err(Refusal::Choice { choices: self.choices.iter().map(|c| c.key.to_string()).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn every_fault_is_told() {
        let given = json!({"wy": "x", "diet": ["fish"], "first": "yes"});
        let faults = check(&questions(), given.as_object().unwrap()).unwrap_err();
        let told: Vec<_> = faults.iter().map(|f| (f.pointer.as_str(), f.refusal.code())).collect();
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
