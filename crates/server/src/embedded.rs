//! Embedded mode: what a start with nothing installed makes for itself.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plenaria_http::keys::MasterSecret;

use crate::Failure;

/// The definitions that an empty database is filled with.
pub(crate) const PROGRAMMES: [(&str, &str); 2] = [
    (
        "internationalisation-and-metropolitan-spaces-en.yaml",
        include_str!("../../../programmes/internationalisation-and-metropolitan-spaces-en.yaml"),
    ),
    (
        "internationalisation-and-metropolitan-spaces-es.yaml",
        include_str!("../../../programmes/internationalisation-and-metropolitan-spaces-es.yaml"),
    ),
];

/// Makes the data directory, which only its owner may enter.
pub(crate) fn make_directory(directory: &Path) -> Result<(), Failure> {
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(|error| failed(directory, "made", &error))
}

/// The secret in the data directory, generated on the first start.
pub(crate) fn secret(directory: &Path) -> Result<MasterSecret, Failure> {
    make_directory(directory)?;
    let path = directory.join("secret-key");
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&path) {
        Ok(mut file) => {
            let bytes: [u8; 32] = rand::random();
            let text = STANDARD.encode(bytes) + "\n";
            let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
            written.map_err(|error| failed(&path, "written", &error))?;
            Ok(MasterSecret::from_bytes(bytes))
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(&path).map_err(|error| failed(&path, "read", &error))?;
            MasterSecret::parse(&text).map_err(|error| format!("{}: {error}.", path.display()))
        }
        Err(error) => Err(failed(&path, "made", &error)),
    }
}

fn failed(path: &Path, what: &str, error: &std::io::Error) -> Failure {
    format!("{} could not be {what}: {error}.", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_made_once_and_only_its_owner_reads_it() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().join("data");
        secret(&directory).unwrap();
        let kept = fs::read_to_string(directory.join("secret-key")).unwrap();
        secret(&directory).unwrap();
        assert_eq!(fs::read_to_string(directory.join("secret-key")).unwrap(), kept);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(directory.join("secret-key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
