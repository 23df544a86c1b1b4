//! Makes and reads cursors: encrypted positions in lists, each bound to its list and the list's filters.
//!
//! A cursor is encrypted and authenticated (XChaCha20-Poly1305), so that callers can neither read nor forge one: a
//! position may count items that they must not see, such as the changes of all organisations. The list with its filters
//! is the associated data, so that a cursor is invalid in any other list.
//!
//! * [`Cursors::encode`] makes equal cursors for equal positions (with a synthetic nonce, derived from the plaintext),
//!   so that a page that has not changed keeps its bytes and its `ETag`. It is for positions of items in the same
//!   response.
//! * [`Cursors::encode_unlinkable`] uses a random nonce, so that callers cannot see whether two cursors have the same
//!   position. It is for positions that also advance with items that the caller may not see.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use crate::auth::keys::{SecretKey, SecretKeys};

/// The length of a nonce, in bytes.
const NONCE_LENGTH: usize = 24;
/// Positions are padded to a multiple of this length, in bytes, so that a cursor's length does not reveal the number of
/// digits of a position. It is the length of the longest position in the feed.
const PADDING_BLOCK: usize = 32;

/// Makes and reads cursors.
pub(crate) struct Cursors {
    /// The first one encrypts; all of them decrypt.
    keys: Vec<Keys>,
}

/// The keys that are derived from one secret key.
struct Keys {
    seal: [u8; 32],
    nonce: [u8; 32],
}

/// The cursor was forged, or belongs to another list or to other filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidCursor;

impl Cursors {
    pub(crate) fn new(secrets: &SecretKeys) -> Self {
        let keys =
            |secret: &SecretKey| Keys { seal: secret.derive("cursor seal"), nonce: secret.derive("cursor nonce") };
        Self { keys: std::iter::once(&secrets.current).chain(&secrets.previous).map(keys).collect() }
    }

    /// A cursor that continues after `position`, in the list that `scope` names with its filters. The caller must be
    /// allowed to see the item at that position.
    pub(crate) fn encode(&self, scope: &str, position: &impl Serialize) -> String {
        let position = padded(position);
        let nonce = self.keys[0].synthetic_nonce(scope, &position);
        self.seal(scope, &position, nonce)
    }

    /// A cursor, different each time, for a position that may depend on items that the caller may not see.
    pub(crate) fn encode_unlinkable(&self, scope: &str, position: &impl Serialize) -> String {
        self.seal(scope, &padded(position), rand::random())
    }

    fn seal(&self, scope: &str, position: &[u8], nonce: [u8; NONCE_LENGTH]) -> String {
        let mut sealed = nonce.to_vec();
        let payload = Payload { msg: position, aad: scope.as_bytes() };
        // Encryption fails only for messages of many gigabytes.
        sealed.extend(self.keys[0].cipher().encrypt(&XNonce::from(nonce), payload).unwrap_or_default());
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// The position in a cursor of this list.
    pub(crate) fn decode<T: DeserializeOwned>(&self, scope: &str, cursor: &str) -> Result<T, InvalidCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| InvalidCursor)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LENGTH>().ok_or(InvalidCursor)?;
        let nonce = XNonce::from(*nonce);
        let open = |keys: &Keys| {
            let payload = Payload { msg: sealed, aad: scope.as_bytes() };
            keys.cipher().decrypt(&nonce, payload).ok()
        };
        let position = self.keys.iter().find_map(open).ok_or(InvalidCursor)?;
        serde_json::from_slice(&position).map_err(|_| InvalidCursor)
    }
}

impl Keys {
    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.seal.into())
    }

    /// A nonce that no other scope or position has: a pseudorandom function of both (as in RFC 5297).
    fn synthetic_nonce(&self, scope: &str, position: &[u8]) -> [u8; NONCE_LENGTH] {
        // HMAC pads a key to its block of 64 bytes with zeros.
        let mut block = [0; 64];
        block[..self.nonce.len()].copy_from_slice(&self.nonce);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(&(scope.len() as u64).to_be_bytes());
        mac.update(scope.as_bytes());
        mac.update(position);
        let mut nonce = [0; NONCE_LENGTH];
        nonce.copy_from_slice(&mac.finalize().into_bytes()[..NONCE_LENGTH]);
        nonce
    }
}

/// The position as JSON, padded with blanks.
fn padded(position: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(position).unwrap_or_default();
    bytes.resize(bytes.len().next_multiple_of(PADDING_BLOCK), b' ');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cursors(current: u8, previous: Option<u8>) -> Cursors {
        let secret = |byte| SecretKey::from_bytes([byte; 32]);
        Cursors::new(&SecretKeys { current: secret(current), previous: previous.map(secret) })
    }

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let cursors_1 = cursors(1, None);
        for cursor in [cursors_1.encode("events?q=a", &("x", 7)), cursors_1.encode_unlinkable("events?q=a", &("x", 7))]
        {
            assert_eq!(cursors_1.decode("events?q=a", &cursor), Ok(("x".to_owned(), 7)));
            assert_eq!(cursors_1.decode::<(String, i32)>("events?q=b", &cursor), Err(InvalidCursor));
            assert_eq!(cursors(2, None).decode::<(String, i32)>("events?q=a", &cursor), Err(InvalidCursor));
            let rotated = cursors(2, Some(1)).decode("events?q=a", &cursor);
            assert_eq!(rotated, Ok(("x".to_owned(), 7)), "the previous secret still decrypts");
            for forged in ["", "A", "AAAA", "$", &cursor[1..], &cursor[..cursor.len() - 1], &format!("{cursor}AAAA")] {
                assert_eq!(cursors_1.decode::<(String, i32)>("events?q=a", forged), Err(InvalidCursor), "{forged}");
            }
        }
    }

    #[test]
    fn only_linkable_cursors_of_equal_positions_are_equal() {
        let cursors_1 = cursors(1, None);
        assert_eq!(cursors_1.encode("a", &7), cursors_1.encode("a", &7));
        assert_ne!(cursors_1.encode("a", &7), cursors_1.encode("b", &7));
        assert_ne!(cursors_1.encode_unlinkable("a", &7), cursors_1.encode_unlinkable("a", &7));
        let nonce = |cursor: String| URL_SAFE_NO_PAD.decode(cursor).unwrap()[..NONCE_LENGTH].to_vec();
        assert_ne!(
            nonce(cursors_1.encode("a", &7)),
            nonce(cursors_1.encode("a", &8)),
            "no nonce is used for two positions"
        );
        assert_ne!(nonce(cursors_1.encode("a", &7)), nonce(cursors_1.encode("b", &7)));
    }

    proptest! {
        /// Not even the length of a position's numbers can be read from a cursor.
        #[test]
        fn a_cursor_does_not_reveal_its_position(position in 0i64.., mark in any::<u32>()) {
            let cursors_1 = cursors(1, None);
            let cursor = cursors_1.encode_unlinkable("changes", &(position, mark));
            prop_assert_eq!(cursor.len(), cursors_1.encode_unlinkable("changes", &(0, 0)).len());
            prop_assert_eq!(cursor.len(), cursors_1.encode_unlinkable("changes", &0).len());
            let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
            let plain = serde_json::to_vec(&(position, mark)).unwrap();
            prop_assert!(!bytes.windows(plain.len()).any(|window| window == plain));
            prop_assert_eq!(cursors_1.decode::<(i64, u32)>("changes", &cursor), Ok((position, mark)));
        }
    }
}
