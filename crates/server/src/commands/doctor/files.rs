//! Finds files of the data directory that other users of this machine may access, and the directory itself.
//!
//! The program creates all of them for its own user only. But older versions left some modes to the umask, a directory may
//! have existed before, and a restored backup has the modes that `cp` gave it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use plenaria_domain::doctor::{Finding, Kind, MAX_IDS};
use plenaria_persistence::doctor::Repaired;

use crate::settings::ServerConfig;

/// The permission bits of a mode that are not the owner's.
const GROUP_AND_OTHERS: u32 = 0o077;
/// The files that the program creates in the directory, apart from mail.
const FILES: [&str; 5] = ["plenaria.db", "plenaria.db-wal", "plenaria.db-shm", "plenaria.db-journal", "secret-key"];

/// Reports accessible files.
pub(crate) fn examine(config: &ServerConfig) -> Option<Finding> {
    let accessible = accessible(config);
    (!accessible.is_empty()).then(|| {
        let what = format!("others on this machine have access to {}", list(&accessible));
        Finding::new(Kind::FileModes, what)
    })
}

/// Removes the access of others where the file system allows it; `examine` reports the rest again.
pub(crate) fn repair(config: &ServerConfig) -> Option<Repaired> {
    let mut repaired = accessible(config);
    repaired.retain(|path| restrict(path).is_ok());
    (!repaired.is_empty()).then(|| {
        let what = format!("only its owner has access to {} now", list(&repaired));
        Repaired { kind: Kind::FileModes, what, id: None }
    })
}

/// All accessible files, the directory first.
fn accessible(config: &ServerConfig) -> Vec<PathBuf> {
    // With PostgreSQL the directory only holds mail, and that only without a mail server.
    if !config.is_embedded() && config.smtp.is_some() {
        return Vec::new();
    }
    let Ok(directory) = config.data_dir.canonicalize() else { return Vec::new() };
    let mail = directory.join("mail");
    let messages = fs::read_dir(&mail).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut messages: Vec<PathBuf> = messages.collect();
    messages.sort_unstable();
    let files = FILES.map(|name| directory.join(name));
    let all = [directory].into_iter().chain(files).chain([mail]).chain(messages);
    all.filter(|path| is_accessible(path)).collect()
}

/// Whether others may access a file. The program creates no symbolic links, and must not change their targets.
fn is_accessible(path: &Path) -> bool {
    fs::symlink_metadata(path)
        .is_ok_and(|found| !found.is_symlink() && found.permissions().mode() & GROUP_AND_OTHERS != 0)
}

fn restrict(path: &Path) -> std::io::Result<()> {
    let mode = fs::symlink_metadata(path)?.permissions().mode();
    fs::set_permissions(path, Permissions::from_mode(mode & !GROUP_AND_OTHERS))
}

/// The paths, the first few by name. Names of mail files contain ids, not addresses.
fn list(paths: &[PathBuf]) -> String {
    let first: Vec<String> = paths.iter().take(MAX_IDS).map(|path| path.display().to_string()).collect();
    match paths.len().saturating_sub(MAX_IDS) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn config(directory: &Path, more: &[&str]) -> ServerConfig {
        let all = [&["plenaria", "--data-dir", directory.to_str().unwrap()], more].concat();
        ServerConfig::check(crate::cli::Cli::parse_from(all).settings).unwrap()
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn each_accessible_file_is_reported_and_restricted() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().canonicalize().unwrap();
        let embedded = config(&directory, &[]);
        fs::create_dir(directory.join("mail")).unwrap();
        fs::create_dir(directory.join("elsewhere")).unwrap();
        let files = ["plenaria.db", "plenaria.db-wal", "secret-key", "mail/a.b.eml", "mail/.c.d.eml"];
        for name in files {
            fs::write(directory.join(name), "x").unwrap();
        }
        std::os::unix::fs::symlink("/etc/passwd", directory.join("mail/link.eml")).unwrap();
        let below = ["mail"].into_iter().chain(files).map(|name| directory.join(name));
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
                let repaired = repair(&embedded).unwrap();
                assert!(repaired.what.contains(&path.display().to_string()) && mode(path) == own);
                assert_eq!((examine(&embedded), repair(&embedded)), (None, None));
            }
        }
        for path in &all {
            set(path, mode(path) | 0o044);
        }
        assert!(examine(&embedded).unwrap().what.ends_with(" and 2 more"));
        // With a mail server and PostgreSQL the directory is not used.
        let url = ["--database-url", "postgres://localhost/x"];
        let with_mail_server =
            [&url[..], &["--smtp-url", "smtps://localhost", "--mail-from", "a@example.org"]].concat();
        assert_eq!(examine(&config(&directory, &with_mail_server)), None);
        assert!(examine(&config(&directory, &url)).is_some(), "mail is written into files");
        assert_eq!(examine(&config(&directory.join("nowhere"), &[])), None);
    }
}
