//! The directory of a sandbox's SQLite database.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::bootstrap;
use crate::sandbox::mode::SandboxMode;

/// Takes the directory for this process, and removes the database of the last sandbox unless it is to be kept. The directory is
/// free again once the returned file is closed.
///
/// # Errors
/// Another sandbox uses the directory, or it cannot be written to.
pub(crate) fn claim(mode: SandboxMode, directory: &Path) -> anyhow::Result<File> {
    bootstrap::create_directory(directory)?;
    let path = directory.join("sandbox.lock");
    let file = File::create(&path).with_context(|| path.display().to_string())?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => bail!(
            "another sandbox uses {}. Stop it, or choose another directory with PLENARIA_DATA_DIR.",
            directory.display()
        ),
        Err(TryLockError::Error(error)) => return Err(error).with_context(|| path.display().to_string()),
    }
    if mode == SandboxMode::Fresh {
        for name in ["plenaria.db", "plenaria.db-wal", "plenaria.db-shm"] {
            let path = directory.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("{} could not be removed", path.display()));
                }
                _ => {}
            }
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sandbox_uses_a_directory_and_begins_anew() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("plenaria.db");
        fs::write(&database, "old").unwrap();
        let kept = claim(SandboxMode::Kept, directory.path()).unwrap();
        assert!(database.exists());
        let error = claim(SandboxMode::Fresh, directory.path()).unwrap_err().to_string();
        assert!(error.contains("PLENARIA_DATA_DIR") && database.exists(), "{error}");
        drop(kept);
        let _fresh = claim(SandboxMode::Fresh, directory.path()).unwrap();
        assert!(!database.exists());
    }
}
