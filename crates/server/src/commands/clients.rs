//! `plenaria clients`: manages the API clients of partner organisations.

use anyhow::{Context as _, anyhow};
use chrono::TimeDelta;
use plenaria_domain::partner::client::{Client, ClientName, ClientSecret};
use plenaria_domain::partner::organisation::Organisation;
use plenaria_domain::partner::scope::Scopes;
use plenaria_domain::values::ids::ClientId;
use plenaria_domain::values::time::{Instant, rfc3339};
use plenaria_persistence::Store;

use crate::cli::ClientsCommand;
use crate::commands::database::open;
use crate::commands::output::say;
use crate::settings::ServerConfig;

/// Runs one of the commands.
pub(crate) async fn run(config: &ServerConfig, command: ClientsCommand, now: Instant) -> anyhow::Result<()> {
    match command {
        ClientsCommand::Add { organisation, name, scopes } => {
            let client = client(&organisation, &name, &scopes, now)?;
            let store = open(config).await?;
            add(&store, &client).await?;
            store.close().await;
        }
        ClientsCommand::List => {
            let store = open(config).await?;
            let clients = store.clients().await.context("cannot read the clients")?;
            if clients.is_empty() {
                say("there are no clients")?;
            }
            for client in &clients {
                say(&describe(client))?;
            }
            store.close().await;
        }
        ClientsCommand::Rotate { id, grace_hours } => {
            let id = client_id(&id)?;
            let store = open(config).await?;
            rotate(&store, id, (now, now + TimeDelta::hours(grace_hours.into()))).await?;
            store.close().await;
        }
        ClientsCommand::Disable { id } => {
            let id = client_id(&id)?;
            let store = open(config).await?;
            let client = store.disable_client(id, now).await.context("cannot disable the client")?;
            say(&describe(&client.ok_or_else(|| not_found(id))?))?;
            store.close().await;
        }
    }
    Ok(())
}

fn client(organisation: &str, name: &str, scopes: &[String], now: Instant) -> anyhow::Result<Client> {
    Ok(Client {
        id: ClientId::new(now),
        organisation: Organisation::parse(organisation).context("--organisation")?,
        name: ClientName::parse(name).context("--name")?,
        scopes: Scopes::parse(&scopes.join(" ")).context("--scope")?,
        disabled_at: None,
        last_used_at: None,
        created_at: now,
    })
}

async fn add(store: &Store, client: &Client) -> anyhow::Result<()> {
    let secret = ClientSecret::from_random(rand::random());
    store.add_client(client, secret.hash()).await.context("cannot add the client")?;
    print_credentials(client.id, &secret)
}

async fn rotate(store: &Store, id: ClientId, (now, until): (Instant, Instant)) -> anyhow::Result<()> {
    let secret = ClientSecret::from_random(rand::random());
    let rotated = store.rotate_client(id, secret.hash(), until, now).await;
    rotated.context("cannot rotate the secret")?.ok_or_else(|| not_found(id))?;
    print_credentials(id, &secret)?;
    say(&format!("the old secret is good until {}", rfc3339(until)))
}

/// Prints what a client needs to request tokens. The secret is stored as a hash, so it cannot be printed again.
fn print_credentials(id: ClientId, secret: &ClientSecret) -> anyhow::Result<()> {
    say(&format!("client_id: {id}"))?;
    say(&format!("client_secret: {}", secret.expose()))
}

fn describe(client: &Client) -> String {
    let used = client.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {}", rfc3339(at)));
    let state = client.disabled_at.map_or(used, |at| format!("disabled {}", rfc3339(at)));
    let Client { id, organisation, name, scopes, .. } = client;
    format!("{id}  {organisation}  “{}”  {scopes}  {state}", name.as_str())
}

fn client_id(text: &str) -> anyhow::Result<ClientId> {
    ClientId::parse(text).ok_or_else(|| anyhow!("“{text}” is not a client's id; `plenaria clients list` shows them."))
}

fn not_found(id: ClientId) -> anyhow::Error {
    anyhow!("there is no client {id}; `plenaria clients list` shows those that there are.")
}
