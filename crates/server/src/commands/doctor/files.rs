//! Files of the data directory that others on this machine may read, and the directory itself.
//!
//! The program creates all of them for its own user alone. Older versions left some to the umask, a directory may have been made
//! beforehand, and a copy that is put back has the mode that `cp` gave it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use plenaria_domain::doctor::{Finding, Kind, NAMED};
use plenaria_persistence::doctor::Mended;

use crate::settings::Settings;

/// The bits of a mode that are not the owner's.
const OTHERS: u32 = 0o077;
/// What the program makes in the directory, beside mail.
const FILES: [&str; 5] = ["plenaria.db", "plenaria.db-wal", "plenaria.db-shm", "plenaria.db-journal", "secret-key"];

/// Looks at what is there.
pub(super) fn examine(settings: &Settings) -> Option<Finding> {
    let open = open(settings);
    (!open.is_empty())
        .then(|| Finding::new(Kind::FileModes, format!("others on this machine have access to {}", named(&open))))
}

/// Takes the access of others away where that may be done; what is left, `examine` finds again.
pub(super) fn mend(settings: &Settings) -> Option<Mended> {
    let mut open = open(settings);
    open.retain(|path| close(path).is_ok());
    (!open.is_empty()).then(|| {
        let what = format!("only its owner has access to {} now", named(&open));
        Mended { kind: Kind::FileModes, what, id: None }
    })
}

/// Everything that others have access to, from the directory down.
fn open(settings: &Settings) -> Vec<PathBuf> {
    // With PostgreSQL it holds nothing but mail, and that only if no server takes it.
    if !settings.is_embedded() && settings.smtp.is_some() {
        return Vec::new();
    }
    let Ok(directory) = settings.data_dir.canonicalize() else { return Vec::new() };
    let mail = directory.join("mail");
    let messages = fs::read_dir(&mail).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut messages: Vec<PathBuf> = messages.collect();
    messages.sort_unstable();
    let files = FILES.map(|name| directory.join(name));
    let all = [directory].into_iter().chain(files).chain([mail]).chain(messages);
    all.filter(|path| is_open(path)).collect()
}

/// A link is none of ours, and what it leads to is not ours to change.
fn is_open(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| !found.is_symlink() && found.permissions().mode() & OTHERS != 0)
}

fn close(path: &Path) -> std::io::Result<()> {
    let mode = fs::symlink_metadata(path)?.permissions().mode();
    fs::set_permissions(path, Permissions::from_mode(mode & !OTHERS))
}

/// The first few by name. Names of mail files hold ids and no addresses.
fn named(paths: &[PathBuf]) -> String {
    let first: Vec<String> = paths.iter().take(NAMED).map(|path| path.display().to_string()).collect();
    match paths.len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn settings(directory: &Path, more: &[&str]) -> Settings {
        let all = [&["plenaria", "--data-dir", directory.to_str().unwrap()], more].concat();
        Settings::check(crate::cli::Cli::parse_from(all).settings).unwrap()
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn each_open_file_is_named_and_closed() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().canonicalize().unwrap();
        let embedded = settings(&directory, &[]);
        fs::create_dir(directory.join("mail")).unwrap();
        fs::create_dir(directory.join("elsewhere")).unwrap();
        let mine = ["plenaria.db", "plenaria.db-wal", "secret-key", "mail/a.b.eml", "mail/.c.d.eml"];
        for name in mine {
            fs::write(directory.join(name), "x").unwrap();
        }
        std::os::unix::fs::symlink("/etc/passwd", directory.join("mail/link.eml")).unwrap();
        let below = ["mail"].into_iter().chain(mine).map(|name| directory.join(name));
        let all: Vec<PathBuf> = [directory.clone()].into_iter().chain(below).collect();
        let set = |path: &Path, mode: u32| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        for path in &all {
            set(path, if path.is_dir() { 0o700 } else { 0o600 });
        }
        set(&directory.join("elsewhere"), 0o777);
        assert_eq!(examine(&embedded), None);
        for path in &all {
            let own = mode(path);
            for others in [0o040, 0o004, 0o022, 0o077] {
                set(path, own | others);
                let found = examine(&embedded).unwrap();
                assert!(found.what.ends_with(&format!("access to {}", path.display())), "{found}");
                assert!(!found.is_fault());
                let mended = mend(&embedded).unwrap();
                assert!(mended.what.contains(&path.display().to_string()) && mode(path) == own);
                assert_eq!((examine(&embedded), mend(&embedded)), (None, None));
            }
        }
        for path in &all {
            set(path, mode(path) | 0o044);
        }
        assert!(examine(&embedded).unwrap().what.ends_with(" and 2 more"));
        // A server takes the mail, and the database is elsewhere.
        let url = ["--database-url", "postgres://localhost/x"];
        let mailing = [&url[..], &["--smtp-url", "smtps://localhost", "--mail-from", "a@example.org"]].concat();
        assert_eq!(examine(&settings(&directory, &mailing)), None);
        assert!(examine(&settings(&directory, &url)).is_some(), "mail is written into files");
        assert_eq!(examine(&settings(&directory.join("nowhere"), &[])), None);
    }
}
