//! Cursors: opaque to callers, signed by us, bound to the list and its filters.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use crate::keys::Secrets;

/// How many bytes of the signature a cursor carries.
const TAG: usize = 16;

/// Makes and reads cursors.
pub(crate) struct Cursors {
    keys: Vec<[u8; 32]>,
}

/// A cursor that was forged, or that belongs to another list or other filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ForeignCursor;

impl Cursors {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        let keys = std::iter::once(&secrets.current).chain(&secrets.previous).map(|s| s.derive("cursor")).collect();
        Self { keys }
    }

    /// A cursor to the place behind `position`, in the list that `scope` names with its filters.
    pub(crate) fn encode(&self, scope: &str, position: &impl Serialize) -> String {
        let mut bytes = serde_json::to_vec(position).unwrap_or_default();
        let tag = tag(&self.keys[0], scope, &bytes);
        bytes.extend_from_slice(&tag.finalize().into_bytes()[..TAG]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position that a cursor of this very list holds.
    pub(crate) fn decode<T: DeserializeOwned>(&self, scope: &str, cursor: &str) -> Result<T, ForeignCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| ForeignCursor)?;
        let (position, signature) = bytes.split_at_checked(bytes.len().wrapping_sub(TAG)).ok_or(ForeignCursor)?;
        let ours = |key| tag(key, scope, position).verify_truncated_left(signature).is_ok();
        if !self.keys.iter().any(ours) {
            return Err(ForeignCursor);
        }
        serde_json::from_slice(position).map_err(|_| ForeignCursor)
    }
}

fn tag(key: &[u8; 32], scope: &str, position: &[u8]) -> Hmac<Sha256> {
    // HMAC pads a key to its block of 64 bytes with zeros.
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(&(scope.len() as u64).to_be_bytes());
    mac.update(scope.as_bytes());
    mac.update(position);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MasterSecret;

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let secrets = |b| Secrets { current: MasterSecret::from_bytes([b; 32]), previous: None };
        let cursors = Cursors::new(&secrets(1));
        let cursor = cursors.encode("events?q=a", &("x", 7));
        assert_eq!(cursors.decode("events?q=a", &cursor), Ok(("x".to_owned(), 7)));
        assert_eq!(cursors.decode::<(String, i32)>("events?q=b", &cursor), Err(ForeignCursor));
        assert_eq!(Cursors::new(&secrets(2)).decode::<(String, i32)>("events?q=a", &cursor), Err(ForeignCursor));
        for forged in ["", "A", "AAAA", "$", &cursor[1..], &format!("{cursor}A")] {
            assert_eq!(cursors.decode::<(String, i32)>("events?q=a", forged), Err(ForeignCursor), "{forged}");
        }
    }
}
