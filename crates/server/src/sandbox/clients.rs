//! The clients of a sandbox, with ids and secrets that never change.

use anyhow::{Context as _, anyhow};
use plenaria_domain::partner::client::{Client, ClientName, SecretHash};
use plenaria_domain::partner::organisation::Organisation;
use plenaria_domain::partner::scope::Scopes;
use plenaria_domain::values::ids::ClientId;
use plenaria_domain::values::time::Instant;
use plenaria_http::operations::sandbox::config::SandboxClient;
use plenaria_persistence::Store;

/// A client: the last digits of its id, its secret, organisation, scopes and purpose.
type KnownClient = (&'static str, &'static str, &'static str, &'static str, &'static str);

const ORGANISER: &str = "registrations:read registrations:write events:write webhooks:manage audit:read";
const CLIENTS: [KnownClient; 4] = [
    ("01", "plenaria_sandbox_organiser", "example-city", ORGANISER, "The owner of the example events"),
    ("02", "plenaria_sandbox_co_organiser", "example-network", ORGANISER, "A co-organiser of the example events"),
    (
        "03",
        "plenaria_sandbox_partner",
        "example-partner",
        "registrations:read registrations:write webhooks:manage",
        "A partner, who sees only the registrations that it made",
    ),
    ("04", "plenaria_sandbox_reader", "example-city", "registrations:read", "May only read: writing is 403"),
];

/// The clients, for people who use the sandbox.
pub(crate) fn listed() -> Vec<SandboxClient> {
    let listed = |(id, client_secret, organisation, scopes, purpose): &KnownClient| SandboxClient {
        client_id: full_id(id),
        client_secret,
        organisation,
        scopes,
        purpose,
    };
    CLIENTS.iter().map(listed).collect()
}

/// Whether the database has the clients of a sandbox.
pub(crate) async fn exist(store: &Store) -> anyhow::Result<bool> {
    let client = store.client(parse_id(CLIENTS[0].0)?).await.context("cannot read the clients")?;
    Ok(client.is_some())
}

/// Adds the clients.
pub(crate) async fn add(store: &Store, now: Instant) -> anyhow::Result<()> {
    for (id, secret, organisation, scopes, purpose) in CLIENTS {
        let client = Client {
            id: parse_id(id)?,
            organisation: Organisation::parse(organisation)?,
            name: ClientName::parse(purpose)?,
            scopes: Scopes::parse(scopes)?,
            disabled_at: None,
            last_used_at: None,
            created_at: now,
        };
        store.add_client(&client, SecretHash::of(secret)).await.context("cannot add the sandbox's clients")?;
    }
    Ok(())
}

fn full_id(id: &str) -> String {
    format!("01900000-0000-7000-8000-0000000000{id}")
}

fn parse_id(id: &str) -> anyhow::Result<ClientId> {
    ClientId::parse(&full_id(id)).ok_or_else(|| anyhow!("{id} is no client's id"))
}
