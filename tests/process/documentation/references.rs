//! Names in the documentation exist: every path, function and type in backticks in `docs` and the README exists in this
//! repository, and every link to a file resolves.
//!
//! The test does not check statements about them. Functions are found by name, without their parameters.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Names that look like ours but are not, with the reason.
const FOREIGN_NAMES: [(&str, &str); 3] = [
    ("wal_checkpoint", "a pragma of SQLite"),
    ("target/bench", "made by scripts/bench"),
    ("plenaria-data/secret-key", "made by the program in its data directory"),
];
/// Prefixes of text with slashes that is not a file's path.
const NO_FILES: [&str; 6] = ["/", "./plenaria-data", "application/", "text/", "image/", "http"];
/// File extensions that make a name without a slash a file's name.
const EXTENSIONS: [&str; 16] =
    ["rs", "py", "sh", "md", "toml", "yml", "yaml", "json", "jsonl", "lua", "sql", "mjs", "cfg", "conf", "vcl", "txt"];

/// The files and sources that names are looked up in.
struct Repository {
    /// Files and directories, from the root.
    paths: BTreeSet<String>,
    /// The Rust sources: path and text.
    sources: Vec<(String, String)>,
    /// Third-party crates that the workspace depends on.
    crates: Vec<String>,
}

/// A name in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    /// A file or directory.
    Path(String),
    /// `owner::item`; the owner is a type, a module or a crate.
    Item { owner: String, item: String },
    /// A function without its owner.
    Function(String),
    /// An item and the file that should define it.
    ItemIn { item: String, file: String },
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Expands braces: `a{b,c}d` to `abd` and `acd`.
fn expand_braces(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let Some((inner, after)) = rest.split_once('}') else { return vec![path.to_owned()] };
    inner.split(',').flat_map(|one| expand_braces(&format!("{before}{one}{after}"))).collect()
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// Whether a code span is a file's path; URL paths and media types are not.
fn is_path(span: &str) -> bool {
    let plain = span.chars().all(|c| c.is_ascii_alphanumeric() || "._-/{},*".contains(c));
    let is_foreign = NO_FILES.iter().any(|prefix| span.starts_with(prefix));
    let named = span.contains('/') && !span.contains("//");
    // Neither a decimal number nor a field like `join.url`.
    let file = EXTENSIONS.contains(&extension(span)) && extension(span).len() < span.len() - 1;
    plain && !is_foreign && (named || file) && span.contains(|c: char| c.is_ascii_alphabetic())
}

/// The name in a code span, if it has one.
fn name_of(span: &str) -> Option<Name> {
    let head = span.split_once('(').map_or(span, |(head, _)| head);
    let parts: Vec<&str> = head.split("::").collect();
    match parts[..] {
        [.., owner, item] if parts.iter().all(|part| is_identifier(part)) => {
            Some(Name::Item { owner: owner.to_owned(), item: item.to_owned() })
        }
        [function]
            if span.ends_with(')')
                && head != span
                && is_identifier(function)
                && !function.starts_with(char::is_uppercase) =>
        {
            Some(Name::Function(function.to_owned()))
        }
        [path] if is_path(path) && head == span => Some(Name::Path(path.trim_end_matches('/').to_owned())),
        _ => None,
    }
}

/// Whether a path like `serde_json::Value` belongs to a third-party crate.
fn is_third_party(path: &str, crates: &[String]) -> bool {
    let first = path.split("::").next().unwrap_or_default();
    path.contains("::") && (["std", "core"].contains(&first) || crates.iter().any(|name| name == first))
}

impl Repository {
    fn read() -> Self {
        let root = Path::new(ROOT);
        let (mut paths, mut sources, mut left) = (BTreeSet::new(), Vec::new(), vec![PathBuf::new()]);
        while let Some(directory) = left.pop() {
            for entry in std::fs::read_dir(root.join(&directory)).unwrap() {
                let entry = entry.unwrap();
                let path = directory.join(entry.file_name());
                let text = path.to_str().unwrap().to_owned();
                if ["target", ".git", "node_modules", "__pycache__"].iter().any(|name| entry.file_name() == *name) {
                    continue;
                }
                // This file's own test data names items that do not exist.
                if entry.file_type().unwrap().is_dir() {
                    left.push(path);
                } else if extension(&text) == "rs" && text != "tests/process/documentation/references.rs" {
                    sources.push((text.clone(), std::fs::read_to_string(entry.path()).unwrap()));
                }
                paths.insert(text);
            }
        }
        let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
        let crates = manifest.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name);
        let crates = crates.filter(|name| !name.starts_with("plenaria")).map(|name| name.replace('-', "_")).collect();
        Self { paths, sources, crates }
    }

    /// The files and directories whose path ends with this one; `*` matches a part of a name.
    fn named(&self, path: &str) -> Vec<&str> {
        let wanted: Vec<&str> = path.split('/').collect();
        let fits = |there: &&String| {
            let there: Vec<&str> = there.split('/').collect();
            let from = there.len().checked_sub(wanted.len());
            from.is_some_and(|from| there[from..].iter().zip(&wanted).all(|(there, wanted)| matches(there, wanted)))
        };
        self.paths.iter().filter(fits).map(String::as_str).collect()
    }

    /// Whether an owner has an item: a file that contains the type, is the module or belongs to the crate defines it.
    fn has(&self, owner: &str, item: &str) -> bool {
        let of_crate = owner.strip_prefix("plenaria_").map(|name| format!("crates/{name}/src/"));
        let module = [format!("/{owner}.rs"), format!("/{owner}/mod.rs")];
        let as_file = [format!("/{owner}/{item}.rs"), format!("/{owner}/{item}/mod.rs")];
        self.sources.iter().any(|(path, text)| {
            let owns = of_crate.as_ref().is_some_and(|directory| path.starts_with(directory))
                || module.iter().any(|end| path.ends_with(end))
                || text.contains(owner) && words(text).any(|word| word == owner);
            owns && defines(text, item) || as_file.iter().any(|end| path.ends_with(end))
        })
    }

    fn exists(&self, name: &Name) -> bool {
        let is_listed = |text: &str| FOREIGN_NAMES.iter().any(|(other, _)| *other == text);
        match name {
            Name::Path(path) => expand_braces(path).iter().all(|path| is_listed(path) || !self.named(path).is_empty()),
            Name::Item { owner, item } => self.has(owner, item),
            Name::Function(name) => is_listed(name) || self.sources.iter().any(|(_, text)| has_function(text, name)),
            Name::ItemIn { item, file } => {
                let files = self.named(file);
                self.sources.iter().any(|(path, text)| files.contains(&path.as_str()) && defines(text, item))
            }
        }
    }

    /// The names and links of a page that do not exist, one per line.
    fn missing(&self, page: &str, text: &str) -> String {
        let mut missing = String::new();
        for name in names(text, &self.crates) {
            if !self.exists(&name) {
                writeln!(missing, "{page}: {name:?}").unwrap();
            }
        }
        for link in links(text) {
            let directory = page.rsplit_once('/').map_or("", |(directory, _)| directory);
            if !self.paths.contains(&resolved(directory, &link)) {
                writeln!(missing, "{page}: a link to {link}").unwrap();
            }
        }
        missing
    }
}

