//! Sorts validation errors in the order of the document.

use std::collections::HashMap;

use serde_json::Value;

use crate::validation::{FieldError, pointer_token};

/// Sorts errors by their locations. Missing fields come after everything that is in the object that lacks them. The
/// document is walked once, along the locations of errors, so the work grows with the size of the document and of the
/// errors, whatever their number, and however long the names in the document are.
pub(crate) fn sort(document: &Value, errors: Vec<FieldError>) -> Vec<FieldError> {
    let mut root = Branch::default();
    for (index, error) in errors.iter().enumerate() {
        let tokens = error.pointer.split('/').skip(1);
        tokens.fold(&mut root, |branch, token| branch.children.entry(token).or_default()).errors.push(index);
    }
    let mut order = Vec::with_capacity(errors.len());
    root.collect(Some(document), &mut order);
    let mut errors: Vec<Option<FieldError>> = errors.into_iter().map(Some).collect();
    order.into_iter().filter_map(|index| errors.get_mut(index)?.take()).collect()
}

/// The errors at and below one location.
#[derive(Default)]
struct Branch<'a> {
    /// The indices of the errors at this location.
    errors: Vec<usize>,
    /// The locations below, by their reference tokens.
    children: HashMap<&'a str, Branch<'a>>,
}

impl Branch<'_> {
    /// Adds the indices of all errors, in the order of `value`, which is the document's value at this location.
    fn collect(mut self, value: Option<&Value>, order: &mut Vec<usize>) {
        order.append(&mut self.errors);
        match value {
            _ if self.children.is_empty() => return,
            Some(Value::Object(map)) => {
                for (name, value) in map {
                    self.collect_child(&pointer_token(name), value, order);
                }
            }
            Some(Value::Array(items)) => {
                for (index, value) in items.iter().enumerate() {
                    self.collect_child(&index.to_string(), value, order);
                }
            }
            _ => {}
        }
        // What the document lacks, in the order in which it was found.
        let mut missing = Vec::new();
        for (_, child) in self.children {
            child.collect(None, &mut missing);
        }
        missing.sort_unstable();
        order.append(&mut missing);
    }

    fn collect_child(&mut self, token: &str, value: &Value, order: &mut Vec<usize>) {
        if let Some(child) = self.children.remove(token) {
            child.collect(Some(value), order);
        }
    }
}
