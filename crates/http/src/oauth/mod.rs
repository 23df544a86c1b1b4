//! OAuth 2.0 client credentials (RFC 6749, section 4.4): how the programs of partner organisations get access tokens.

mod credentials;
mod error;
pub(crate) mod metadata;
pub(crate) mod token;