/// Whether a part of a path fits a pattern with at most one `*`.
fn matches(part: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => part == pattern,
        Some((before, after)) => {
            part.len() >= before.len() + after.len() && part.starts_with(before) && part.ends_with(after)
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn has_function(text: &str, name: &str) -> bool {
    text.contains(name) && follows(text, &["fn"], name)
}

/// Whether a word directly follows one of the words in `before`.
fn follows(text: &str, before: &[&str], word: &str) -> bool {
    let all: Vec<&str> = words(text).collect();
    all.windows(2).any(|two| before.contains(&two[0]) && two[1] == word)
}

/// Whether a source defines an item: a named item, an enum's variant, or a field.
fn defines(text: &str, item: &str) -> bool {
    let kinds = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod", "macro_rules"];
    let line = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) ")).unwrap_or(line);
        line.strip_prefix(item).is_some_and(|rest| rest.is_empty() || rest.starts_with([',', '(', ':', ' ']))
    };
    text.contains(item)
        && (follows(text, &kinds, item)
            || text.lines().any(line)
            || text.contains("pub use") && is_reexported(text, item))
}

/// Whether a source re-exports an item.
fn is_reexported(text: &str, item: &str) -> bool {
    text.split("pub use ")
        .skip(1)
        .any(|rest| words(rest.split(';').next().unwrap_or_default()).any(|word| word == item))
}

