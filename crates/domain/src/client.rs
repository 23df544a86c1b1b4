//! Clients: programs of partner organisations, and the secrets that they show for a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::ids::ClientId;
use crate::organisation::Organisation;
use crate::refusal::InvalidValue;
use crate::scope::Scopes;
use crate::text;
use crate::time::Instant;

/// A client's name, for people: 1 to 100 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientName(String);

impl ClientName {
    /// Cleans a name.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        text::clean(text, 1, 100).map(Self)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A program of a partner organisation.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id, which it shows with its secret.
    pub id: ClientId,
    /// Whose it is.
    pub organisation: Organisation,
    /// What people call it.
    pub name: ClientName,
    /// All that it may do.
    pub scopes: Scopes,
    /// Since when nothing of it counts any more.
    pub disabled_at: Option<Instant>,
    /// When it last showed its secret or a token, to the minute.
    pub last_used_at: Option<Instant>,
    /// When it was added.
    pub created_at: Instant,
}

/// A client's secret, before it is forgotten: 32 random bytes, with a prefix by which scanners for leaked secrets know
/// it.
pub struct ClientSecret(String);

impl ClientSecret {
    const PREFIX: &str = "plenaria_";

    /// A secret of 32 bytes, which must be random.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(format!("{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The secret, to be shown once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
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
/// A plain, fast hash is right here: passwords need a slow one with salt because people choose few of them, and nobody
/// can try out 2^256 random secrets, however fast the hash.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash of what somebody shows as a secret.
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Reads a hash as [`SecretHash::to_text`] writes it.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The hash as it is kept.
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

/// What a client's secret is checked against: two of them live while one takes over from the other.
#[derive(Clone, Copy, Debug)]
pub struct Credentials {
    /// The newest secret.
    pub current: SecretHash,
    /// The secret before it, and until when it is good.
    pub previous: Option<(SecretHash, Instant)>,
}

impl Credentials {
    /// Whether a secret is good at `now`. It takes as long for a wrong one as for a good one.
    pub fn admit(&self, secret: &str, now: Instant) -> bool {
        let shown = SecretHash::of(secret);
        let (previous, until) = self.previous.unwrap_or((self.current, now));
        let lives = Choice::from(u8::from(now < until));
        (shown.equals(self.current) | (shown.equals(previous) & lives)).into()
    }

    /// The same with a new secret; the current one becomes the previous one, good until then.
    #[must_use]
    pub const fn rotated(self, new: SecretHash, until: Instant) -> Self {
        Self { current: new, previous: Some((self.current, until)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::minutes;

    #[test]
    fn two_secrets_live_while_one_takes_over() {
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
    fn a_hash_is_kept_as_text_and_no_secret_is_printed() {
        let secret = ClientSecret::from_random([7; 32]);
        let kept = SecretHash::parse(&secret.hash().to_text()).unwrap();
        assert!(bool::from(kept.equals(secret.hash())));
        assert!(!format!("{secret:?} {:?}", secret.hash()).contains(secret.expose()));
        assert!(SecretHash::parse("short").is_none());
    }
}
