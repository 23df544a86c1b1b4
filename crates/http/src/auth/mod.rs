//! Authentication of callers, and what they may do.
//!
//! A bearer token (RFC 6750) is a client's access token or a registration's manage token. The middleware verifies it once,
//! before the router runs, and stores the [`Caller`] in the request.

pub(crate) mod access_token;
pub mod bench;
pub(crate) mod caller;
pub(crate) mod client_cache;
mod jwt_crypto;
pub mod keys;
pub(crate) mod registration_token;
mod strict;

pub(crate) use access_token::AccessTokens;
pub(crate) use caller::{Caller, ClientCaller, RegistrationAccess};
pub(crate) use client_cache::ClientCache;
pub use registration_token::{ConfirmationTokens, ManageTokens, SigningError};
