//! Sorts validation errors in the order of the document.

use std::collections::HashMap;

use serde_json::Value;

use crate::validation::{FieldError, pointer_token};

/// Sorts errors by their locations. Missing fields come after everything that is in the object that lacks them. The
/// work grows with the size of the document, not with the number of errors times that size.
pub(crate) fn sort(document: &Value, errors: &mut [FieldError]) {
    let mut locations = Locations::default();
    locations.add(document, String::new());
    errors.sort_by_cached_key(|error| locations.sort_key(&error.pointer));
}

/// For each pointer, the value's number in document order, and that of the last value inside it.
#[derive(Default)]
struct Locations(HashMap<String, (usize, usize)>);

impl Locations {
    /// Numbers a value and all values inside it; returns the last number.
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

    /// The number of the value, or for a missing value that of the last value inside its closest existing ancestor;
    /// `true` for a missing value, so that it sorts after that last value.
    fn sort_key(&self, pointer: &str) -> (usize, bool) {
        if let Some((first, _)) = self.0.get(pointer) {
            return (*first, false);
        }
        let mut ancestor = pointer;
        while let Some((parent, _)) = ancestor.rsplit_once('/') {
            if let Some((_, last)) = self.0.get(parent) {
                return (*last, true);
            }
            ancestor = parent;
        }
        (usize::MAX, true)
    }
}
