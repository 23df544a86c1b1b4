//! What is checked of every token of ours, of whatever kind (RFC 8725): nothing in its header but what we put there, and
//! times that make sense.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use plenaria_domain::time::Instant;
use serde::de::DeserializeOwned;

use super::InvalidToken;

/// How far another instance's clock may be ahead of ours.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);

/// The header of a token as a `H`, which must name all that a header of its kind holds and refuse unknown fields: a token
/// that brings its own key (`jwk`, `jku`, `x5u`), or a rule that we do not know (`crit`), is none of ours.
pub(super) fn header<H: DeserializeOwned>(token: &str) -> Result<H, InvalidToken> {
    let encoded = token.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| InvalidToken)?;
    serde_json::from_slice(&header).map_err(|_| InvalidToken)
}

/// When a token is good, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// When it was issued.
    pub(super) iat: i64,
    /// From when on it counts; we set none, and keep to one that is there.
    pub(super) nbf: Option<i64>,
    /// When it ends.
    pub(super) exp: i64,
}

impl Times {
    /// Whether the token is good now, by the clock that everything takes the time from.
    pub(super) fn include(self, now: Instant) -> bool {
        let (now, skewed) = (now.timestamp(), (now + CLOCK_SKEW).timestamp());
        now < self.exp
            && self.iat <= skewed
            && self.iat < self.exp
            && self.nbf.is_none_or(|nbf| nbf <= skewed && nbf < self.exp)
    }
}
