//! Reads the workspace's crates as trees of modules, each with the file that holds it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::Item;

/// A crate of the workspace: the name that code imports it by, and its root file.
const CRATES: [(&str, &str); 9] = [
    ("plenaria_domain", "crates/domain/src/lib.rs"),
    ("plenaria_locale", "crates/locale/src/lib.rs"),
    ("plenaria_formats", "crates/formats/src/lib.rs"),
    ("plenaria_persistence", "crates/persistence/src/lib.rs"),
    ("plenaria_http", "crates/http/src/lib.rs"),
    ("plenaria_web", "crates/web/src/lib.rs"),
    ("plenaria_delivery", "crates/delivery/src/lib.rs"),
    ("plenaria_server", "crates/server/src/lib.rs"),
    ("plenaria_migrations", "migrations/src/lib.rs"),
];

/// A file of the program, without its tests.
pub(crate) struct File {
    /// The path from the workspace's root.
    pub(crate) path: String,
    /// Its `use` items, with the module that each stands in.
    pub(crate) uses: Vec<(Vec<String>, syn::ItemUse)>,
    /// All else, with the module that each item stands in.
    pub(crate) rest: Vec<(Vec<String>, TokenStream)>,
}

/// The program's source.
pub(crate) struct Source {
    pub(crate) files: Vec<File>,
    /// The file that holds each module, inline modules included.
    pub(crate) file_of: BTreeMap<Vec<String>, String>,
}

impl Source {
    /// Reads all crates. Code under `#[cfg(test)]` is left out.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut source = Self { files: Vec::new(), file_of: BTreeMap::new() };
        for (name, file) in CRATES {
            source.read_file(&root, Path::new(file), vec![name.to_owned()]);
        }
        assert!(source.files.len() > 200, "only {} files were found", source.files.len());
        source
    }

    fn read_file(&mut self, root: &Path, path: &Path, module: Vec<String>) {
        let text = fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut file = File { path: path.to_string_lossy().into_owned(), uses: Vec::new(), rest: Vec::new() };
        self.file_of.insert(module.clone(), file.path.clone());
        let mut children = Vec::new();
        self.read_items(parsed.items, &module, &mut file, &mut children);
        self.files.push(file);
        let folder = folder_of_children(path);
        for child in children {
            let name = child.last().map(String::as_str).unwrap_or_default();
            let candidates = [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
            let found = candidates.iter().find(|candidate| root.join(candidate).exists());
            let found = found.unwrap_or_else(|| panic!("{} declares {name}, which has no file", path.display()));
            self.read_file(root, found, child);
        }
    }

    fn read_items(&mut self, items: Vec<Item>, module: &[String], file: &mut File, children: &mut Vec<Vec<String>>) {
        for item in items {
            match item {
                Item::Mod(inner) if is_test(&inner.attrs) => {}
                Item::Mod(inner) => {
                    let mut path = module.to_vec();
                    path.push(inner.ident.to_string());
                    match inner.content {
                        Some((_, items)) => {
                            self.file_of.insert(path.clone(), file.path.clone());
                            self.read_items(items, &path, file, children);
                        }
                        None => children.push(path),
                    }
                }
                Item::Use(inner) if is_test(&inner.attrs) => {}
                Item::Use(inner) => file.uses.push((module.to_vec(), inner)),
                other => file.rest.push((module.to_vec(), other.into_token_stream())),
            }
        }
    }
}

/// Whether these attributes hold `#[cfg(test)]`.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.to_token_stream().to_string().replace(' ', "").contains("(test)")
    })
}

/// Where the files of a module's children are.
fn folder_of_children(path: &Path) -> PathBuf {
    match path.file_stem().and_then(|stem| stem.to_str()) {
        Some("lib" | "main" | "mod") | None => path.parent().map(Path::to_path_buf).unwrap_or_default(),
        Some(_) => path.with_extension(""),
    }
}
