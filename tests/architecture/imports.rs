//! Finds what each file imports from the others, by `use` and by paths in its code.

use std::collections::BTreeSet;
use std::fmt;

use proc_macro2::{TokenStream, TokenTree};
use syn::UseTree;

use crate::modules::{File, Source};

/// One file takes a name from another.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    pub(crate) from: String,
    pub(crate) to: String,
    /// The path as it resolves from the crate's root.
    pub(crate) path: String,
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}: {}", self.from, self.to, self.path)
    }
}

/// All imports among the files of the program. A declaration (`mod child;`) is none, a re-export (`pub use`) is one.
pub(crate) fn of(source: &Source) -> Vec<Import> {
    let mut imports = BTreeSet::new();
    for file in &source.files {
        let mut add = |module: &[String], path: &[String], in_use: bool| {
            let Some(path) = resolve(source, module, path, in_use) else { return };
            let mut length = path.len();
            let to = loop {
                if let Some(to) = source.file_of.get(&path[..length]) {
                    break to;
                }
                length -= 1;
                if length == 0 {
                    return;
                }
            };
            if *to != file.path {
                imports.insert(Import { from: file.path.clone(), to: to.clone(), path: path.join("::") });
            }
        };
        for (module, item) in &file.uses {
            for path in leaves(&item.tree) {
                add(module, &path, true);
            }
        }
        for (module, tokens) in &file.rest {
            for path in paths(tokens.clone()) {
                add(module, &path, false);
            }
        }
    }
    imports.into_iter().collect()
}

/// Whether a file spawns tasks or threads.
pub(crate) fn starts_tasks(file: &File) -> bool {
    let mut found = false;
    for (_, tokens) in &file.rest {
        each_path(tokens.clone(), &mut |path| {
            let end = path.iter().rev().take(2).map(String::as_str).collect::<Vec<_>>();
            found |= matches!(end.as_slice(), ["spawn", "tokio" | "task" | "thread" | "rt" | "actix_web"]);
        });
    }
    found
}

/// A path from a crate's root; `None` if it leads out of the workspace.
fn resolve(source: &Source, module: &[String], path: &[String], in_use: bool) -> Option<Vec<String>> {
    let first = path.first()?.as_str();
    match first {
        "crate" => Some([&module[..1], &path[1..]].concat()),
        "self" | "super" => {
            let mut base = module.to_vec();
            let mut rest = path;
            while let [step, after @ ..] = rest {
                match step.as_str() {
                    "self" => {}
                    "super" => drop(base.pop()?),
                    _ => break,
                }
                rest = after;
            }
            (!base.is_empty()).then(|| [&base[..], rest].concat())
        }
        _ if source.file_of.contains_key(&path[..1]) => Some(path.to_vec()),
        // A child, named without `self`.
        _ if in_use || path.len() > 1 => {
            let child = [module, &path[..1]].concat();
            source.file_of.contains_key(&child).then(|| [module, path].concat())
        }
        _ => None,
    }
}

/// The paths that a `use` names.
fn leaves(tree: &UseTree) -> Vec<Vec<String>> {
    match tree {
        UseTree::Path(path) => {
            let first = path.ident.to_string();
            leaves(&path.tree).into_iter().map(|rest| [vec![first.clone()], rest].concat()).collect()
        }
        UseTree::Name(name) if name.ident == "self" => vec![Vec::new()],
        UseTree::Name(name) => vec![vec![name.ident.to_string()]],
        UseTree::Rename(name) if name.ident == "self" => vec![Vec::new()],
        UseTree::Rename(name) => vec![vec![name.ident.to_string()]],
        UseTree::Glob(_) => vec![Vec::new()],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}

/// The paths of at least two names in code, macros' arguments included.
fn paths(tokens: TokenStream) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    each_path(tokens, &mut |path| found.push(path.to_vec()));
    found
}

fn each_path(tokens: TokenStream, take: &mut impl FnMut(&[String])) {
    let mut path: Vec<String> = Vec::new();
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(name) => {
                if colons != 2 {
                    if path.len() > 1 {
                        take(&path);
                    }
                    path.clear();
                }
                colons = 0;
                path.push(name.to_string());
            }
            TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
            other => {
                if path.len() > 1 {
                    take(&path);
                }
                path.clear();
                colons = 0;
                if let TokenTree::Group(group) = other
                    && !is_visibility(group.stream())
                {
                    each_path(group.stream(), take);
                }
            }
        }
    }
    if path.len() > 1 {
        take(&path);
    }
}

/// Whether this is what stands in the parentheses of `pub(in path)`.
fn is_visibility(tokens: TokenStream) -> bool {
    matches!(tokens.into_iter().next(), Some(TokenTree::Ident(name)) if name == "in")
}
