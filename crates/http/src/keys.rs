//! Keys: all of them are derived from one master secret (HKDF, RFC 5869), each for one purpose.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use plenaria_domain::webhook::secret::Seals;
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

/// The master secret: 32 bytes that nobody else knows.
pub struct MasterSecret(SecretBox<[u8; 32]>);

/// A master secret that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it must be 32 bytes in base64; `openssl rand -base64 32` makes one")]
pub struct NotASecret;

impl MasterSecret {
    /// Reads a secret of 32 bytes from base64, with either alphabet.
    pub fn parse(text: &str) -> Result<Self, NotASecret> {
        let text = text.trim();
        let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text)).map_err(|_| NotASecret)?;
        Ok(Self::from_bytes(bytes.try_into().map_err(|_| NotASecret)?))
    }

    /// A secret of these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// The key for one purpose.
    pub(crate) fn derive(&self, purpose: &'static str) -> [u8; 32] {
        let mut key = [0; 32];
        let expanded =
            Hkdf::<Sha256>::new(Some(b"plenaria"), self.0.expose_secret()).expand(purpose.as_bytes(), &mut key);
        debug_assert!(expanded.is_ok(), "HKDF gives up to 255 times 32 bytes");
        key
    }
}

impl std::fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterSecret(…)")
    }
}

/// The secret that signs, and the one before it, which still verifies.
#[derive(Debug)]
pub struct Secrets {
    /// Signs and verifies.
    pub current: MasterSecret,
    /// Only verifies.
    pub previous: Option<MasterSecret>,
}

impl Secrets {
    /// What seals the secrets that webhooks are signed with.
    pub fn webhook_seals(&self) -> Seals {
        let key = |secret: &MasterSecret| secret.derive("webhook secrets");
        Seals::new(key(&self.current), self.previous.iter().map(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_32_bytes_of_base64() {
        assert!(MasterSecret::parse(&STANDARD.encode([7; 32])).is_ok());
        for bad in ["", "short", &STANDARD.encode([7; 31]), &STANDARD.encode([7; 33])] {
            assert_eq!(MasterSecret::parse(bad).unwrap_err(), NotASecret);
        }
    }

    #[test]
    fn keys_differ_by_purpose() {
        let secret = MasterSecret::from_bytes([7; 32]);
        assert_ne!(secret.derive("a"), secret.derive("b"));
        assert_eq!(secret.derive("a"), MasterSecret::from_bytes([7; 32]).derive("a"));
    }
}
