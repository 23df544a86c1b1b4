//! Tokens that are invalid in one way each: every route, whether it requires a token or not, responds 401 with the
//! challenge of RFC 6750 and does not say what is wrong.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::person;

crate::on_both_engines!(
    every_broken_access_token_is_rejected,
    every_broken_holder_token_is_rejected,
    token_kinds_are_not_interchangeable,
    tokens_of_disabled_clients_are_rejected,
);

const CHALLENGE: &str = "Bearer realm=\"plenaria\", error=\"invalid_token\"";

/// The server's key for a purpose, derived from the secret key of the tests.
fn derived(purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(b"plenaria"), &[7; 32]).expand(purpose.as_bytes(), &mut key).unwrap();
    key
}

fn eddsa(seed: [u8; 32]) -> impl Fn(&[u8]) -> Vec<u8> {
    let key = SigningKey::from_bytes(&seed);
    move |message| key.sign(message).to_vec()
}

fn hs256(key: Vec<u8>) -> impl Fn(&[u8]) -> Vec<u8> {
    move |message| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(message);
        mac.finalize().into_bytes().to_vec()
    }
}

fn part(token: &str, number: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(number).unwrap()).unwrap()).unwrap()
}

fn forge(header: &Value, claims: &Value, sign: &dyn Fn(&[u8]) -> Vec<u8>) -> String {
    let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", text(header), text(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn with(value: &Value, name: &str, other: Value) -> Value {
    let mut changed = value.clone();
    changed[name] = other;
    changed
}

fn without(value: &Value, name: &str) -> Value {
    let mut changed = value.clone();
    changed.as_object_mut().unwrap().shift_remove(name);
    changed
}

/// Asserts that the token is rejected where a token is required, where it is optional, and where a holder's is expected.
async fn assert_rejected(app: &TestApp, what: &str, token: &str, id: &str) {
    let body = person("refused@example.org");
    for (method, path, body) in [
        ("GET", "/v1/events/mine/registrations", None),
        ("GET", "/v1/events/mine", None),
        ("GET", "/v1/changes", None),
        ("GET", &*format!("/v1/registrations/{id}"), None),
        ("POST", "/v1/events/mine/registrations", Some(&body)),
    ] {
        let response = app.send(method, path, Some(token), body).await;
        assert_eq!(response.status, 401, "{what}: {method} {path}: {}", response.body);
        assert_eq!(response.header("www-authenticate"), Some(CHALLENGE), "{what}: {method} {path}");
        let problem = response.expect_problem(401, "invalid-token");
        assert!(!problem.to_string().contains(what), "{problem}");
    }
}

