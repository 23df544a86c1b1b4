//! The differences between two definitions, as changes of single values.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::string_enum::string_enum;
use crate::validation::pointer_token;

string_enum!(
    /// How a value changed.
    ChangeOp {
        /// It is new.
        Add = "add",
        /// It is gone.
        Remove = "remove",
        /// It has another value.
        Replace = "replace",
    }
);

/// A change of one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionChange {
    /// Where the value is, as a JSON Pointer.
    pub pointer: String,
    /// How it changed.
    pub op: ChangeOp,
    /// The value before.
    pub from: Option<Value>,
    /// The value after.
    pub to: Option<Value>,
}

/// The changes that lead from one document to another.
pub fn diff(before: &Value, after: &Value) -> Vec<DefinitionChange> {
    let mut changes = Vec::new();
    compare(String::new(), Some(before), Some(after), &mut changes);
    changes
}

fn compare(pointer: String, from: Option<&Value>, to: Option<&Value>, changes: &mut Vec<DefinitionChange>) {
    let op = match (from, to) {
        _ if from == to => return,
        (Some(Value::Object(from)), Some(Value::Object(to))) => {
            for (name, value) in from {
                compare(format!("{pointer}/{}", pointer_token(name)), Some(value), to.get(name), changes);
            }
            for (name, value) in to.iter().filter(|(name, _)| !from.contains_key(*name)) {
                compare(format!("{pointer}/{}", pointer_token(name)), None, Some(value), changes);
            }
            return;
        }
        (None, _) => ChangeOp::Add,
        (_, None) => ChangeOp::Remove,
        _ => ChangeOp::Replace,
    };
    changes.push(DefinitionChange { pointer, op, from: from.cloned(), to: to.cloned() });
}
