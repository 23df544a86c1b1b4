//! Access tokens of clients: JWTs in the profile of RFC 9068, signed with Ed25519 (`EdDSA`, RFC 8037).
//!
//! They are verified as RFC 8725 advises: one algorithm, no header fields but those we write, and every claim is required
//! and checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use plenaria_domain::partner::scope::Scopes;
use plenaria_domain::values::ids::ClientId;
use plenaria_domain::values::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::auth::jwt_crypto::{self, PKCS8_PREFIX};
use crate::auth::keys::{SecretKey, SecretKeys};
use crate::auth::strict::{self, InvalidToken, Validity};

/// The `typ` of an access token (RFC 9068, section 2.1).
pub(crate) const TYPE: &str = "at+jwt";
/// How long a token is valid.
pub(crate) const LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// Signs and verifies access tokens.
pub(crate) struct AccessTokens {
    issuer: String,
    audience: String,
    header: Header,
    signing: EncodingKey,
    /// The current key, and the previous one while it still verifies.
    verifying: Vec<VerifyingKey>,
    validation: Validation,
}

struct VerifyingKey {
    id: String,
    /// The public key, in base64url.
    x: String,
    key: DecodingKey,
}

/// The client and the scopes that a valid token grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccessGrant {
    pub(crate) client: ClientId,
    pub(crate) scopes: Scopes,
}

/// The only fields that a header may have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    client_id: String,
    scope: String,
    iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    exp: i64,
    jti: String,
}

impl VerifyingKey {
    fn of(secret: &SecretKey) -> Result<(Self, EncodingKey), jsonwebtoken::errors::Error> {
        let seed = secret.derive("access-token");
        let x = URL_SAFE_NO_PAD.encode(SigningKey::from_bytes(&seed).verifying_key().as_bytes());
        let key = DecodingKey::from_ed_components(&x)?;
        // The thumbprint of the public key (RFC 7638; RFC 8037, section 2).
        let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#).as_bytes());
        let id = URL_SAFE_NO_PAD.encode(thumbprint);
        Ok((Self { id, x, key }, EncodingKey::from_ed_der(&[&PKCS8_PREFIX[..], &seed].concat())))
    }
}

impl AccessTokens {
    /// Tokens issued by, and for, the API at this URL.
    ///
    /// # Errors
    /// The key pair could not be derived.
    pub(crate) fn new(secrets: &SecretKeys, public_url: &str) -> Result<Self, jsonwebtoken::errors::Error> {
        jwt_crypto::install();
        let (current, signing) = VerifyingKey::of(&secrets.current)?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(current.id.clone());
        let mut verifying = vec![current];
        if let Some(previous) = &secrets.previous {
            verifying.push(VerifyingKey::of(previous)?.0);
        }
        let audience = format!("{public_url}/v1");
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[public_url]);
        validation.set_audience(&[&audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.leeway = 0;
        // `verify` checks the times against our own clock, which tests control.
        validation.validate_exp = false;
        Ok(Self { issuer: public_url.to_owned(), audience, header, signing, verifying, validation })
    }

    /// A token for a client.
    pub(crate) fn sign(
        &self,
        client: ClientId,
        scopes: Scopes,
        now: Instant,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: client.to_string(),
            client_id: client.to_string(),
            scope: scopes.to_string(),
            iat: now.timestamp(),
            nbf: None,
            exp: (now + LIFETIME).timestamp(),
            jti: Uuid::now_v7().to_string(),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.signing)
    }

    /// Verifies a token, and returns what it grants now. The caller still has to check that the client is not disabled.
    pub(crate) fn verify(&self, token: &str, now: Instant) -> Result<AccessGrant, InvalidToken> {
        let header: StrictHeader = strict::parse_header(token)?;
        let signed_by = self.verifying.iter().find(|key| key.id == header.kid).ok_or(InvalidToken)?;
        if header.alg != "EdDSA" || header.typ != TYPE {
            return Err(InvalidToken);
        }
        let decoded = jsonwebtoken::decode::<Claims>(token, &signed_by.key, &self.validation);
        let claims = decoded.map_err(|_| InvalidToken)?.claims;
        let is_current = Validity { iat: claims.iat, nbf: claims.nbf, exp: claims.exp }.includes(now);
        // RFC 9068, section 2.2: if no person is involved, the subject is the client.
        let is_complete = claims.sub == claims.client_id && !claims.jti.is_empty();
        let is_ours = claims.iss == self.issuer && claims.aud == self.audience;
        if !(is_current && is_complete && is_ours) {
            return Err(InvalidToken);
        }
        let client = ClientId::parse(&claims.client_id).ok_or(InvalidToken)?;
        let scopes = Scopes::parse(&claims.scope).map_err(|_| InvalidToken)?;
        Ok(AccessGrant { client, scopes })
    }