async fn every_broken_access_token_is_rejected(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    let (id, ..) = app.registered("mine", "ana@example.org").await;
    let token = app.partner("owner").await;
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let seed = derived("access-token");
    let good = eddsa(seed);
    let list = "/v1/events/mine/registrations";
    app.send("GET", list, Some(&forge(&header, &claims, &good)), None).await.expect(200);
    let public = SigningKey::from_bytes(&seed).verifying_key();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(public.as_bytes())});
    let other = SigningKey::from_bytes(&[9; 32]).verifying_key();
    let own_jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(other.as_bytes())});
    let (now, nobody) = (app.now().timestamp(), plenaria_domain::values::ids::ClientId::new(app.now()).to_string());
    let none = |_: &[u8]| Vec::new();
    let mut table: Vec<(String, String)> = vec![
        ("no signature".to_owned(), forge(&header, &claims, &none)),
        ("alg none".to_owned(), forge(&with(&header, "alg", json!("none")), &claims, &none)),
        ("alg none, signed".to_owned(), forge(&with(&header, "alg", json!("none")), &claims, &good)),
        ("another key".to_owned(), forge(&header, &claims, &eddsa([9; 32]))),
        ("the key for another purpose".to_owned(), forge(&header, &claims, &eddsa(derived("manage-token")))),
        ("its own key".to_owned(), forge(&with(&header, "jwk", own_jwk), &claims, &eddsa([9; 32]))),
        ("its own key, ours".to_owned(), forge(&with(&header, "jwk", jwk.clone()), &claims, &good)),
    ];
    // The public key used as a shared secret, in every encoding.
    let x = jwk["x"].as_str().unwrap().as_bytes().to_vec();
    for key in [x, public.as_bytes().to_vec(), jwk.to_string().into_bytes()] {
        let header = with(&header, "alg", json!("HS256"));
        table.push(("HS256 with the public key".to_owned(), forge(&header, &claims, &hs256(key))));
    }
    for (name, value) in [
        ("alg", json!("HS256")),
        ("alg", json!("ES256")),
        ("alg", json!("eddsa")),
        ("typ", json!("JWT")),
        ("typ", json!("at+JWT")),
        ("typ", json!("manage+jwt")),
        ("kid", json!("unknown")),
        ("kid", json!("")),
        ("kid", json!("../../etc/passwd")),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/certificate")),
        ("x5c", json!(["AAAA"])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
    ] {
        table.push((format!("header {name} {value}"), forge(&with(&header, name, value), &claims, &good)));
    }
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!(app.base)),
        ("aud", json!("plenaria:manage")),
        ("sub", json!(nobody)),
        ("client_id", json!(nobody)),
        ("scope", json!("")),
        ("scope", json!("everything")),
        ("iat", json!(now + 3600)),
        ("nbf", json!(now + 3600)),
        ("exp", json!(now)),
        ("exp", json!(now - 1)),
        ("exp", json!("never")),
        ("jti", json!("")),
    ] {
        table.push((format!("claim {name} {value}"), forge(&header, &with(&claims, name, value), &good)));
    }
    let mut unknown = with(&claims, "sub", json!(nobody));
    unknown["client_id"] = json!(nobody);
    table.push(("an unknown client".to_owned(), forge(&header, &unknown, &good)));
    for name in ["alg", "typ", "kid"] {
        table.push((format!("no {name}"), forge(&without(&header, name), &claims, &good)));
    }
    for name in ["iss", "aud", "sub", "client_id", "scope", "iat", "exp", "jti"] {
        table.push((format!("no {name}"), forge(&header, &without(&claims, name), &good)));
    }
    for nonsense in ["x", ".", "..", "a.b.c", "e30.e30.", &token[1..], &format!("{token}x"), &format!("{token}.x")] {
        table.push((format!("nonsense {nonsense}"), nonsense.to_owned()));
    }
    for (what, broken) in &table {
        assert_rejected(&app, what, broken, &id).await;
    }
    assert!(table.len() > 50);
    app.send("GET", list, Some(&token), None).await.expect(200);
    // Tokens in other headers and in the query are ignored.
    for (name, value) in [("cookie", format!("access_token={token}")), ("x-authorization", format!("Bearer {token}"))] {
        let request = app.client.get(format!("{}{list}", app.base)).header(name, value);
        assert_eq!(request.send().await.unwrap().status().as_u16(), 401, "{name}");
    }
    app.send("GET", &format!("{list}?access_token={token}"), None, None).await.expect_problem(401, "unauthenticated");
}

