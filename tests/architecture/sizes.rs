//! Counts the lines of all source files: those of the program, its tests, its benchmarks and its migrations.

use std::fs;
use std::path::Path;

/// The folders of the repository that hold source files.
const FOLDERS: [&str; 4] = ["bench", "crates", "migrations", "tests"];
/// The extensions of source files. Those of pages, their styles and scripts are among them.
const EXTENSIONS: [&str; 6] = ["rs", "py", "mjs", "js", "css", "html"];
/// A folder of packages that are installed beside the browser's tests.
const INSTALLED: &str = "node_modules";

/// A source file.
pub(crate) struct SourceFile {
    /// The path from the workspace's root.
    pub(crate) path: String,
    pub(crate) lines: usize,
}

/// Reads all source files.
pub(crate) fn read() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in FOLDERS {
        read_folder(&root, folder, &mut files);
    }
    files
}

fn read_folder(root: &Path, folder: &str, files: &mut Vec<SourceFile>) {
    let entries = fs::read_dir(root.join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    for entry in entries {
        let entry = entry.unwrap_or_else(|error| panic!("{folder}: {error}")).path();
        let Some(name) = entry.file_name().and_then(|name| name.to_str()) else { continue };
        let path = format!("{folder}/{name}");
        if entry.is_dir() {
            if name != INSTALLED {
                read_folder(root, &path, files);
            }
        } else if entry.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known)) {
            let text = fs::read_to_string(&entry).unwrap_or_else(|error| panic!("{path}: {error}"));
            files.push(SourceFile { path, lines: text.lines().count() });
        }
    }
}
