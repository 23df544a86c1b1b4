//! API clients: programs of partner organisations, and the secrets that they exchange for access tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::partner::organisation::Organisation;
use crate::partner::scope::Scopes;
use crate::validation::InvalidValue;
use crate::values::ids::ClientId;
use crate::values::text::cleaning::clean;
use crate::values::time::Instant;

/// A client's display name: 1 to 100 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientName(String);

impl ClientName {
    /// Cleans a name.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        clean(text, 1, 100).map(Self)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A program of a partner organisation.
#[derive(Clone, Debug)]
pub struct Client {
    /// The client's id, which it sends together with its secret.
    pub id: ClientId,
    /// The organisation that the client belongs to.
    pub organisation: Organisation,
    /// The display name.
    pub name: ClientName,
    /// The scopes that the client may request.
    pub scopes: Scopes,
    /// When the client was disabled; its secrets and tokens are invalid from then on.
    pub disabled_at: Option<Instant>,
    /// When the client last sent its secret or a token, to the minute.
    pub last_used_at: Option<Instant>,
    /// When the client was added.
    pub created_at: Instant,
}

/// A client's secret in plain text, which exists only until it has been displayed: 32 random bytes, with a prefix that
/// scanners for leaked secrets recognise.
pub struct ClientSecret(String);

impl ClientSecret {
    const PREFIX: &str = "plenaria_";

    /// A secret of 32 bytes, which must be cryptographically random.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(format!("{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The secret, to be displayed once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The hash that is stored in its place.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

/// The SHA-256 of a secret.
///
/// A fast hash without a salt is sufficient. Passwords need a slow, salted hash because people choose guessable ones,
/// but 2^256 random secrets cannot be tried out, however fast the hash is.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash of a secret.
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Parses a hash in the form of [`SecretHash::to_text`].
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The hash as it is stored: base64url without padding.
    pub fn to_text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    fn equals(self, other: Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// The hashes that a client's secret is checked against. During a rotation two secrets are valid.
#[derive(Clone, Copy, Debug)]
pub struct Credentials {
    /// The newest secret.
    pub current: SecretHash,
    /// The previous secret, and when it expires.
    pub previous: Option<(SecretHash, Instant)>,
}

impl Credentials {
    /// Whether a secret is valid at `now`. The time that this takes does not depend on the result.
    pub fn accepts(&self, secret: &str, now: Instant) -> bool {
        let hash = SecretHash::of(secret);
        let (previous, until) = self.previous.unwrap_or((self.current, now));
        let is_valid = Choice::from(u8::from(now < until));
        (hash.equals(self.current) | (hash.equals(previous) & is_valid)).into()
    }

    /// The credentials with a new secret. The current secret becomes the previous one and is valid until `until`.
    #[must_use]
    pub const fn rotated(self, new: SecretHash, until: Instant) -> Self {
        Self { current: new, previous: Some((self.current, until)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::time::minutes;

    #[test]
    fn both_secrets_are_valid_during_a_rotation() {
        let (first, second) = (ClientSecret::from_random([1; 32]), ClientSecret::from_random([2; 32]));
        let now = Instant::default();
        let credentials = Credentials { current: first.hash(), previous: None };
        assert!(credentials.accepts(first.expose(), now) && !credentials.accepts(second.expose(), now));
        let credentials = credentials.rotated(second.hash(), now + minutes(60));
        assert!(credentials.accepts(first.expose(), now) && credentials.accepts(second.expose(), now));
        let later = now + minutes(60);
        assert!(!credentials.accepts(first.expose(), later) && credentials.accepts(second.expose(), later));
        for wrong in ["", "plenaria_", &first.expose()[1..], &credentials.current.to_text()] {
            assert!(!credentials.accepts(wrong, now), "{wrong}");
        }
    }

    #[test]
    fn a_hash_is_stored_as_text_and_no_secret_is_printed() {
        let secret = ClientSecret::from_random([7; 32]);
        let stored = SecretHash::parse(&secret.hash().to_text()).unwrap();
        assert!(bool::from(stored.equals(secret.hash())));
        assert!(!format!("{secret:?} {:?}", secret.hash()).contains(secret.expose()));
        assert!(SecretHash::parse("short").is_none());
    }
}
