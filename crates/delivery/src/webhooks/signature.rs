//! Signs webhooks (Standard Webhooks 1.0, symmetric): HMAC-SHA256 over id, timestamp and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use plenaria_domain::webhook::secret::SigningSecret;
use sha2::Sha256;

/// The value of the header `webhook-signature`, with one signature for each secret.
pub(crate) fn sign(secrets: &[SigningSecret], id: &str, timestamp: i64, body: &str) -> String {
    let signatures = secrets.iter().filter_map(|secret| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.key()).ok()?;
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    });
    signatures.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use standardwebhooks::Webhook;

    #[test]
    fn the_official_library_computes_the_same_signature() {
        let secrets = [1, 2].map(|byte| SigningSecret::from_random([byte; 32]));
        let (id, at, body) = ("019a0000-0000-7000-8000-000000000005", 1_700_000_000, "{\"type\":\"é\"}");
        let theirs = secrets
            .each_ref()
            .map(|secret| Webhook::new(&secret.expose()).unwrap().sign(id, at, body.as_bytes()).unwrap());
        assert_eq!(sign(&secrets, id, at, body), theirs.join(" "));
    }
}
