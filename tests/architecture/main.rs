//! Keeps the source in the shape that `ARCHITECTURE.md` draws.
//!
//! These tests read the program's own source with `syn`, and count the lines of that of its tests too. They fail, and print where, if files import each other in a
//! circle, if an import runs against the direction that `layers.rs` declares, or if a folder or a file outgrows its limit.

#![allow(clippy::panic, reason = "a test that cannot read the source fails")]

mod circles;
mod imports;
mod layers;
mod modules;
mod sizes;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::imports::Import;
use crate::modules::Source;

/// Source files of one folder, without those of its folders.
const MAX_FILES_PER_FOLDER: usize = 12;
/// Lines of one source file, of the program or of its tests.
const MAX_LINES_PER_FILE: usize = 400;

#[test]
fn no_files_import_each_other_in_a_circle() {
    let source = Source::read();
    let imports = imports::of(&source);
    let mut arrows: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for import in &imports {
        arrows.entry(&import.from).or_default().insert(&import.to);
    }
    let circles = circles::find(&arrows);
    let mut report = String::new();
    for circle in &circles {
        let _ = writeln!(report, "\n{} files in a circle:", circle.len());
        for import in imports.iter().filter(|import| circle.contains(import.from.as_str())) {
            if circle.contains(import.to.as_str()) {
                let _ = writeln!(report, "  {import}");
            }
        }
    }
    assert!(circles.is_empty(), "{} circles of imports:\n{report}", circles.len());
}

#[test]
fn imports_follow_the_direction_of_the_layers() {
    let source = Source::read();
    let against: Vec<String> =
        imports::of(&source).iter().filter(|import| !layers::allows(import)).map(Import::to_string).collect();
    assert!(against.is_empty(), "imports against the direction of ARCHITECTURE.md:\n{}", against.join("\n"));
}

#[test]
fn background_tasks_start_in_the_server_alone() {
    let source = Source::read();
    let elsewhere: Vec<&str> = source
        .files
        .iter()
        .filter(|file| !layers::may_start_tasks(&file.path) && imports::starts_tasks(file))
        .map(|file| file.path.as_str())
        .collect();
    assert!(elsewhere.is_empty(), "these files start background tasks: {elsewhere:#?}");
}

#[test]
fn folders_stay_shallow_and_files_short() {
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    let mut faults = String::new();
    let files = sizes::read();
    for file in &files {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        *folders.entry(folder).or_default() += 1;
        if file.lines > MAX_LINES_PER_FILE {
            let _ = writeln!(faults, "{} has {} lines; {MAX_LINES_PER_FILE} are allowed", file.path, file.lines);
        }
    }
    for (folder, count) in folders.iter().filter(|(_, count)| **count > MAX_FILES_PER_FOLDER) {
        let _ = writeln!(faults, "{folder} has {count} files; {MAX_FILES_PER_FOLDER} are allowed");
    }
    assert!(faults.is_empty(), "{faults}");
}
