//! Describes what publishing a definition changes, for people at a terminal.

use std::fmt::Write as _;

use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::definition::diff::{ChangeOp, DefinitionChange};
use plenaria_persistence::events::publish::outcome::{Effects, PublishMode, PublishOutcome, Published};
use serde_json::Value;

/// The most characters of a value.
const MAX_VALUE: usize = 60;
/// The most changes that are listed.
const MAX_CHANGES: usize = 100;

/// What publishing changes, value by value: `~` is changed, `+` is new and `-` is gone.
pub(crate) fn diff(published: &Published) -> Vec<String> {
    let mut lines: Vec<String> = published.changes.iter().take(MAX_CHANGES).map(change).collect();
    let more = published.changes.len().saturating_sub(MAX_CHANGES);
    if more > 0 {
        lines.push(format!("  … and {more} more changes"));
    }
    lines
}

fn change(change: &DefinitionChange) -> String {
    let DefinitionChange { pointer, op, from, to } = change;
    let (from, to) = (short(from.as_ref()), short(to.as_ref()));
    match op {
        ChangeOp::Add => format!("  + {pointer}: {to}"),
        ChangeOp::Remove => format!("  - {pointer}: {from}"),
        ChangeOp::Replace => format!("  ~ {pointer}: {from} → {to}"),
    }
}

/// A value as JSON on one line, cut off if it is long.
fn short(value: Option<&Value>) -> String {
    let text = value.map(ToString::to_string).unwrap_or_default();
    match text.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The outcome in one line, and what it means for people.
pub(crate) fn summary(published: &Published, mode: PublishMode) -> String {
    let slug = &published.slug;
    let would = if mode == PublishMode::DryRun { "would be " } else { "" };
    let effects = effects(published.effects);
    match published.outcome {
        PublishOutcome::Created => format!("{slug}: {would}created, revision 1"),
        PublishOutcome::Changed => {
            let parts = published.changed_parts.join(", ");
            format!("{slug}: {would}changed ({parts}), revision {}{effects}", published.revision)
        }
        PublishOutcome::Unchanged => format!("{slug}: unchanged, revision {}", published.revision),
    }
}

fn effects(effects: Effects) -> String {
    let mut text = String::new();
    let mut add = |count: u64, what: &str| {
        if count > 0 {
            let _ = write!(text, "; {count} {what}");
        }
    };
    add(effects.promoted.into(), "from the waiting list get a seat");
    add(effects.attendees_to_notify, "people get a mail about it");
    add(effects.over_capacity.into(), "confirmed beyond the capacity, who keep their seats");
    text
}

/// Advice on the times of the programme.
pub(crate) fn advice(definition: &Definition) -> Vec<String> {
    definition.advice().iter().map(|advice| format!("  ! {}: {advice}", advice.pointer)).collect()
}
