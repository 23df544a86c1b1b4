//! The secrets that webhooks are signed with, and their encryption for storage: a reader of the database cannot sign
//! webhooks.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};

use crate::values::ids::EndpointId;

/// The prefix of a secret (Standard Webhooks 1.0).
const PREFIX: &str = "whsec_";
/// The length of a nonce in bytes.
const NONCE_LENGTH: usize = 24;

/// The secret that an endpoint's deliveries are signed with: 32 random bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret([u8; 32]);

impl SigningSecret {
    /// A secret of 32 bytes, which must be cryptographically random.
    pub const fn from_random(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The signing key.
    pub const fn key(&self) -> &[u8; 32] {
        &self.0
    }

    /// The secret as it is displayed to its owner, once.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(self.0))
    }
}

impl std::fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// An encrypted secret as it is stored: the base64url of the nonce and the ciphertext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecret(pub String);

/// Encrypts secrets for storage and decrypts them (XChaCha20-Poly1305).
#[derive(Clone)]
pub struct SecretSealer {
    /// The first key encrypts; all keys decrypt.
    keys: Vec<[u8; 32]>,
}

/// None of the configured keys decrypts the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret was sealed with another PLENARIA_SECRET_KEY")]
pub struct UnknownSealingKey;

impl SecretSealer {
    /// A sealer that encrypts with `current`, and decrypts with all keys.
    pub fn new(current: [u8; 32], previous: impl IntoIterator<Item = [u8; 32]>) -> Self {
        Self { keys: std::iter::once(current).chain(previous).collect() }
    }

    /// Encrypts an endpoint's secret. The result can be decrypted only for the same endpoint, so it cannot be moved to
    /// another row. The nonce must be random.
    pub fn seal(&self, endpoint: EndpointId, secret: &SigningSecret, nonce: [u8; NONCE_LENGTH]) -> SealedSecret {
        let payload = Payload { msg: &secret.0, aad: endpoint.0.as_bytes() };
        let mut sealed = nonce.to_vec();
        // Encryption fails only for messages of many gigabytes.
        sealed.extend(cipher(&self.keys[0]).encrypt(&XNonce::from(nonce), payload).unwrap_or_default());
        SealedSecret(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Decrypts an endpoint's secret.
    pub fn open(&self, endpoint: EndpointId, sealed: &SealedSecret) -> Result<SigningSecret, UnknownSealingKey> {
        self.keys.iter().find_map(|key| open(key, endpoint, sealed)).ok_or(UnknownSealingKey)
    }

    /// Whether a secret is encrypted with the current key.
    pub fn is_current(&self, endpoint: EndpointId, sealed: &SealedSecret) -> bool {
        open(&self.keys[0], endpoint, sealed).is_some()
    }
}

impl std::fmt::Debug for SecretSealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretSealer(…)")
    }
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(*key).into())
}

fn open(key: &[u8; 32], endpoint: EndpointId, sealed: &SealedSecret) -> Option<SigningSecret> {
    let bytes = URL_SAFE_NO_PAD.decode(&sealed.0).ok()?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LENGTH>()?;
    let payload = Payload { msg: sealed, aad: endpoint.0.as_bytes() };
    let opened = cipher(key).decrypt(&XNonce::from(*nonce), payload).ok()?;
    opened.try_into().ok().map(SigningSecret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::time::Instant;

    #[test]
    fn a_sealed_secret_belongs_to_its_endpoint_and_key() {
        let (one, other) = (EndpointId::new(Instant::default()), EndpointId::new(Instant::default()));
        let secret = SigningSecret::from_random([7; 32]);
        assert!(secret.expose().starts_with("whsec_") && !format!("{secret:?}").contains("Bwc"));
        let old = SecretSealer::new([1; 32], []);
        let sealed = old.seal(one, &secret, [9; 24]);
        assert_eq!(old.open(one, &sealed), Ok(secret.clone()));
        assert_eq!(old.open(other, &sealed), Err(UnknownSealingKey));
        let new = SecretSealer::new([2; 32], [[1; 32]]);
        assert_eq!(new.open(one, &sealed), Ok(secret.clone()));
        assert!(old.is_current(one, &sealed) && !new.is_current(one, &sealed));
        assert_eq!(SecretSealer::new([2; 32], []).open(one, &sealed), Err(UnknownSealingKey));
        for broken in ["", "AAAA", "$", &sealed.0[1..]] {
            assert_eq!(old.open(one, &SealedSecret(broken.to_owned())), Err(UnknownSealingKey));
        }
        assert_ne!(old.seal(one, &secret, [8; 24]), sealed);
    }
}
