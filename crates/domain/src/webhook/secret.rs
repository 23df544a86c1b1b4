//! Secrets that webhooks are signed with, and how they are kept: sealed, so that whoever reads the table cannot sign.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};

use crate::ids::EndpointId;

/// How a secret begins (Standard Webhooks 1.0).
const PREFIX: &str = "whsec_";
/// How long the nonce of a seal is.
const NONCE: usize = 24;

/// What an endpoint's messages are signed with: 32 random bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret([u8; 32]);

impl SigningSecret {
    /// A secret of these random bytes.
    pub const fn from_random(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key that signs.
    pub const fn key(&self) -> &[u8; 32] {
        &self.0
    }

    /// The secret as its owner gets to see it, once.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(self.0))
    }
}

impl std::fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// A secret as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecret(pub String);

/// Seals secrets and opens them again.
#[derive(Clone)]
pub struct SecretSealer {
    /// The first one seals; all of them open.
    keys: Vec<[u8; 32]>,
}

/// A seal that no key of ours opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret was sealed with another PLENARIA_SECRET_KEY")]
pub struct UnknownSealingKey;

impl SecretSealer {
    /// The key that seals, and others that open too.
    pub fn new(current: [u8; 32], previous: impl IntoIterator<Item = [u8; 32]>) -> Self {
        Self { keys: std::iter::once(current).chain(previous).collect() }
    }

    /// Seals an endpoint's secret; nobody else's row opens it. The nonce must be a random one.
    pub fn seal(&self, endpoint: EndpointId, secret: &SigningSecret, nonce: [u8; NONCE]) -> SealedSecret {
        let payload = Payload { msg: &secret.0, aad: endpoint.0.as_bytes() };
        let mut sealed = nonce.to_vec();
        // It fails for messages of many gigabytes alone.
        sealed.extend(cipher(&self.keys[0]).encrypt(&XNonce::from(nonce), payload).unwrap_or_default());
        SealedSecret(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens an endpoint's secret.
    pub fn open(&self, endpoint: EndpointId, sealed: &SealedSecret) -> Result<SigningSecret, UnknownSealingKey> {
        self.keys.iter().find_map(|key| open(key, endpoint, sealed)).ok_or(UnknownSealingKey)
    }

    /// Whether a secret is sealed with the key that seals now.
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
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: sealed, aad: endpoint.0.as_bytes() };
    let opened = cipher(key).decrypt(&XNonce::from(*nonce), payload).ok()?;
    opened.try_into().ok().map(SigningSecret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    #[test]
    fn a_seal_belongs_to_its_endpoint_and_key() {
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
