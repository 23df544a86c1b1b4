//! Finds the changes between two versions of a definition, for people who read what a publication does.
//!
//! Objects are compared field by field. Lists of objects with keys (sessions, speakers) and lists of strings are
//! compared by key, so that an inserted session is one change. Other lists are compared by position, between the items
//! that are the same at the beginning and at the end. The work grows with the size of the documents. If there are more
//! than [`MAX_CHANGES`] changes, greater parts are reported as replaced, down to whole top-level fields.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::string_enum::string_enum;
use crate::validation::pointer_token;

/// The greatest number of changes that are reported one by one.
pub const MAX_CHANGES: usize = 1000;

/// How far below the document changes are looked for, in order of preference: as far as possible, in the objects of a
/// list as a whole (`/programme/sessions/5`), in top-level fields as a whole.
const DEPTHS: [usize; 3] = [usize::MAX, 3, 1];

string_enum!(
    /// What happened to a value.
    ChangeOp {
        /// The value is new.
        Add = "add",
        /// The value was removed.
        Remove = "remove",
        /// The value was replaced.
        Replace = "replace",
    }
);

/// A change of one value in a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionChange {
    /// The value's location (RFC 6901). Indices are those of the new document, except that the last index of an item
    /// that was removed from a list is that of the earlier document.
    pub pointer: String,
    /// What happened to it.
    pub op: ChangeOp,
    /// The earlier value. Where only the order of a list changed, this is the list of its keys in the earlier order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// The new value, or the list of keys in the new order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// The changes that make `after` of `before`, which are canonical documents: without nulls.
pub fn diff(before: &Value, after: &Value) -> Vec<DefinitionChange> {
    let mut changes = Vec::new();
    for depth in DEPTHS {
        changes.clear();
        compare(before, after, &mut String::new(), depth, &mut changes);
        if changes.len() <= MAX_CHANGES {
            break;
        }
    }
    changes
}

fn compare(before: &Value, after: &Value, pointer: &mut String, depth: usize, changes: &mut Vec<DefinitionChange>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) if depth > 0 => {
            fields(before, after, pointer, depth - 1, changes);
        }
        (Value::Array(before), Value::Array(after)) if depth > 0 => items(before, after, pointer, depth - 1, changes),
        _ if before == after => {}
        _ => changes.push(change(pointer.clone(), Some(before), Some(after))),
    }
}

fn change(pointer: String, from: Option<&Value>, to: Option<&Value>) -> DefinitionChange {
    let op = match (from, to) {
        (None, _) => ChangeOp::Add,
        (_, None) => ChangeOp::Remove,
        _ => ChangeOp::Replace,
    };
    DefinitionChange { pointer, op, from: from.cloned(), to: to.cloned() }
}

/// Runs `work` with the pointer to a child.
fn at_child(pointer: &mut String, token: &str, work: impl FnOnce(&mut String)) {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(token);
    work(pointer);
    pointer.truncate(length);
}

fn fields(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    pointer: &mut String,
    depth: usize,
    changes: &mut Vec<DefinitionChange>,
) {
    for (name, value) in after {
        at_child(pointer, &pointer_token(name), |pointer| match before.get(name) {
            Some(earlier) => compare(earlier, value, pointer, depth, changes),
            None => changes.push(change(pointer.clone(), None, Some(value))),
        });
    }
    for (name, value) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        changes.push(change(format!("{pointer}/{}", pointer_token(name)), Some(value), None));
    }
}

fn items(before: &[Value], after: &[Value], pointer: &mut String, depth: usize, changes: &mut Vec<DefinitionChange>) {
    match (keys(before), keys(after)) {
        (Some(keys_before), Some(keys_after)) => {
            keyed_items((&keys_before, before), (&keys_after, after), pointer, depth, changes);
        }
        _ => items_by_position(before, after, pointer, depth, changes),
    }
}

/// The items' keys, if each item has one and no two are the same. A string is its own key.
fn keys(items: &[Value]) -> Option<Vec<&str>> {
    let keys: Vec<&str> =
        items.iter().map(|item| item.as_str().or_else(|| item.get("key")?.as_str())).collect::<Option<_>>()?;
    let distinct: HashSet<&str> = keys.iter().copied().collect();
    (distinct.len() == keys.len()).then_some(keys)
}

fn keyed_items(
    (keys_before, before): (&[&str], &[Value]),
    (keys_after, after): (&[&str], &[Value]),
    pointer: &mut String,
    depth: usize,
    changes: &mut Vec<DefinitionChange>,
) {
    let earlier: HashMap<&str, &Value> = keys_before.iter().copied().zip(before).collect();
    let kept: HashSet<&str> = keys_after.iter().copied().filter(|key| earlier.contains_key(key)).collect();
    let is_kept = |key: &&&str| kept.contains(**key);
    if !keys_before.iter().filter(is_kept).eq(keys_after.iter().filter(is_kept)) {
        let (from, to) = (Value::from(keys_before.to_vec()), Value::from(keys_after.to_vec()));
        changes.push(change(pointer.clone(), Some(&from), Some(&to)));
    }
    for (index, (key, value)) in keys_after.iter().zip(after).enumerate() {
        at_child(pointer, &index.to_string(), |pointer| match earlier.get(key) {
            Some(earlier) => compare(earlier, value, pointer, depth, changes),
            None => changes.push(change(pointer.clone(), None, Some(value))),
        });
    }
    for (index, (_, value)) in keys_before.iter().zip(before).enumerate().filter(|(_, (key, _))| !kept.contains(*key)) {
        changes.push(change(format!("{pointer}/{index}"), Some(value), None));
    }
}

