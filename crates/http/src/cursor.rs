//! Cursors: opaque to callers, sealed by us, bound to the list and its filters.
//!
//! A cursor holds a position in a list. It is encrypted and authenticated (XChaCha20-Poly1305), so callers can neither
//! make one nor read one: a position may count what they must not see, such as all changes of all organisations. The list
//! with its filters is authenticated along with it, so a cursor is of no use in another.
//!
//! * [`Cursors::encode`] gives equal positions equal cursors (a synthetic nonce, made from what is sealed), so that a page
//!   that has not changed keeps its bytes and its `ETag`. It is for positions of items that the caller has just been shown.
//! * [`Cursors::encode_unlinkable`] gives each cursor a random nonce: whether two hold the same position cannot be seen. It
//!   is for positions that move on with what the caller is not shown.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use crate::keys::{MasterSecret, Secrets};

/// How long a nonce is.
const NONCE: usize = 24;
/// Positions are padded to a multiple of this, so that a cursor's length does not tell how many digits a number has. It
/// is as long as the longest position in the feed.
const BLOCK: usize = 32;

/// Makes and reads cursors.
pub(crate) struct Cursors {
    /// The first one seals; all of them open.
    keys: Vec<Keys>,
}

/// The keys that are derived from one secret.
struct Keys {
    seal: [u8; 32],
    nonce: [u8; 32],
}

/// A cursor that was forged, or that belongs to another list or other filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ForeignCursor;

impl Cursors {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        let keys =
            |secret: &MasterSecret| Keys { seal: secret.derive("cursor seal"), nonce: secret.derive("cursor nonce") };
        Self { keys: std::iter::once(&secrets.current).chain(&secrets.previous).map(keys).collect() }
    }

    /// A cursor to the place behind `position`, in the list that `scope` names with its filters. The caller knows what is
    /// at that position.
    pub(crate) fn encode(&self, scope: &str, position: &impl Serialize) -> String {
        let position = padded(position);
        let nonce = self.keys[0].synthetic_nonce(scope, &position);
        self.seal(scope, &position, nonce)
    }

    /// The same for a position that says something of what the caller is not shown.
    pub(crate) fn encode_unlinkable(&self, scope: &str, position: &impl Serialize) -> String {
        self.seal(scope, &padded(position), rand::random())
    }

    fn seal(&self, scope: &str, position: &[u8], nonce: [u8; NONCE]) -> String {
        let mut sealed = nonce.to_vec();
        let payload = Payload { msg: position, aad: scope.as_bytes() };
        // It fails for messages of many gigabytes alone.
        sealed.extend(self.keys[0].cipher().encrypt(&XNonce::from(nonce), payload).unwrap_or_default());
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// The position that a cursor of this very list holds.
    pub(crate) fn decode<T: DeserializeOwned>(&self, scope: &str, cursor: &str) -> Result<T, ForeignCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| ForeignCursor)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>().ok_or(ForeignCursor)?;
        let nonce = XNonce::from(*nonce);
        let open = |keys: &Keys| {
            let payload = Payload { msg: sealed, aad: scope.as_bytes() };
            keys.cipher().decrypt(&nonce, payload).ok()
        };
        let position = self.keys.iter().find_map(open).ok_or(ForeignCursor)?;
        serde_json::from_slice(&position).map_err(|_| ForeignCursor)
    }
}

impl Keys {
    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.seal.into())
    }

    /// A nonce that another scope or position has not: a pseudorandom function of both (as in RFC 5297).
    fn synthetic_nonce(&self, scope: &str, position: &[u8]) -> [u8; NONCE] {
        // HMAC pads a key to its block of 64 bytes with zeros.
        let mut block = [0; 64];
        block[..self.nonce.len()].copy_from_slice(&self.nonce);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(&(scope.len() as u64).to_be_bytes());
        mac.update(scope.as_bytes());
        mac.update(position);
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&mac.finalize().into_bytes()[..NONCE]);
        nonce
    }
}

/// The position as JSON, with blanks behind it.
fn padded(position: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(position).unwrap_or_default();
    bytes.resize(bytes.len().next_multiple_of(BLOCK), b' ');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cursors(current: u8, previous: Option<u8>) -> Cursors {
        let secret = |byte| MasterSecret::from_bytes([byte; 32]);
        Cursors::new(&Secrets { current: secret(current), previous: previous.map(secret) })
    }

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let ours = cursors(1, None);
        for cursor in [ours.encode("events?q=a", &("x", 7)), ours.encode_unlinkable("events?q=a", &("x", 7))] {
            assert_eq!(ours.decode("events?q=a", &cursor), Ok(("x".to_owned(), 7)));
            assert_eq!(ours.decode::<(String, i32)>("events?q=b", &cursor), Err(ForeignCursor));
            assert_eq!(cursors(2, None).decode::<(String, i32)>("events?q=a", &cursor), Err(ForeignCursor));
            let rotated = cursors(2, Some(1)).decode("events?q=a", &cursor);
            assert_eq!(rotated, Ok(("x".to_owned(), 7)), "the previous secret still opens");
            for forged in ["", "A", "AAAA", "$", &cursor[1..], &cursor[..cursor.len() - 1], &format!("{cursor}AAAA")] {
                assert_eq!(ours.decode::<(String, i32)>("events?q=a", forged), Err(ForeignCursor), "{forged}");
            }
        }
    }

    #[test]
    fn equal_positions_are_alike_only_where_that_says_nothing() {
        let ours = cursors(1, None);
        assert_eq!(ours.encode("a", &7), ours.encode("a", &7));
        assert_ne!(ours.encode("a", &7), ours.encode("b", &7));
        assert_ne!(ours.encode_unlinkable("a", &7), ours.encode_unlinkable("a", &7));
        let nonce = |cursor: String| URL_SAFE_NO_PAD.decode(cursor).unwrap()[..NONCE].to_vec();
        assert_ne!(nonce(ours.encode("a", &7)), nonce(ours.encode("a", &8)), "no nonce is used for two positions");
        assert_ne!(nonce(ours.encode("a", &7)), nonce(ours.encode("b", &7)));
    }

    proptest! {
        /// Nothing of a position can be read from a cursor, not even how long its numbers are.
        #[test]
        fn a_cursor_shows_nothing_of_its_position(position in 0i64.., mark in any::<u32>()) {
            let ours = cursors(1, None);
            let cursor = ours.encode_unlinkable("changes", &(position, mark));
            prop_assert_eq!(cursor.len(), ours.encode_unlinkable("changes", &(0, 0)).len());
            prop_assert_eq!(cursor.len(), ours.encode_unlinkable("changes", &0).len());
            let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
            let plain = serde_json::to_vec(&(position, mark)).unwrap();
            prop_assert!(!bytes.windows(plain.len()).any(|window| window == plain));
            prop_assert_eq!(ours.decode::<(i64, u32)>("changes", &cursor), Ok((position, mark)));
        }
    }
}
