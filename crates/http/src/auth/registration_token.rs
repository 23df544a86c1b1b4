//! Tokens for one registration: JWTs (RFC 7519) signed with HS256.
//!
//! Each kind has its own key, audience and `typ`, so that a token of one kind never verifies as another, nor as a client's
//! access token. They are checked as strictly as access tokens.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use plenaria_domain::registration::{CONFIRMATION_TIMEOUT, Registration};
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::time::Instant;
use serde::{Deserialize, Serialize};

use crate::auth::caller::Holder;
use crate::auth::jwt_crypto;
use crate::auth::keys::SecretKeys;
use crate::auth::strict::{self, InvalidToken, Validity};

const ISSUER: &str = "plenaria";

/// How long after the event's end a registration can be managed.
pub(crate) const VALID_AFTER_EVENT: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// The properties that distinguish the kinds of tokens.
struct Kind {
    /// The purpose that the key is derived for.
    purpose: &'static str,
    audience: &'static str,
    /// The `typ` in the header.
    typ: &'static str,
}

const MANAGE: Kind = Kind { purpose: "manage-token", audience: "plenaria:manage", typ: "manage+jwt" };
const CONFIRM: Kind = Kind { purpose: "confirmation-token", audience: "plenaria:confirm", typ: "confirm+jwt" };

/// The `typ` of a manage token.
pub(crate) const MANAGE_TYPE: &str = MANAGE.typ;

/// A token could not be signed.
pub type SigningError = jsonwebtoken::errors::Error;

/// Tokens that authorise their holders to manage one registration.
pub struct ManageTokens(Tokens);

/// Tokens in the mails that ask to confirm an address. Anyone who has one can read that mailbox.
pub struct ConfirmationTokens(Tokens);

impl ManageTokens {
    /// Signs and verifies with these secrets.
    pub fn new(secrets: &SecretKeys) -> Self {
        Self(Tokens::new(secrets, &MANAGE))
    }

    /// A token for one registration, valid until 30 days after its event, as long as the registration keeps its address. The
    /// same registration and address get the same token.
    ///
    /// # Errors
    /// The library failed to sign, which is not known to happen.
    pub fn sign(&self, registration: &Registration, event_ends_at: Instant) -> Result<String, SigningError> {
        let holder = Holder { registration: registration.id, address_version: registration.address_version };
        self.sign_for(holder, event_ends_at)
    }

    /// The token that a new registration gets, so that its response can be repeated without storing the token. It is no
    /// longer valid once the address has been corrected.
    pub(crate) fn sign_first(&self, id: RegistrationId, event_ends_at: Instant) -> Result<String, SigningError> {
        self.sign_for(Holder { registration: id, address_version: 0 }, event_ends_at)
    }

    fn sign_for(&self, holder: Holder, event_ends_at: Instant) -> Result<String, SigningError> {
        let id = holder.registration;
        self.0.sign((id, holder.address_version), id.created_at(), event_ends_at + VALID_AFTER_EVENT)
    }

    /// The holder of a valid token. Whether the registration still has the address that the token was made for, is checked
    /// when the registration is read ([`Holder::check`]).
    pub(crate) fn verify(&self, token: &str, now: Instant) -> Result<Holder, InvalidToken> {
        let (registration, address_version) = self.0.verify(token, now)?;
        Ok(Holder { registration, address_version })
    }
}

impl ConfirmationTokens {
    /// Signs and verifies with these secrets.
    pub fn new(secrets: &SecretKeys) -> Self {
        Self(Tokens::new(secrets, &CONFIRM))
    }

    /// A token for a registration that was created at `created_at`, valid as long as it may be confirmed.
    ///
    /// # Errors
    /// The library failed to sign, which is not known to happen.
    pub fn sign(&self, id: RegistrationId, created_at: Instant) -> Result<String, SigningError> {
        self.0.sign((id, 0), id.created_at(), created_at + CONFIRMATION_TIMEOUT)
    }

    /// The registration that a valid token is for.
    pub(crate) fn verify(&self, token: &str, now: Instant) -> Result<RegistrationId, InvalidToken> {
        self.0.verify(token, now).map(|(id, _)| id)
    }
}

/// Tokens of one kind.
struct Tokens {
    typ: &'static str,
    audience: &'static str,
    header: Header,
    signing: EncodingKey,
    verifying: Vec<DecodingKey>,
    validation: Validation,
}

