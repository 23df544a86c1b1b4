//! ErrorList in the order in which what they are about stands in the document.

use std::collections::HashMap;

use serde_json::Value;

use crate::refusal::{FieldError, pointer_token};

/// Sorts errors by their places. What is missing comes after all that stands in the object that lacks it. The work grows
/// with the document and not with the number of errors.
pub(super) fn sort(document: &Value, errors: &mut [FieldError]) {
    let mut places = Places::default();
    places.add(document, String::new());
    errors.sort_by_cached_key(|error| places.of(&error.pointer));
}

/// For each value the number of its place and that of the last place within it.
#[derive(Default)]
struct Places(HashMap<String, (usize, usize)>);

impl Places {
    /// Numbers a value and all within it; the last number.
    fn add(&mut self, value: &Value, pointer: String) -> usize {
        let first = self.0.len();
        self.0.insert(pointer.clone(), (first, first));
        let mut last = first;
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    last = self.add(value, format!("{pointer}/{}", pointer_token(name)));
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    last = self.add(value, format!("{pointer}/{index}"));
                }
            }
            _ => {}
        }
        if last > first {
            self.0.insert(pointer, (first, last));
        }
        last
    }

    fn of(&self, pointer: &str) -> (usize, bool) {
        if let Some((first, _)) = self.0.get(pointer) {
            return (*first, false);
        }
        let mut around = pointer;
        while let Some((parent, _)) = around.rsplit_once('/') {
            if let Some((_, last)) = self.0.get(parent) {
                return (*last, true);
            }
            around = parent;
        }
        (usize::MAX, true)
    }
}