    /// The public keys as a JSON Web Key Set (RFC 7517).
    pub(crate) fn key_set(&self) -> Value {
        let keys = self.verifying.iter().map(
            |key| json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.id, "x": key.x}),
        );
        json!({ "keys": keys.collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::ManageTokens;
    use plenaria_domain::partner::scope::Scope;
    use plenaria_domain::values::ids::RegistrationId;

    const URL: &str = "https://api.example.org";

    fn secrets(byte: u8, previous: Option<u8>) -> SecretKeys {
        let secret = |b| SecretKey::from_bytes([b; 32]);
        SecretKeys { current: secret(byte), previous: previous.map(secret) }
    }

    fn tokens(byte: u8, previous: Option<u8>) -> AccessTokens {
        AccessTokens::new(&secrets(byte, previous), URL).unwrap()
    }

    fn now() -> Instant {
        Instant::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn granted() -> AccessGrant {
        AccessGrant { client: ClientId::new(now()), scopes: Scopes::of([Scope::RegistrationsRead]).unwrap() }
    }

    #[test]
    fn a_token_grants_its_scopes_for_15_minutes() {
        let granted = granted();
        let token = tokens(1, None).sign(granted.client, granted.scopes, now()).unwrap();
        assert_eq!(tokens(1, None).verify(&token, now()), Ok(granted));
        assert_eq!(tokens(2, Some(1)).verify(&token, now()), Ok(granted), "the previous secret's key still verifies");
        assert_eq!(tokens(2, None).verify(&token, now()), Err(InvalidToken), "another secret");
        assert_eq!(tokens(1, None).verify(&token, now() + LIFETIME), Err(InvalidToken), "expired");
        let other = AccessTokens::new(&secrets(1, None), "https://other.example.org").unwrap();
        assert_eq!(other.verify(&token, now()), Err(InvalidToken), "issued by another service");
        let ids: Vec<_> = tokens(2, Some(1)).key_set()["keys"].as_array().unwrap().clone();
        assert_eq!(ids.len(), 2);
        assert!(ids.iter().all(|key| key.get("d").is_none()), "no private part");
    }

    /// A token with this header and these claims, with the signature that `sign` makes.
    fn forge(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    fn eddsa(byte: u8) -> impl Fn(&[u8]) -> Vec<u8> {
        use ed25519_dalek::Signer as _;
        let key = SigningKey::from_bytes(&secrets(byte, None).current.derive("access-token"));
        move |message| key.sign(message).to_vec()
    }

    fn valid_parts() -> (Value, Value) {
        let tokens = tokens(1, None);
        let id = granted().client.to_string();
        let header = json!({"alg": "EdDSA", "typ": TYPE, "kid": tokens.verifying[0].id});
        let claims = json!({
            "iss": URL, "aud": format!("{URL}/v1"), "sub": id, "client_id": id, "scope": "registrations:read",
            "iat": now().timestamp(), "exp": now().timestamp() + 900, "jti": "x",
        });
        (header, claims)
    }

    #[test]
    fn every_invalid_header_is_rejected() {
        use hmac::{Hmac, KeyInit as _, Mac as _};
        let tokens = tokens(1, None);
        let (header, claims) = valid_parts();
        assert!(tokens.verify(&forge(&header, &claims, eddsa(1)), now()).is_ok());
        assert!(tokens.verify(&forge(&header, &claims, eddsa(2)), now()).is_err(), "another key");
        assert!(tokens.verify(&forge(&header, &claims, |_| Vec::new()), now()).is_err(), "no signature");
        let x = tokens.verifying[0].x.clone();
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x});
        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("None")),
            ("alg", json!("HS256")),
            ("alg", json!("ES256")),
            ("typ", json!("JWT")),
            ("typ", json!("manage+jwt")),
            ("typ", json!("application/at+jwt")),
            ("kid", json!("unknown")),
            ("kid", json!("")),
            ("jwk", jwk.clone()),
            ("jku", json!("https://evil.example/keys")),
            ("x5u", json!("https://evil.example/certificate")),
            ("x5c", json!(["AAAA"])),
            ("crit", json!(["exp"])),
            ("crit", json!([])),
            ("b64", json!(false)),
            ("cty", json!("JWT")),
            ("zip", json!("DEF")),
        ] {
            let mut bad = header.clone();
            bad[name] = value.clone();
            assert_eq!(tokens.verify(&forge(&bad, &claims, eddsa(1)), now()), Err(InvalidToken), "{name} {value}");
        }
        for name in ["alg", "typ", "kid"] {
            let mut bad = header.clone();
            bad.as_object_mut().unwrap().remove(name);
            assert_eq!(tokens.verify(&forge(&bad, &claims, eddsa(1)), now()), Err(InvalidToken), "no {name}");
        }
        // The public key used as if it were a shared secret, in each of its formats.
        for key in [x.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(&x).unwrap(), jwk.to_string().into_bytes()] {
            let mut bad = header.clone();
            bad["alg"] = json!("HS256");
            let hs256 = |message: &[u8]| {
                let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
                mac.update(message);
                mac.finalize().into_bytes().to_vec()
            };
            assert_eq!(tokens.verify(&forge(&bad, &claims, hs256), now()), Err(InvalidToken));
        }
    }

    #[test]
    fn every_invalid_claim_is_rejected() {
        let tokens = tokens(1, None);
        let (header, claims) = valid_parts();
        let other = ClientId::new(now() + LIFETIME).to_string();
        let later = now().timestamp() + 3600;
        for (name, value) in [
            ("iss", json!("https://other.example.org")),
            ("iss", json!([URL])),
            ("aud", json!(URL)),
            ("aud", json!("plenaria:manage")),
            ("aud", json!([format!("{URL}/v1")])),
            ("sub", json!(other)),
            ("client_id", json!(other)),
            ("client_id", json!("nobody")),
            ("scope", json!("")),
            ("scope", json!("everything")),
            ("scope", json!(["registrations:read"])),
            ("iat", json!(later)),
            ("iat", json!("now")),
            ("nbf", json!(later)),
            ("exp", json!(now().timestamp())),
            ("exp", json!(now().timestamp() - 1)),
            ("exp", json!("never")),
            ("jti", json!("")),
        ] {
            let mut bad = claims.clone();
            bad[name] = value.clone();
            assert_eq!(tokens.verify(&forge(&header, &bad, eddsa(1)), now()), Err(InvalidToken), "{name} {value}");
        }
        for name in ["iss", "aud", "sub", "client_id", "scope", "iat", "exp", "jti"] {
            let mut bad = claims.clone();
            bad[name] = Value::Null;
            assert_eq!(tokens.verify(&forge(&header, &bad, eddsa(1)), now()), Err(InvalidToken), "null {name}");
            bad.as_object_mut().unwrap().remove(name);
            assert_eq!(tokens.verify(&forge(&header, &bad, eddsa(1)), now()), Err(InvalidToken), "no {name}");
        }
    }

    #[test]
    fn a_token_of_another_kind_is_rejected() {
        let (access, manage) = (tokens(1, None), ManageTokens::new(&secrets(1, None)));
        let granted = granted();
        let token = access.sign(granted.client, granted.scopes, now()).unwrap();
        assert_eq!(manage.verify(&token, now()), Err(InvalidToken));
        let token = manage.sign_first(RegistrationId::new(now()), now()).unwrap();
        assert_eq!(access.verify(&token, now()), Err(InvalidToken));
        let long = "a".repeat(100_000);
        for nonsense in ["", ".", "..", "a.b.c", "e30.e30.", "e30.e30.e30.e30", &long] {
            assert_eq!(access.verify(nonsense, now()), Err(InvalidToken));
        }
    }
}
