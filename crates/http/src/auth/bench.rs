//! A hook for the benchmark (`bench`): verifying access tokens without HTTP.

use chrono::DateTime;
use plenaria_domain::partner::scope::{Scope, Scopes};
use plenaria_domain::values::ids::ClientId;

use crate::auth::AccessTokens;
use crate::auth::keys::{SecretKey, SecretKeys};

/// Returns a function that verifies a valid access token, as each authenticated request does, and returns whether it is
/// valid. `None` if the token could not be made.
pub fn verifier() -> Option<impl Fn() -> bool> {
    let secrets = SecretKeys { current: SecretKey::from_bytes([1; 32]), previous: None };
    let tokens = AccessTokens::new(&secrets, "https://api.example.org").ok()?;
    let (now, scopes) = (DateTime::UNIX_EPOCH, Scopes::of([Scope::RegistrationsRead])?);
    let token = tokens.sign(ClientId::new(now), scopes, now).ok()?;
    Some(move || tokens.verify(&token, now).is_ok())
}
