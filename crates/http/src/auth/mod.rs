//! Who asks, and what they may do.
//!
//! A bearer token (RFC 6750) is a client's access token or a registration's manage token. Whatever comes with one is
//! checked once, before the route is asked (`envelope.rs`); the [`Caller`] goes along with the request.

mod access_token;
mod bearer;
mod caller;
mod client_cache;
mod jwt_crypto;
mod registration_token;
mod strict;

pub(crate) use access_token::{AccessTokens, LIFETIME};
pub(crate) use bearer::authenticate;
pub(crate) use caller::{Caller, ClientCaller, RegistrationAccess};
pub(crate) use client_cache::Clients;
pub use registration_token::{ConfirmationTokens, ManageTokens, SigningError};

/// A token that does not verify: forged, foreign, expired or no token at all. Which of these is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidToken;
