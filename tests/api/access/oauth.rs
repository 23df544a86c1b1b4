//! The token endpoint, the published keys, and the scopes of access tokens.

use serde_json::json;

use crate::support::database::test_database::Engine;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(
    a_token_for_a_secret,
    errors_follow_oauth,
    failed_logins_are_throttled,
    disabled_clients_and_rotated_secrets,
    optional_tokens_are_verified,
    scopes,
    keys_and_metadata,
);

#[track_caller]
fn expect_error(response: &TestResponse, status: u16, error: &str) {
    let body = response.expect(status);
    assert_eq!(body["error"], error, "{body}");
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("www-authenticate").is_some(), status == 401);
}

async fn a_token_for_a_secret(app: TestApp) {
    let client = app.add_client("al-las", "registrations:read registrations:write").await;
    let (id, form) = (client.id.to_string(), "grant_type=client_credentials");
    let response = app.request_token(form, Some((&id, &client.secret))).await;
    let token = response.expect(200);
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(token["scope"], "registrations:read registrations:write");
    assert_eq!((response.header("cache-control"), response.header("pragma")), (Some("no-store"), Some("no-cache")));
    let in_form = format!("{form}&client_id={id}&client_secret={}&scope=registrations%3Aread", client.secret);
    let narrow = app.request_token(&in_form, None).await.expect(200);
    assert_eq!(narrow["scope"], "registrations:read");
    assert_ne!(narrow["access_token"], token["access_token"]);
    let header = token["access_token"].as_str().unwrap().split('.').next().unwrap().to_owned();
    assert!(header.starts_with("eyJ0eXAiOiJhdCtqd3Qi"), "typ is at+jwt: {header}");
}

async fn errors_follow_oauth(app: TestApp) {
    let client = app.add_client("al-las", "registrations:read").await;
    let id = client.id.to_string();
    let good = Some((id.as_str(), client.secret.as_str()));
    let form = "grant_type=client_credentials";
    expect_error(&app.request_token("", good).await, 400, "invalid_request");
    expect_error(&app.request_token("grant_type=client_credentials&grant_type=x", good).await, 400, "invalid_request");
    expect_error(&app.request_token(&format!("{form}&client_secret=x"), good).await, 400, "invalid_request");
    expect_error(&app.request_token("grant_type=password", good).await, 400, "unsupported_grant_type");
    for scope in ["registrations:write", "everything", "registrations:read audit:read"] {
        expect_error(&app.request_token(&format!("{form}&scope={scope}"), good).await, 400, "invalid_scope");
    }
    let wrong_secret = format!("{}x", client.secret);
    for bad in [None, Some((id.as_str(), wrong_secret.as_str())), Some(("nobody", client.secret.as_str()))] {
        expect_error(&app.request_token(form, bad).await, 401, "invalid_client");
    }
    let url = format!("{}/oauth/token", app.base);
    let json = app.client.post(&url).basic_auth(&id, Some(&client.secret)).json(&json!({"grant_type": "x"}));
    expect_error(&TestResponse::read("POST", "/oauth/token", json.send().await.unwrap()).await, 400, "invalid_request");
    let long = format!("{form}&x={}", "x".repeat(20_000));
    expect_error(&app.request_token(&long, good).await, 400, "invalid_request");
    let bearer = app.client.post(&url).bearer_auth("x").header("content-type", "application/x-www-form-urlencoded");
    let response = TestResponse::read("POST", "/oauth/token", bearer.body(form).send().await.unwrap()).await;
    expect_error(&response, 401, "invalid_client");
    app.get("/oauth/token").await.expect_problem(405, "method-not-allowed");
}

async fn failed_logins_are_throttled(app: TestApp) {
    let client = app.add_client("al-las", "registrations:read").await;
    let id = client.id.to_string();
    let mut statuses = Vec::new();
    for number in 0..15 {
        let response =
            app.request_token("grant_type=client_credentials", Some((&id, &format!("guess-{number}")))).await;
        statuses.push(response.status);
        if response.status == 429 {
            response.expect_problem(429, "rate-limited");
            assert!(response.header("retry-after").is_some());
        }
    }
    assert_eq!((statuses[9], statuses[10]), (401, 429), "{statuses:?}");
    app.clock.set(app.now() + chrono::TimeDelta::seconds(61));
    app.token(&client).await;
}