/// The names in a page: in code spans, in calls in Rust blocks, and as paths in shell blocks.
fn names(page: &str, crates: &[String]) -> Vec<Name> {
    let (mut names, mut prose, mut language) = (Vec::new(), String::new(), None);
    for line in page.lines() {
        if let Some(fence) = line.trim_start().strip_prefix("```") {
            language = if language.is_some() { None } else { Some(fence.split(' ').next().unwrap_or_default()) };
            prose.push_str("\n\n");
            continue;
        }
        match language {
            None => {
                prose.push_str(line);
                prose.push('\n');
            }
            Some("rust") => names.extend(calls(line, crates)),
            Some("sh") => names.extend(commands(line)),
            Some(_) => {}
        }
    }
    // Code spans do not cross paragraphs, so an unpaired backtick affects its own paragraph only.
    for paragraph in prose.split("\n\n") {
        let parts: Vec<&str> = paragraph.split('`').collect();
        for (index, span) in parts.iter().enumerate().skip(1).step_by(2) {
            let span = span.replace('\n', " ");
            let Some(name) = name_of(&span).filter(|_| !is_third_party(&span, crates)) else { continue };
            // “`Type::function` in `file.rs`”.
            if let (Name::Item { item, .. }, Some(&" in "), Some(file)) =
                (&name, parts.get(index + 1), parts.get(index + 2))
                && is_path(file)
            {
                names.push(Name::ItemIn { item: item.clone(), file: (*file).to_owned() });
            }
            names.push(name);
        }
    }
    names
}

/// The calls `module::function(…)` in a line of Rust.
fn calls(line: &str, crates: &[String]) -> Vec<Name> {
    let code = line.split("//").next().unwrap_or_default();
    let callees = code.split('(').rev().skip(1).filter_map(|before| {
        let other = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':';
        before.rsplit(other).next().filter(|path| !is_third_party(path, crates))
    });
    callees.filter_map(name_of).filter(|name| matches!(name, Name::Item { .. })).collect()
}

/// The repository's paths in a line of shell.
fn commands(line: &str) -> Vec<Name> {
    let code = line.split(" #").next().unwrap_or_default();
    let tops = ["scripts/", "tests/", "crates/", "programmes/", "docs/", "openapi/", "bench/", "migrations/"];
    let ours = code.split_whitespace().filter(|word| tops.iter().any(|top| word.starts_with(top)));
    ours.filter(|word| is_path(word)).map(|word| Name::Path(word.to_owned())).collect()
}

/// The targets of a page's links to files, without fragments.
fn links(page: &str) -> Vec<String> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let files = targets.filter(|target| !target.contains("://") && !target.starts_with('#') && !target.contains(' '));
    files.map(|target| target.split('#').next().unwrap_or_default().to_owned()).collect()
}

/// A link's target, relative to the repository's root.
fn resolved(directory: &str, link: &str) -> String {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "" | "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn names_in_the_documentation_exist() {
    let repository = Repository::read();
    let at_the_root = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
    let is_page =
        |path: &&String| path.starts_with("docs/") && extension(path) == "md" || at_the_root.contains(&path.as_str());
    let pages: Vec<&String> = repository.paths.iter().filter(is_page).collect();
    assert!(pages.len() > 20, "{pages:?}");
    let mut found = 0;
    let mut missing = String::new();
    for page in pages {
        let text = std::fs::read_to_string(Path::new(ROOT).join(page)).unwrap();
        found += names(&text, &repository.crates).len();
        missing += &repository.missing(page, &text);
    }
    assert!(found > 150, "only {found} names were found");
    assert!(missing.is_empty(), "these names do not exist:\n{missing}");
}

