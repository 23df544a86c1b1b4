//! Checks that apply to every kind of token (RFC 8725): its header has only the fields that we write, and its times are
//! consistent.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use plenaria_domain::values::time::Instant;
use serde::de::DeserializeOwned;

/// A token that does not verify: forged, foreign, expired or malformed. Callers do not learn which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidToken;

/// How far another instance's clock may be ahead of ours.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);

/// Parses a token's header as an `H`, which must deny unknown fields. A token with its own key (`jwk`, `jku`, `x5u`) or an
/// extension that we do not know (`crit`) is not ours.
pub(crate) fn parse_header<H: DeserializeOwned>(token: &str) -> Result<H, InvalidToken> {
    let encoded = token.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| InvalidToken)?;
    serde_json::from_slice(&header).map_err(|_| InvalidToken)
}

/// The period in which a token is valid, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validity {
    /// When it was issued.
    pub(crate) iat: i64,
    /// The start, if the token has one. Our tokens have none.
    pub(crate) nbf: Option<i64>,
    /// The end, which is excluded.
    pub(crate) exp: i64,
}

impl Validity {
    /// Whether the token is valid now.
    pub(crate) fn includes(self, now: Instant) -> bool {
        let (now, skewed) = (now.timestamp(), (now + CLOCK_SKEW).timestamp());
        now < self.exp
            && self.iat <= skewed
            && self.iat < self.exp
            && self.nbf.is_none_or(|nbf| nbf <= skewed && nbf < self.exp)
    }
}