/// However many logins fail with a client's id, from whatever addresses, the client gets its token from a new address.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failed_logins_do_not_lock_out_clients() {
    let app = TestApp::start_with(Engine::Sqlite, |settings| {
        settings.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
    })
    .await;
    let (client, other) =
        (app.add_client("al-las", "registrations:read").await, app.add_client("other", "audit:read").await);
    let ask = async |address: &str, id: String, secret: &str| {
        let request = app.client.post(format!("{}/oauth/token", app.base)).header("x-forwarded-for", address);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = request.body("grant_type=client_credentials");
        request.basic_auth(id, Some(secret)).send().await.unwrap().status().as_u16()
    };
    for number in 0..20 {
        for _ in 0..10 {
            assert_eq!(ask(&format!("198.51.100.{number}"), client.id.to_string(), "guess").await, 401);
        }
        // From that address, logins with this client id must wait.
        assert_eq!(ask(&format!("198.51.100.{number}"), client.id.to_string(), &client.secret).await, 429);
    }
    assert_eq!(ask("203.0.113.1", client.id.to_string(), &client.secret).await, 200);
    assert_eq!(ask("198.51.100.1", other.id.to_string(), &other.secret).await, 200, "another client at that address");
    // One address with very many client ids.
    let mut statuses = Vec::new();
    for _ in 0..40 {
        let id = plenaria_domain::values::ids::ClientId::new(app.now()).to_string();
        statuses.push(ask("203.0.113.2", id, "guess").await);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 30, "{statuses:?}");
    assert_eq!(statuses.last(), Some(&429));
}

async fn disabled_clients_and_rotated_secrets(app: TestApp) {
    app.publish(&owned("mine", "al-las", &[])).await;
    let client = app.add_client("al-las", "registrations:read").await;
    let token = app.token(&client).await;
    let list = "/v1/events/mine/registrations";
    app.send("GET", list, Some(&token), None).await.expect(200);
    let new = plenaria_domain::partner::client::ClientSecret::from_random([9; 32]);
    let until = app.now() + chrono::TimeDelta::hours(24);
    app.store.rotate_client(client.id, new.hash(), until, app.now()).await.unwrap().unwrap();
    let (id, form) = (client.id.to_string(), "grant_type=client_credentials");
    for secret in [&client.secret, new.expose()] {
        app.request_token(form, Some((&id, secret))).await.expect(200);
    }
    app.set_time("2026-11-24T09:00:01Z");
    expect_error(&app.request_token(form, Some((&id, &client.secret))).await, 401, "invalid_client");
    let token = app.request_token(form, Some((&id, new.expose()))).await.expect(200)["access_token"].clone();
    let token = token.as_str().unwrap();
    app.send("GET", list, Some(token), None).await.expect(200);
    app.store.disable_client(client.id, app.now()).await.unwrap().unwrap();
    expect_error(&app.request_token(form, Some((&id, new.expose()))).await, 401, "invalid_client");
    app.set_time("2026-11-24T09:00:31Z");
    app.send("GET", list, Some(token), None).await.expect_problem(401, "invalid-token");
    let used = app.store.clients().await.unwrap().pop().unwrap().last_used_at;
    assert!(used.is_some(), "its use is recorded");
}

async fn optional_tokens_are_verified(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    let token = app.partner("al-las").await;
    let (_, manage, _) = app.registered("small", "ana@example.org").await;
    for path in ["/v1/events", "/v1/events/small", "/v1/events/small/programme", "/v1/events/small/availability"] {
        let plain = app.get(path).await;
        for good in [&token, &manage] {
            let response = app.send("GET", path, Some(good), None).await;
            response.expect(200);
            if !path.ends_with("availability") {
                assert_eq!(plain.header("etag"), response.header("etag"), "{path}: the tag depends on the caller");
            }
        }
        // Also where the response comes from the cache, without calling the route.
        for bad in ["x", "a.b.c", &format!("{token}x"), &token[1..]] {
            let response = app.send("GET", path, Some(bad), None).await;
            response.expect_problem(401, "invalid-token");
            assert_eq!(response.header("www-authenticate"), Some("Bearer realm=\"plenaria\", error=\"invalid_token\""));
        }
        app.get(path).await.expect(200);
    }
    app.send("DELETE", "/v1/events/small", Some("x"), None).await.expect_problem(405, "method-not-allowed");
    app.send("GET", "/v1/nothing", Some("x"), None).await.expect_problem(404, "not-found");
    app.set_time("2026-11-23T09:15:00Z");
    app.send("GET", "/v1/events", Some(&token), None).await.expect_problem(401, "invalid-token");
}

