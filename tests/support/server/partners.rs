//! Clients of partner organisations, and their events and webhook endpoints.

use plenaria_domain::audit::{Actor, AuditContext};
use plenaria_domain::partner::client::{Client, ClientName, ClientSecret};
use plenaria_domain::partner::organisation::Organisation;
use plenaria_domain::partner::scope::Scopes;
use plenaria_domain::values::ids::ClientId;
use plenaria_persistence::Access;
use plenaria_persistence::events::publish::outcome::Publisher;
use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::definition;

/// A client with its secret.
pub struct TestClient {
    pub id: ClientId,
    pub secret: String,
}

/// A client of this organisation, which need not exist, as one who publishes through the store.
pub fn publisher(organisation: &str) -> Publisher {
    let organisation = Organisation::parse(organisation).expect("a key");
    let actor = Actor::Client {
        organisation: organisation.clone(),
        client: ClientId(uuid::uuid!("019a0000-0000-7000-8000-000000000001")),
    };
    Publisher { access: Some(Access::of(organisation)), audit: AuditContext { actor, request_id: None } }
}

impl TestApp {
    /// Adds a client as the command line does.
    pub async fn add_client(&self, organisation: &str, scopes: &str) -> TestClient {
        let id = ClientId::new(self.now());
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(id.0.as_bytes());
        let secret = ClientSecret::from_random(bytes);
        let client = Client {
            id,
            organisation: Organisation::parse(organisation).expect("a key"),
            name: ClientName::parse("A test").expect("a name"),
            scopes: Scopes::parse(scopes).expect("scopes"),
            disabled_at: None,
            last_used_at: None,
            created_at: self.now(),
        };
        self.store.add_client(&client, secret.hash()).await.expect("added");
        TestClient { id, secret: secret.expose().to_owned() }
    }

    /// Requests an access token with this form, with HTTP Basic authentication if credentials are given.
    pub async fn request_token(&self, form: &str, basic: Option<(&str, &str)>) -> TestResponse {
        let request = self.client.post(format!("{}/oauth/token", self.base));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
        let request = match basic {
            Some((id, secret)) => request.basic_auth(id, Some(secret)),
            None => request,
        };
        TestResponse::read("POST", "/oauth/token", request.send().await.expect("a response")).await
    }

    /// A client's access token.
    pub async fn token(&self, client: &TestClient) -> String {
        let id = client.id.to_string();
        let response = self.request_token("grant_type=client_credentials", Some((&id, &client.secret))).await;
        response.expect(200)["access_token"].as_str().expect("a token").to_owned()
    }

    /// The token of a new client that may read and write registrations.
    pub async fn partner(&self, organisation: &str) -> String {
        self.token_of(organisation, "registrations:read registrations:write").await
    }

    /// The token of a new client with these scopes.
    pub async fn token_of(&self, organisation: &str, scopes: &str) -> String {
        let client = self.add_client(organisation, scopes).await;
        self.token(&client).await
    }

    /// Registers a person with a client's token, and expects success.
    pub async fn registered_by(&self, event: &str, token: &str, body: &Value) -> Value {
        self.send("POST", &format!("/v1/events/{event}/registrations"), Some(token), Some(body)).await.expect(201)
    }
}

impl TestApp {
    /// Creates a webhook endpoint for all types of changes: its id, and a token to manage it.
    pub async fn endpoint_of(&self, organisation: &str, url: &str) -> (String, String) {
        let token = self.token_of(organisation, "webhooks:manage").await;
        let (id, _) = self.endpoint(&token, &json!({ "url": url })).await;
        (id, token)
    }

    /// Creates a webhook endpoint: its id and its secret.
    pub async fn endpoint(&self, token: &str, body: &Value) -> (String, String) {
        let created = self.send("POST", "/v1/webhook-endpoints", Some(token), Some(body)).await.expect(201);
        let text = |name: &str| created[name].as_str().expect("a text").to_owned();
        (text("id"), text("secret"))
    }
}

/// The definition of a small event with an owner and co-organisers.
pub fn owned(slug: &str, owner: &str, co_organisers: &[&str]) -> Value {
    let mut event = definition(slug, Some(1000), true);
    event["owner"] = json!(owner);
    event["co_organisers"] = json!(co_organisers);
    event
}
