//! Manage tokens: what a holder shows to manage one registration. A JWT (RFC 7519) by HS256 with a key of its own, so
//! no other kind of token passes for one.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::time::Instant;
use serde::{Deserialize, Serialize};

use super::InvalidToken;
use crate::keys::Secrets;

const ISSUER: &str = "plenaria";
const AUDIENCE: &str = "plenaria:manage";
/// The `typ` of such a token.
pub(super) const TYPE: &str = "manage+jwt";

/// How long after its event a registration can be managed.
pub(crate) const VALID_AFTER_EVENT: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// Signs and verifies manage tokens.
pub(crate) struct ManageTokens {
    header: Header,
    signing: EncodingKey,
    verifying: Vec<DecodingKey>,
    validation: Validation,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    exp: i64,
}

impl ManageTokens {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        let keys: Vec<[u8; 32]> =
            std::iter::once(&secrets.current).chain(&secrets.previous).map(|s| s.derive("manage-token")).collect();
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = 0;
        // The expiry is checked below against our own clock, the one that everything takes the time from.
        validation.validate_exp = false;
        Self {
            header,
            signing: EncodingKey::from_secret(&keys[0]),
            verifying: keys.iter().map(|key| DecodingKey::from_secret(key)).collect(),
            validation,
        }
    }

    /// A token for one registration, valid until 30 days after its event. The same for the same registration, so that
    /// an answer can be given again without keeping the token.
    pub(crate) fn sign(
        &self,
        id: RegistrationId,
        event_ends_at: Instant,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: id.to_string(),
            iat: id.made_at().timestamp(),
            exp: (event_ends_at + VALID_AFTER_EVENT).timestamp(),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.signing)
    }

    /// The registration that a token is for.
    pub(crate) fn verify(&self, token: &str, now: Instant) -> Result<RegistrationId, InvalidToken> {
        let decode = |key| jsonwebtoken::decode::<Claims>(token, key, &self.validation).ok();
        let data = self.verifying.iter().find_map(decode).ok_or(InvalidToken)?;
        let typed = data.header.typ.as_deref() == Some(TYPE);
        let timely = data.claims.exp > now.timestamp() && data.claims.iat <= now.timestamp() + 60;
        if !typed || !timely {
            return Err(InvalidToken);
        }
        RegistrationId::parse(&data.claims.sub).ok_or(InvalidToken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MasterSecret;
    use serde_json::{Value, json};

    fn tokens(byte: u8, previous: Option<u8>) -> ManageTokens {
        let secret = |b| MasterSecret::from_bytes([b; 32]);
        ManageTokens::new(&Secrets { current: secret(byte), previous: previous.map(secret) })
    }

    fn now() -> Instant {
        Instant::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn a_token_names_its_registration_until_it_expires() {
        let id = RegistrationId::new(now());
        let token = tokens(1, None).sign(id, now()).unwrap();
        assert_eq!(tokens(1, None).verify(&token, now()), Ok(id));
        assert_eq!(tokens(2, Some(1)).verify(&token, now()), Ok(id), "the previous secret still verifies");
        assert_eq!(tokens(2, None).verify(&token, now()), Err(InvalidToken), "another secret");
        assert_eq!(tokens(1, None).verify(&token, now() + VALID_AFTER_EVENT), Err(InvalidToken), "expired");
    }

    #[test]
    fn every_fault_is_refused() {
        let tokens = tokens(1, None);
        let id = RegistrationId::new(now()).to_string();
        let good =
            json!({"iss": ISSUER, "aud": AUDIENCE, "sub": id, "iat": now().timestamp(), "exp": now().timestamp() + 9});
        let sign = |header: &Header, claims: &Value| jsonwebtoken::encode(header, claims, &tokens.signing).unwrap();
        assert!(tokens.verify(&sign(&tokens.header, &good), now()).is_ok());
        for (claim, value) in [
            ("iss", json!("other")),
            ("aud", json!("other")),
            ("sub", json!("other")),
            ("exp", json!("soon")),
            ("iat", json!(now().timestamp() + 3600)),
            ("iss", Value::Null),
            ("aud", Value::Null),
            ("sub", Value::Null),
            ("exp", Value::Null),
            ("iat", Value::Null),
        ] {
            let mut bad = good.clone();
            bad[claim] = value.clone();
            assert_eq!(tokens.verify(&sign(&tokens.header, &bad), now()), Err(InvalidToken), "{claim} {value}");
            let mut missing = good.clone();
            missing.as_object_mut().unwrap().remove(claim);
            assert_eq!(tokens.verify(&sign(&tokens.header, &missing), now()), Err(InvalidToken), "no {claim}");
        }
        assert!(tokens.verify(&sign(&Header::new(Algorithm::HS256), &good), now()).is_err(), "another typ");
        let other = Header { typ: Some(TYPE.to_owned()), ..Header::new(Algorithm::HS384) };
        assert!(tokens.verify(&sign(&other, &good), now()).is_err(), "another algorithm");
        let token = sign(&tokens.header, &good);
        let (rest, _) = token.rsplit_once('.').unwrap();
        let none = "eyJhbGciOiJub25lIiwidHlwIjoibWFuYWdlK2p3dCJ9";
        let unsigned = format!("{none}.{}.", rest.split('.').nth(1).unwrap());
        for bad in ["", "x", "a.b.c", &unsigned, rest, &format!("{rest}.AAAA")] {
            assert_eq!(tokens.verify(bad, now()), Err(InvalidToken), "{bad}");
        }
    }
}
