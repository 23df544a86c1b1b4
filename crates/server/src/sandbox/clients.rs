//! The clients of a sandbox, with ids and secrets that never change.

use anyhow::{Context as _, anyhow, bail};
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
/// The last one is added last, and marks a database that is complete.
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

/// How far a database has been filled as a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// It is no sandbox's.
    NotAtAll,
    /// The program ended meanwhile.
    Partly,
    Completely,
}

/// How far the database has been filled.
pub(crate) async fn filled(store: &Store) -> anyhow::Result<Filled> {
    let [.., (last, ..)] = CLIENTS;
    let last = parse_id(last)?;
    let stored = stored(store).await?;
    let is_complete = stored.iter().any(|client| client.id == last);
    Ok(if is_complete {
        Filled::Completely
    } else if stored.is_empty() {
        Filled::NotAtAll
    } else {
        Filled::Partly
    })
}

/// The clients of a sandbox in this database that work: anyone can use them.
pub(crate) async fn usable(store: &Store) -> anyhow::Result<Vec<ClientId>> {
    let stored = stored(store).await?;
    Ok(stored.into_iter().filter(|client| client.disabled_at.is_none()).map(|client| client.id).collect())
}

/// Refuses the database of a sandbox for a server that is none.
///
/// # Errors
/// The database has a sandbox's clients, and they work.
pub(crate) async fn refuse(store: &Store) -> anyhow::Result<()> {
    if usable(store).await?.is_empty() {
        return Ok(());
    }
    bail!(
        "the database is a sandbox's: anyone knows the secrets of its clients. Use another one, or set \
         PLENARIA_SANDBOX; `plenaria doctor` names the clients, and `plenaria clients disable` disables them."
    )
}

async fn stored(store: &Store) -> anyhow::Result<Vec<Client>> {
    let mut stored = Vec::new();
    for (id, ..) in CLIENTS {
        let client = store.client(parse_id(id)?).await.context("cannot read the clients")?;
        stored.extend(client.map(|(client, _)| client));
    }
    Ok(stored)
}

/// Adds the clients except for the last one, before anything else: they mark a sandbox's database.
pub(crate) async fn begin(store: &Store, now: Instant) -> anyhow::Result<()> {
    let [first @ .., _] = &CLIENTS;
    add(store, first, now).await
}

/// Adds the last client, once everything else is there.
pub(crate) async fn complete(store: &Store, now: Instant) -> anyhow::Result<()> {
    let [.., last] = &CLIENTS;
    add(store, std::slice::from_ref(last), now).await
}

/// Adds those of the clients that are missing.
async fn add(store: &Store, clients: &[KnownClient], now: Instant) -> anyhow::Result<()> {
    let stored = stored(store).await?;
    for &(id, secret, organisation, scopes, purpose) in clients {
        if stored.iter().any(|client| client.id.to_string() == full_id(id)) {
            continue;
        }
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