async fn scopes(app: TestApp) {
    app.publish(&owned("mine", "al-las", &[])).await;
    let reader = app.token(&app.add_client("al-las", "registrations:read").await).await;
    let writer = app.token(&app.add_client("al-las", "registrations:write").await).await;
    let (id, manage, _) = app.registered("mine", "ana@example.org").await;
    let body = person("eva@example.org");
    let batch = json!({"items": [body]});
    for (method, path, token, body, scope) in [
        ("GET", "/v1/events/mine/registrations".to_owned(), &writer, None, "registrations:read"),
        ("GET", format!("/v1/registrations/{id}"), &writer, None, "registrations:read"),
        ("POST", "/v1/events/mine/registrations".to_owned(), &reader, Some(&body), "registrations:write"),
        ("POST", "/v1/events/mine/registrations/batch".to_owned(), &reader, Some(&batch), "registrations:write"),
        ("POST", format!("/v1/registrations/{id}/cancel"), &reader, None, "registrations:write"),
    ] {
        let response = app.send(method, &path, Some(token), body).await;
        assert_eq!(response.expect_problem(403, "insufficient-scope")["required_scope"], scope);
        let challenge = response.header("www-authenticate").unwrap();
        assert!(challenge.contains("error=\"insufficient_scope\"") && challenge.contains(scope), "{challenge}");
    }
    // A manage token is not an access token.
    for (method, path, body) in [
        ("GET", "/v1/events/mine/registrations", None),
        ("POST", "/v1/events/mine/registrations", Some(&body)),
        ("POST", "/v1/events/mine/registrations/batch", Some(&batch)),
    ] {
        app.send(method, path, Some(&manage), body).await.expect_problem(401, "invalid-token");
    }
}

async fn keys_and_metadata(app: TestApp) {
    let keys = app.get("/.well-known/jwks.json").await;
    assert_eq!(keys.header("cache-control"), Some("public, max-age=300"));
    let key = keys.expect(200)["keys"][0].clone();
    assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
    assert!(key.get("d").is_none());
    let metadata = app.get("/.well-known/oauth-authorization-server").await.expect(200);
    assert_eq!(metadata["issuer"], app.base.as_str());
    assert_eq!(metadata["token_endpoint"], format!("{}/oauth/token", app.base));
    assert_eq!(metadata["grant_types_supported"], json!(["client_credentials"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_have_a_quota_of_their_own() {
    use plenaria_http::limits::rate_limit::Quotas;
    let quotas = Quotas { reads: 5, registrations: 5, clients: 8 };
    let app = TestApp::start_with(Engine::Sqlite, |settings| settings.rate_limits = Some(quotas)).await;
    let token = app.partner("al-las").await;
    let response = app.send("GET", "/v1/events", Some(&token), None).await;
    assert_eq!(response.header("ratelimit-policy"), Some("\"clients\";q=8;w=60"));
    for _ in 0..7 {
        app.send("GET", "/v1/events", Some(&token), None).await.expect(200);
    }
    app.send("GET", "/v1/events", Some(&token), None).await.expect_problem(429, "rate-limited");
    // The quotas of the address and of other clients are not affected; an invalid token counts for the address.
    assert_eq!(app.get("/v1/events").await.header("ratelimit-policy"), Some("\"default\";q=5;w=60"));
    app.send("GET", "/v1/events", Some(&app.partner("other").await), None).await.expect(200);
    for _ in 0..4 {
        app.send("GET", "/v1/events", Some("x"), None).await.expect_problem(401, "invalid-token");
    }
    app.send("GET", "/v1/events", Some("x"), None).await.expect_problem(429, "rate-limited");
}
