//! How a partner organisation's program gets a token: OAuth 2.0 client credentials (RFC 6749, section 4.4).

mod credentials;
mod error;
pub(crate) mod metadata;
mod throttle;
pub(crate) mod token;

pub(crate) use throttle::Throttle;