/// Manage and confirmation tokens are verified as strictly as access tokens.
async fn every_broken_holder_token_is_rejected(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    app.publish_confirming(&owned("confirming", "owner", &[])).await;
    let (id, manage, _) = app.registered("mine", "ana@example.org").await;
    app.register("confirming", &person("eva@example.org")).await.expect(202);
    let confirm = app.confirmation_token("eva@example.org").await;
    let now = app.now().timestamp();
    for (token, purpose, typ) in
        [(&manage, "manage-token", "manage+jwt"), (&confirm, "confirmation-token", "confirm+jwt")]
    {
        let (header, claims, sign) = (part(token, 0), part(token, 1), hs256(derived(purpose).to_vec()));
        assert_eq!((&header["typ"], &header["alg"]), (&json!(typ), &json!("HS256")));
        assert_eq!(&forge(&header, &claims, &sign), token, "the forgery is made like a real token");
        let mut table = Vec::new();
        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("HS384")),
            ("alg", json!("EdDSA")),
            ("typ", json!("JWT")),
            ("typ", json!("at+jwt")),
            ("typ", json!(typ.to_uppercase())),
            ("kid", json!("x")),
            ("jwk", json!({"kty": "oct", "k": "AAAA"})),
            ("jku", json!("https://evil.example/keys")),
            ("x5u", json!("https://evil.example/certificate")),
            ("crit", json!(["exp"])),
            ("crit", json!([])),
            ("b64", json!(false)),
            ("zip", json!("DEF")),
            ("unknown", json!(1)),
        ] {
            table.push((format!("header {name} {value}"), forge(&with(&header, name, value), &claims, &sign)));
        }
        for (name, value) in [
            ("iss", json!("https://evil.example")),
            ("aud", json!("plenaria")),
            ("aud", json!([claims["aud"]])),
            ("sub", json!("nobody")),
            ("iat", json!(now + 3600)),
            ("iat", json!("now")),
            ("nbf", json!(now + 3600)),
            ("nbf", json!("now")),
            ("exp", json!(now)),
            ("exp", json!("never")),
        ] {
            table.push((format!("claim {name} {value}"), forge(&header, &with(&claims, name, value), &sign)));
        }
        for name in ["alg", "typ"] {
            table.push((format!("no {name}"), forge(&without(&header, name), &claims, &sign)));
        }
        for name in ["iss", "aud", "sub", "iat", "exp"] {
            table.push((format!("no {name}"), forge(&header, &without(&claims, name), &sign)));
        }
        for (what, broken) in &table {
            if purpose == "manage-token" {
                assert_rejected(&app, what, broken, &id).await;
            } else {
                let field_errors = app.confirm(broken).await.field_errors();
                assert_eq!(field_errors, [("/confirmation_token".to_owned(), "token".to_owned())], "{what}");
            }
        }
    }
    app.read(&id, &manage).await.expect(200);
    app.confirm(&confirm).await.expect(201);
}

async fn token_kinds_are_not_interchangeable(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    let (id, manage, _) = app.registered("mine", "ana@example.org").await;
    let token = app.partner("owner").await;
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let (manage_header, manage_claims) = (part(&manage, 0), part(&manage, 1));
    let (access, holder) = (eddsa(derived("access-token")), hs256(derived("manage-token").to_vec()));
    assert_eq!(forge(&manage_header, &manage_claims, &holder), manage, "the forgery is made like a real token");
    // Unchanged: operations for clients reject a manage token, and a client's token does not act as a holder's.
    for path in ["/v1/events/mine/registrations", "/v1/events/mine/registrations/export", "/v1/changes"] {
        let response = app.send("GET", path, Some(&manage), None).await;
        assert_eq!(response.header("www-authenticate"), Some(CHALLENGE), "{path}");
        response.expect_problem(401, "invalid-token");
    }
    app.read(&id, &app.partner("stranger").await).await.expect_problem(404, "not-found");
    // Disguised as the other kind.
    for (what, token) in [
        (
            "a manage token as an access token",
            forge(&with(&manage_header, "typ", json!("at+jwt")), &manage_claims, &holder),
        ),
        (
            "the same with the key's name",
            forge(&with(&with(&manage_header, "typ", json!("at+jwt")), "kid", header["kid"].clone()), &claims, &holder),
        ),
        ("an access token as a manage token", forge(&with(&header, "typ", json!("manage+jwt")), &claims, &access)),
        (
            "a manage token by the clients' key",
            forge(&with(&header, "typ", json!("manage+jwt")), &manage_claims, &access),
        ),
        ("a client's claims by the holders' key", forge(&manage_header, &claims, &holder)),
        ("a holder's claims by the clients' key", forge(&header, &manage_claims, &access)),
    ] {
        assert_rejected(&app, what, &token, &id).await;
    }
}

async fn tokens_of_disabled_clients_are_rejected(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    let (id, ..) = app.registered("mine", "ana@example.org").await;
    let client = app.add_client("owner", "registrations:read registrations:write").await;
    let token = app.token(&client).await;
    app.read(&id, &token).await.expect(200);
    app.store.disable_client(client.id, app.now()).await.unwrap().unwrap();
    app.set_time("2026-11-23T09:01:00Z");
    assert_rejected(&app, "a disabled client's", &token, &id).await;
}
