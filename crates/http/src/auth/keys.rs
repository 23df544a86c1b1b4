//! Derives keys from the operator's secret: one key for each purpose, by HKDF (RFC 5869).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use plenaria_domain::webhook::secret::SecretSealer;
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

/// The operator's secret (`PLENARIA_SECRET_KEY`): 32 random bytes.
pub struct SecretKey(SecretBox<[u8; 32]>);

/// The text is not a secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it must be 32 bytes in base64; `openssl rand -base64 32` makes one")]
pub struct InvalidSecretKey;

impl SecretKey {
    /// Parses 32 bytes in base64, with the standard or the URL-safe alphabet.
    ///
    /// # Errors
    /// The text is not base64, or of another length.
    pub fn parse(text: &str) -> Result<Self, InvalidSecretKey> {
        let text = text.trim();
        let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text)).map_err(|_| InvalidSecretKey)?;
        Ok(Self::from_bytes(bytes.try_into().map_err(|_| InvalidSecretKey)?))
    }

    /// A key of these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// Derives the key for one purpose.
    pub(crate) fn derive(&self, purpose: &'static str) -> [u8; 32] {
        let mut key = [0; 32];
        let expanded =
            Hkdf::<Sha256>::new(Some(b"plenaria"), self.0.expose_secret()).expand(purpose.as_bytes(), &mut key);
        debug_assert!(expanded.is_ok(), "HKDF gives up to 255 times 32 bytes");
        key
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// The current key, and the previous one during a key rotation.
#[derive(Debug)]
pub struct SecretKeys {
    /// Signs, verifies, encrypts and decrypts.
    pub current: SecretKey,
    /// Only verifies and decrypts.
    pub previous: Option<SecretKey>,
}

impl SecretKeys {
    /// The keys that encrypt the signing secrets of webhook endpoints.
    pub fn webhook_keys(&self) -> SecretSealer {
        let key = |secret: &SecretKey| secret.derive("webhook secrets");
        SecretSealer::new(key(&self.current), self.previous.iter().map(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_32_bytes_of_base64() {
        assert!(SecretKey::parse(&STANDARD.encode([7; 32])).is_ok());
        for bad in ["", "short", &STANDARD.encode([7; 31]), &STANDARD.encode([7; 33])] {
            assert_eq!(SecretKey::parse(bad).unwrap_err(), InvalidSecretKey);
        }
    }

    #[test]
    fn keys_differ_by_purpose() {
        let secret = SecretKey::from_bytes([7; 32]);
        assert_ne!(secret.derive("a"), secret.derive("b"));
        assert_eq!(secret.derive("a"), SecretKey::from_bytes([7; 32]).derive("a"));
    }
}
