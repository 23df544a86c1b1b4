//! Messages as files in a directory, for installations without a mail server.
//!
//! A file's name holds the message's id, so that a second attempt writes the same file, and the registration's id, by which
//! the file is found when the person is erased.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use plenaria_domain::values::ids::RegistrationId;
use plenaria_persistence::mail::ClaimedMessage;

/// The name of a message's file.
pub(crate) fn file_name(claimed: &ClaimedMessage) -> String {
    format!("{}.{}.eml", claimed.id, claimed.registration)
}

/// Creates the directory, which only its owner may enter.
pub(crate) fn create_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Writes a file that only its owner may read. It appears under its name only once it is complete.
pub(crate) fn write(directory: &Path, name: &str, text: &[u8]) -> io::Result<()> {
    let temporary = directory.join(format!(".{name}"));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&temporary)?.write_all(text)?;
    fs::rename(&temporary, directory.join(name))
}

/// Removes the files about these registrations, incomplete ones too.
pub(crate) fn remove(directory: &Path, erased: &HashSet<RegistrationId>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if registration_id(&entry).is_some_and(|id| erased.contains(&id)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The registrations that the directory has files about, each once, in order; empty if it cannot be read.
pub(crate) fn registration_ids(directory: &Path) -> Vec<RegistrationId> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut ids: Vec<RegistrationId> = entries.filter_map(|entry| registration_id(&entry.ok()?)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn registration_id(entry: &fs::DirEntry) -> Option<RegistrationId> {
    RegistrationId::parse(entry.file_name().to_str()?.strip_suffix(".eml")?.rsplit_once('.')?.1)
}