fn items_by_position(
    before: &[Value],
    after: &[Value],
    pointer: &mut String,
    depth: usize,
    changes: &mut Vec<DefinitionChange>,
) {
    let equal = |(a, b): &(&Value, &Value)| a == b;
    let start = before.iter().zip(after).take_while(equal).count();
    let (middle_before, middle_after) = (&before[start..], &after[start..]);
    let end = middle_before.iter().rev().zip(middle_after.iter().rev()).take_while(equal).count();
    let middle_before = &middle_before[..middle_before.len() - end];
    let middle_after = &middle_after[..middle_after.len() - end];
    for index in 0..middle_before.len().max(middle_after.len()) {
        at_child(pointer, &(start + index).to_string(), |pointer| {
            match (middle_before.get(index), middle_after.get(index)) {
                (Some(earlier), Some(value)) => compare(earlier, value, pointer, depth, changes),
                (from, to) => changes.push(change(pointer.clone(), from, to)),
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::event::definition::samples::full_document;

    /// The changes as (pointer, op, from, to), with null for no value.
    fn changes(before: &Value, after: &Value) -> Value {
        let change = |c: DefinitionChange| json!([c.pointer, c.op.as_str(), c.from, c.to]);
        diff(before, after).into_iter().map(change).collect()
    }

    #[test]
    fn fields_are_added_removed_and_replaced() {
        let before = json!({"title": {"en": "A", "es": "B"}, "place": "P", "registration": {"capacity": 5}});
        let after = json!({"title": {"en": "C", "fr/CA": "D"}, "place": "P", "registration": {}, "series": "s"});
        let expected = json!([
            ["/title/en", "replace", "A", "C"],
            ["/title/fr~1CA", "add", null, "D"],
            ["/title/es", "remove", "B", null],
            ["/registration/capacity", "remove", 5, null],
            ["/series", "add", null, "s"],
        ]);
        assert_eq!(changes(&before, &after), expected);
        assert_eq!(changes(&before, &before), json!([]));
    }

    #[test]
    fn objects_with_keys_are_compared_by_key() {
        let item = |key: &str, minutes: u32| json!({"key": key, "minutes": minutes});
        let before = json!({"s": [item("a", 1), item("b", 2), item("c", 3)]});
        let inserted = json!({"s": [item("a", 1), item("new", 9), item("b", 5), item("c", 3)]});
        let expected = json!([["/s/1", "add", null, item("new", 9)], ["/s/2/minutes", "replace", 2, 5]]);
        assert_eq!(changes(&before, &inserted), expected);
        let removed = json!({"s": [item("a", 1), item("c", 3)]});
        assert_eq!(changes(&before, &removed), json!([["/s/1", "remove", item("b", 2), null]]));
        let moved = json!({"s": [item("c", 3), item("a", 1), item("b", 2)]});
        assert_eq!(changes(&before, &moved), json!([["/s", "replace", ["a", "b", "c"], ["c", "a", "b"]]]));
        // Strings are their own keys.
        let strings = |list: &[&str]| json!({ "co": list });
        let expected = json!([["/co/0", "add", null, "x"], ["/co/1", "remove", "b", null]]);
        assert_eq!(changes(&strings(&["a", "b"]), &strings(&["x", "a"])), expected);
    }

    #[test]
    fn other_lists_are_compared_between_their_equal_ends() {
        let list = |labels: &[&str]| json!(labels.iter().map(|l| json!({ "label": l })).collect::<Vec<_>>());
        let expected = json!([["/1", "add", null, {"label": "x"}]]);
        assert_eq!(changes(&list(&["a", "b", "c"]), &list(&["a", "x", "b", "c"])), expected);
        let expected = json!([["/1/label", "replace", "b", "x"], ["/2", "remove", {"label": "c"}, null]]);
        assert_eq!(changes(&list(&["a", "b", "c", "d"]), &list(&["a", "x", "d"])), expected);
        assert_eq!(changes(&list(&["a"]), &list(&["a", "a"])), json!([["/1", "add", null, {"label": "a"}]]));
    }

    #[test]
    fn many_changes_are_reported_in_greater_parts() {
        let sessions = |count: usize, title: &str| {
            let session = |i| json!({"key": format!("s{i}"), "title": {"en": title, "es": title}});
            json!({"slug": "e", "programme": {"sessions": (0..count).map(session).collect::<Vec<_>>()}})
        };
        let pointers = |count| {
            let found = diff(&sessions(count, "A"), &sessions(count, "B"));
            (found.len(), found[0].pointer.clone())
        };
        assert_eq!(pointers(500), (1000, "/programme/sessions/0/title/en".to_owned()));
        assert_eq!(pointers(501), (501, "/programme/sessions/0".to_owned()));
        assert_eq!(pointers(1001), (1, "/programme".to_owned()));
    }

    proptest! {
        #[test]
        fn only_different_documents_have_changes(place: prop::sample::Index, new in prop::sample::select(vec!["", "x"])) {
            let before = full_document();
            let mut after = before.clone();
            let pointers = crate::event::definition::samples::pointers(&before);
            *after.pointer_mut(&pointers[place.index(pointers.len())]).unwrap() = json!(new);
            prop_assert_eq!(diff(&before, &after).is_empty(), before == after);
            prop_assert_eq!(diff(&before, &before), Vec::new());
        }
    }
}
