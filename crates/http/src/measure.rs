//! What the benchmark (`bench`) measures from inside.

use chrono::DateTime;
use plenaria_domain::ids::ClientId;
use plenaria_domain::scope::{Scope, Scopes};

use crate::auth::AccessTokens;
use crate::keys::{MasterSecret, Secrets};

/// Verifies an access token each time that it is called, as each request with one does; false: it is no good.
pub fn verifier() -> Option<impl Fn() -> bool> {
    let secrets = Secrets { current: MasterSecret::from_bytes([1; 32]), previous: None };
    let tokens = AccessTokens::new(&secrets, "https://api.example.org").ok()?;
    let (now, scopes) = (DateTime::UNIX_EPOCH, Scopes::of([Scope::RegistrationsRead])?);
    let token = tokens.sign(ClientId::new(now), scopes, now).ok()?;
    Some(move || tokens.verify(&token, now).is_ok())
}
