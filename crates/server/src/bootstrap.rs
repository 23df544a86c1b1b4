//! Embedded mode: creates the data directory and the secret key, and holds the bundled events of a first start.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plenaria_http::auth::keys::SecretKey;

/// Names and texts of the definitions that are published into an empty database.
pub(crate) const BUNDLED_EVENTS: [(&str, &str); 2] = [
    (
        "internationalisation-and-metropolitan-spaces-en.yaml",
        include_str!("../../../programmes/internationalisation-and-metropolitan-spaces-en.yaml"),
    ),
    (
        "internationalisation-and-metropolitan-spaces-es.yaml",
        include_str!("../../../programmes/internationalisation-and-metropolitan-spaces-es.yaml"),
    ),
];

/// Creates the data directory, which only its owner may enter.
pub(crate) fn create_directory(directory: &Path) -> anyhow::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).with_context(|| format!("{} could not be created", directory.display()))
}

/// The secret key in the data directory, which is generated on the first start. Only its owner may read the file.
pub(crate) fn secret_key(directory: &Path) -> anyhow::Result<SecretKey> {
    create_directory(directory)?;
    let path = directory.join("secret-key");
    let could_not_be = |done: &str| format!("{} could not be {done}", path.display());
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&path) {
        Ok(mut file) => {
            let bytes: [u8; 32] = rand::random();
            let text = STANDARD.encode(bytes) + "\n";
            let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
            written.with_context(|| could_not_be("written"))?;
            Ok(SecretKey::from_bytes(bytes))
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(&path).with_context(|| could_not_be("read"))?;
            SecretKey::parse(&text).with_context(|| path.display().to_string())
        }
        Err(error) => Err(error).with_context(|| could_not_be("created")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_key_is_generated_once_and_only_its_owner_may_read_it() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().join("data");
        secret_key(&directory).unwrap();
        let stored = fs::read_to_string(directory.join("secret-key")).unwrap();
        secret_key(&directory).unwrap();
        assert_eq!(fs::read_to_string(directory.join("secret-key")).unwrap(), stored);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(directory.join("secret-key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