/// Test data: a repository, and pages with names that exist in it and names that do not.
#[test]
fn missing_names_are_found() {
    let sources = [
        (
            "crates/http/src/auth/caller.rs",
            "pub(crate) enum Caller {\n    Anonymous,\n}\nimpl Caller {\n    fn holder() {}\n}",
        ),
        ("crates/http/src/idempotency.rs", "pub(crate) async fn key(\n) {}\nconst LONGEST: usize = 1;"),
        ("crates/http/src/lib.rs", "pub mod tokens;"),
        ("crates/http/src/tokens.rs", "pub use crate::auth::{ManageTokens, Other};"),
        ("tests/api/mail.rs", "fn alone() {}"),
    ];
    let sources: Vec<_> = sources.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    let mut paths: BTreeSet<String> = sources.iter().map(|(path, _)| path.clone()).collect();
    let more = [
        "crates",
        "crates/http",
        "crates/http/src/auth",
        "tests/api",
        "docs/page.md",
        "docs/other.md",
        "README.md",
        "scripts/test",
    ];
    paths.extend(more.map(str::to_owned));
    let repository = Repository { paths, sources, crates: vec!["serde_json".to_owned()] };
    let right = "\
        The files `crates/http/src/auth/caller.rs`, `caller.rs`, `auth/caller.rs`, `crates/http/`, `tests/api/*.rs`,\n\
        `auth/{caller,caller}.rs`; `Caller::holder` in `caller.rs`, `Caller::Anonymous`, `idempotency::key`, `auth::caller`,\n\
        `plenaria_http::auth::keys`, `auth::ManageTokens`, `alone()`, `Caller::holder(…)`, `idempotency::LONGEST`. Not ours:\n\
        `serde_json::Value`, `/v1/events/{event}`, `application/json`, `wal_checkpoint(TRUNCATE)`, `COUNT(*)`, `3.5`,\n\
        `join.url`, `PLENARIA_LOG=info`, `a b/c`, `no_function`. [A link](other.md#part), [up](../README.md), \
        [away](https://example.org/x).\n\n\
        ```rust\nlet key = idempotency::key(&request, Caller::holder(x))?; // gone::away()\n```\n\n\
        ```sh\nscripts/test -p x   # scripts/gone\ngone/away\n```\n\n```yaml\na: `gone.rs`\n```\n\nA lonely ` tick.\n\nAnd `caller.rs`.\n";
    assert_eq!(repository.missing("docs/page.md", right), "");
    for wrong in [
        "`holder.rs`",
        "see `crates/http/src/holder.rs`, and",
        "`auth/gone/`",
        "`crates/gone/*.rs`",
        "`auth/{caller,gone}.rs`",
        "`Caller::gone`",
        "`Gone::holder`",
        "`Caller::gone(…)`",
        "`idempotency::gone`",
        "`plenaria_http::gone`",
        "`gone()`",
        "`gone(request)`",
        "`Caller::holder` in `idempotency.rs`",
        "| a table | `gone.py` |",
        "```rust\nlet id = holder::of_registration(&state)?;\n```",
        "```rust\nlet id = x(idempotency::key(a), Caller::gone(b))\n```",
        "```sh\nscripts/gone --quick\n```",
        "[a link](gone.md)",
        "[a link](../docs/gone.md#part)",
    ] {
        assert_ne!(repository.missing("docs/page.md", wrong), "", "{wrong}");
    }
    assert_eq!(repository.missing("README.md", "[a link](docs/other.md)"), "");
    assert_ne!(repository.missing("README.md", "[a link](other.md)"), "");
}
