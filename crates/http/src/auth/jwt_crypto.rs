//! The cryptography of JSON Web Tokens: HMAC-SHA256 and Ed25519 for `jsonwebtoken`, and no other algorithm.
//!
//! The library's own backend on the same crates (`rust_crypto`) brings RSA and the NIST curves along. No token here uses them, and
//! the RSA implementation has an advisory that no version solves (RUSTSEC-2023-0071). docs/decisions/0009-partners.md says more.

use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature;
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey};
use sha2::Sha256;

/// The bytes before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, section 7).
pub(crate) const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// We do not ask the library for keys as JWKs, so `key_utils` is not implemented.
static PROVIDER: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

/// Installs the algorithms, which must happen before anything is signed or verified. Further calls do nothing.
pub(crate) fn install() {
    let _ = PROVIDER.install_default();
}

struct Hs256(Hmac<Sha256>);

struct Ed25519Signer(SigningKey);

struct Ed25519Verifier(VerifyingKey);

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the library's signature")]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    match (algorithm, key.family()) {
        (Algorithm::HS256, AlgorithmFamily::Hmac) => Ok(Box::new(Hs256::new(key.as_bytes())?)),
        (Algorithm::EdDSA, AlgorithmFamily::Ed) => {
            let seed = key.as_bytes().strip_prefix(&PKCS8_PREFIX).ok_or(ErrorKind::InvalidEddsaKey)?;
            let seed: &[u8; 32] = seed.try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
            Ok(Box::new(Ed25519Signer(SigningKey::from_bytes(seed))))
        }
        _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the library's signature")]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    match (algorithm, key.family()) {
        (Algorithm::HS256, AlgorithmFamily::Hmac) => Ok(Box::new(Hs256::new(key.try_get_as_bytes()?)?)),
        (Algorithm::EdDSA, AlgorithmFamily::Ed) => {
            let public: &[u8; 32] = key.try_get_as_bytes()?.try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
            let public = VerifyingKey::from_bytes(public).map_err(|_| ErrorKind::InvalidEddsaKey)?;
            Ok(Box::new(Ed25519Verifier(public)))
        }
        _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
    }
}

impl Hs256 {
    fn new(key: &[u8]) -> Result<Self, Error> {
        Ok(Self(Hmac::new_from_slice(key).map_err(|_| ErrorKind::InvalidKeyFormat)?))
    }
}

impl signature::Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl signature::Verifier<Vec<u8>> for Hs256 {
    /// Compares in constant time, so that timing does not reveal how much of a signature is right.
    fn verify(&self, message: &[u8], tag: &Vec<u8>) -> Result<(), signature::Error> {
        self.0.clone().chain_update(message).verify_slice(tag).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl signature::Signer<Vec<u8>> for Ed25519Signer {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let signature: Signature = self.0.try_sign(message)?;
        Ok(signature.to_bytes().to_vec())
    }
}

impl JwtSigner for Ed25519Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

impl signature::Verifier<Vec<u8>> for Ed25519Verifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        self.0.verify(message, &Signature::from_slice(signature)?)
    }
}

impl JwtVerifier for Ed25519Verifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::crypto;

    /// A published token: the signed message, its signature and the keys.
    struct Vector {
        algorithm: Algorithm,
        message: &'static str,
        signature: &'static str,
        signing: EncodingKey,
        verifying: DecodingKey,
    }

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    fn vectors() -> [Vector; 2] {
        install();
        // RFC 7515, appendix A.1, and RFC 8037, appendix A.
        let secret = bytes("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
        let seed = bytes("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        [
            Vector {
                algorithm: Algorithm::HS256,
                message: "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
                signature: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
                signing: EncodingKey::from_secret(&secret),
                verifying: DecodingKey::from_secret(&secret),
            },
            Vector {
                algorithm: Algorithm::EdDSA,
                message: "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
                signature: "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
                signing: EncodingKey::from_ed_der(&[&PKCS8_PREFIX[..], &seed].concat()),
                verifying: DecodingKey::from_ed_components("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap(),
            },
        ]
    }

    #[test]
    fn published_test_vectors_are_signed_and_verified() {
        for Vector { algorithm, message, signature, signing, verifying } in vectors() {
            let message = message.as_bytes();
            assert_eq!(crypto::sign(message, &signing, algorithm).unwrap(), signature);
            let verify = |message: &[u8], signature: &str| crypto::verify(signature, message, &verifying, algorithm);
            assert!(verify(message, signature).unwrap());
            assert!(!verify(&message[1..], signature).unwrap(), "another message");
            let valid = bytes(signature);
            for at in 0..valid.len() {
                let mut bad = valid.clone();
                bad[at] ^= 1;
                assert!(!verify(message, &URL_SAFE_NO_PAD.encode(bad)).unwrap(), "{algorithm:?}: byte {at}");
            }
            let longer = [&valid[..], &[0]].concat();
            for bad in [&valid[..0], &valid[1..], &valid[..valid.len() - 1], &longer[..]] {
                assert!(!verify(message, &URL_SAFE_NO_PAD.encode(bad)).unwrap(), "{algorithm:?}: another length");
            }
        }
    }

    #[test]
    fn other_algorithms_and_malformed_keys_are_rejected() {
        let [hmac, ed] = vectors();
        let others = [
            Algorithm::HS384,
            Algorithm::HS512,
            Algorithm::ES256,
            Algorithm::ES384,
            Algorithm::RS256,
            Algorithm::RS512,
            Algorithm::PS256,
        ];
        for own in [&hmac, &ed] {
            for other in
                others.into_iter().chain([hmac.algorithm, ed.algorithm]).filter(|other| *other != own.algorithm)
            {
                assert!(crypto::sign(b"x", &own.signing, other).is_err(), "{other:?}");
                assert!(crypto::verify(own.signature, b"x", &own.verifying, other).is_err(), "{other:?}");
            }
        }
        for key in
            [EncodingKey::from_ed_der(&[1; 32]), EncodingKey::from_ed_der(&PKCS8_PREFIX), EncodingKey::from_ed_der(&[])]
        {
            assert!(crypto::sign(b"x", &key, Algorithm::EdDSA).is_err(), "not a key in PKCS #8");
        }
        for key in [DecodingKey::from_ed_der(&[1; 31]), DecodingKey::from_ed_der(&[1; 33])] {
            assert!(crypto::verify(ed.signature, b"x", &key, Algorithm::EdDSA).is_err(), "not a public key");
        }
    }
}