/// The only fields that a header may have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    exp: i64,
    /// [`Registration::address_version`], unless it is 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    address_version: i64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls with a reference")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl Tokens {
    fn new(secrets: &SecretKeys, kind: &Kind) -> Self {
        jwt_crypto::install();
        let keys: Vec<[u8; 32]> =
            std::iter::once(&secrets.current).chain(&secrets.previous).map(|s| s.derive(kind.purpose)).collect();
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(kind.typ.to_owned());
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[kind.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = 0;
        // `verify` checks the times against our own clock, which tests control.
        validation.validate_exp = false;
        Self {
            typ: kind.typ,
            audience: kind.audience,
            header,
            signing: EncodingKey::from_secret(&keys[0]),
            verifying: keys.iter().map(|key| DecodingKey::from_secret(key)).collect(),
            validation,
        }
    }

    fn sign(
        &self,
        (id, address_version): (RegistrationId, i64),
        issued_at: Instant,
        expires_at: Instant,
    ) -> Result<String, SigningError> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: self.audience.to_owned(),
            sub: id.to_string(),
            iat: issued_at.timestamp(),
            nbf: None,
            exp: expires_at.timestamp(),
            address_version,
        };
        jsonwebtoken::encode(&self.header, &claims, &self.signing)
    }

    /// The registration that a valid token is for, and the version of its address.
    fn verify(&self, token: &str, now: Instant) -> Result<(RegistrationId, i64), InvalidToken> {
        let header: StrictHeader = strict::parse_header(token)?;
        if header.alg != "HS256" || header.typ != self.typ {
            return Err(InvalidToken);
        }
        let decode = |key| jsonwebtoken::decode::<Claims>(token, key, &self.validation).ok();
        let claims = self.verifying.iter().find_map(decode).ok_or(InvalidToken)?.claims;
        let is_current = Validity { iat: claims.iat, nbf: claims.nbf, exp: claims.exp }.includes(now);
        // The library has checked both already; this check does not depend on its settings.
        let is_ours = claims.iss == ISSUER && claims.aud == self.audience;
        if !(is_current && is_ours) {
            return Err(InvalidToken);
        }
        let id = RegistrationId::parse(&claims.sub).ok_or(InvalidToken)?;
        Ok((id, claims.address_version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::keys::SecretKey;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use serde_json::{Value, json};
    use sha2::Sha384;

    fn tokens(byte: u8, previous: Option<u8>) -> ManageTokens {
        let secret = |b| SecretKey::from_bytes([b; 32]);
        ManageTokens::new(&SecretKeys { current: secret(byte), previous: previous.map(secret) })
    }

    fn secrets(byte: u8) -> SecretKeys {
        SecretKeys { current: SecretKey::from_bytes([byte; 32]), previous: None }
    }

    fn now() -> Instant {
        Instant::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn a_token_identifies_its_registration_until_it_expires() {
        let id = RegistrationId::new(now());
        let holder = Holder { registration: id, address_version: 0 };
        let token = tokens(1, None).sign_first(id, now()).unwrap();
        assert_eq!(tokens(1, None).verify(&token, now()), Ok(holder));
        assert_eq!(tokens(2, Some(1)).verify(&token, now()), Ok(holder), "the previous secret still verifies");
        assert_eq!(tokens(2, None).verify(&token, now()), Err(InvalidToken), "another secret");
        assert_eq!(tokens(1, None).verify(&token, now() + VALID_AFTER_EVENT), Err(InvalidToken), "expired");
    }

    #[test]
    fn a_token_states_the_version_of_the_address() {
        let corrected = Holder { registration: RegistrationId::new(now()), address_version: 3 };
        let token = tokens(1, None).sign_for(corrected, now()).unwrap();
        assert_ne!(token, tokens(1, None).sign_first(corrected.registration, now()).unwrap());
        assert_eq!(tokens(1, None).verify(&token, now()), Ok(corrected));
    }

    #[test]
    fn a_confirmation_token_expires() {
        let id = RegistrationId::new(now());
        let tokens = ConfirmationTokens::new(&secrets(1));
        let later = now() + chrono::TimeDelta::hours(1);
        let token = tokens.sign(id, later).unwrap();
        let last = later + CONFIRMATION_TIMEOUT - chrono::TimeDelta::seconds(1);
        assert_eq!(tokens.verify(&token, last), Ok(id));
        assert_eq!(tokens.verify(&token, later + CONFIRMATION_TIMEOUT), Err(InvalidToken));
    }

    #[test]
    fn a_token_of_another_kind_is_rejected() {
        let id = RegistrationId::new(now());
        let (manage, confirm) = (ManageTokens::new(&secrets(1)), ConfirmationTokens::new(&secrets(1)));
        assert!(manage.verify(&confirm.sign(id, now()).unwrap(), now()).is_err());
        assert!(confirm.verify(&manage.sign_first(id, now()).unwrap(), now()).is_err());
        // This holds even if the kinds had the same key.
        for (one, other) in [(&manage.0, &confirm.0), (&confirm.0, &manage.0)] {
            let claims = json!({"iss": ISSUER, "aud": other.audience, "sub": id.to_string(), "iat": now().timestamp(), "exp": now().timestamp() + 9});
            for header in [&one.header, &other.header] {
                let token = jsonwebtoken::encode(header, &claims, &one.signing).unwrap();
                assert!(one.verify(&token, now()).is_err(), "another audience");
            }
        }
    }

    #[test]
    fn every_invalid_token_is_rejected() {
        for kind in [&MANAGE, &CONFIRM] {
            let tokens = Tokens::new(&secrets(1), kind);
            check_invalid_claims_of(&tokens);
            check_invalid_headers_of(&tokens, kind);
        }
    }

    /// Tokens with a valid signature of ours, but a header that we never write.
    fn check_invalid_headers_of(tokens: &Tokens, kind: &Kind) {
        use hmac::{Hmac, KeyInit as _, Mac as _};
        let id = RegistrationId::new(now()).to_string();
        let claims = json!({"iss": ISSUER, "aud": tokens.audience, "sub": id, "iat": now().timestamp(), "exp": now().timestamp() + 9});
        let header = json!({"alg": "HS256", "typ": kind.typ});
        let key = secrets(1).current.derive(kind.purpose);
        let verify = |header: &Value| {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let message = format!("{}.{}", part(header), part(&claims));
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
            mac.update(message.as_bytes());
            let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
            tokens.verify(&format!("{message}.{signature}"), now())
        };
        assert!(verify(&header).is_ok(), "the helper signs like the server");
        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("hs256")),
            ("alg", json!("HS512")),
            ("alg", json!("EdDSA")),
            ("typ", json!("JWT")),
            ("typ", json!("at+jwt")),
            ("typ", json!(kind.typ.to_uppercase())),
            ("typ", json!(format!("application/{}", kind.typ))),
            ("kid", json!("x")),
            ("kid", Value::Null),
            ("jwk", json!({"kty": "oct", "k": "AAAA"})),
            ("jku", json!("https://evil.example/keys")),
            ("x5u", json!("https://evil.example/certificate")),
            ("x5c", json!(["AAAA"])),
            ("crit", json!(["exp"])),
            ("crit", json!([])),
            ("b64", json!(false)),
            ("cty", json!("JWT")),
            ("zip", json!("DEF")),
            ("anything", json!("else")),
        ] {
            let mut bad = header.clone();
            bad[name] = value.clone();
            assert_eq!(verify(&bad), Err(InvalidToken), "{name} {value}");
        }
        for name in ["alg", "typ"] {
            let mut bad = header.clone();
            bad.as_object_mut().unwrap().remove(name);
            assert_eq!(verify(&bad), Err(InvalidToken), "no {name}");
        }
    }

    fn check_invalid_claims_of(tokens: &Tokens) {
        let id = RegistrationId::new(now()).to_string();
        let valid = json!({"iss": ISSUER, "aud": tokens.audience, "sub": id, "iat": now().timestamp(), "exp": now().timestamp() + 9});
        let sign = |header: &Header, claims: &Value| jsonwebtoken::encode(header, claims, &tokens.signing).unwrap();
        assert!(tokens.verify(&sign(&tokens.header, &valid), now()).is_ok());
        for (claim, value) in [
            ("iss", json!("other")),
            ("aud", json!("other")),
            ("sub", json!("other")),
            ("exp", json!("soon")),
            ("iat", json!(now().timestamp() + 3600)),
            ("iat", json!(now().timestamp() + 9)),
            ("iss", json!([ISSUER])),
            ("aud", json!([tokens.audience])),
            ("iss", Value::Null),
            ("aud", Value::Null),
            ("sub", Value::Null),
            ("exp", Value::Null),
            ("iat", Value::Null),
        ] {
            let mut bad = valid.clone();
            bad[claim] = value.clone();
            assert_eq!(tokens.verify(&sign(&tokens.header, &bad), now()), Err(InvalidToken), "{claim} {value}");
            let mut missing = valid.clone();
            missing.as_object_mut().unwrap().remove(claim);
            assert_eq!(tokens.verify(&sign(&tokens.header, &missing), now()), Err(InvalidToken), "no {claim}");
        }
        for nbf in [json!(now().timestamp() + 3600), json!(now().timestamp() + 9), json!("now")] {
            let mut early = valid.clone();
            early["nbf"] = nbf.clone();
            assert_eq!(tokens.verify(&sign(&tokens.header, &early), now()), Err(InvalidToken), "nbf {nbf}");
        }
        assert!(tokens.verify(&sign(&Header::new(Algorithm::HS256), &valid), now()).is_err(), "another typ");
        let other = Header { typ: Some(tokens.typ.to_owned()), ..Header::new(Algorithm::HS384) };
        assert!(jsonwebtoken::encode(&other, &valid, &tokens.signing).is_err(), "no other algorithm signs");
        // Signed with the right key, but by another algorithm.
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&json!({"alg": "HS384", "typ": tokens.typ})), part(&valid));
        let mut mac = Hmac::<Sha384>::new_from_slice(tokens.signing.as_bytes()).unwrap();
        mac.update(message.as_bytes());
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
        assert_eq!(tokens.verify(&token, now()), Err(InvalidToken), "another algorithm");
        let token = sign(&tokens.header, &valid);
        let (rest, _) = token.rsplit_once('.').unwrap();
        let none = "eyJhbGciOiJub25lIiwidHlwIjoibWFuYWdlK2p3dCJ9";
        let unsigned = format!("{none}.{}.", rest.split('.').nth(1).unwrap());
        for bad in ["", "x", "a.b.c", &unsigned, rest, &format!("{rest}.AAAA")] {
            assert_eq!(tokens.verify(bad, now()), Err(InvalidToken), "{bad}");
        }
    }
}
