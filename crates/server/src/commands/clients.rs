//! `plenaria clients`: the programs of partner organisations.

use chrono::TimeDelta;
use plenaria_domain::client::{Client, ClientName, ClientSecret};
use plenaria_domain::ids::ClientId;
use plenaria_domain::organisation::Organisation;
use plenaria_domain::scope::Scopes;
use plenaria_domain::time::{Instant, rfc3339};
use plenaria_persistence::Store;

use super::{cannot, open, say};
use crate::Failure;
use crate::cli::ClientsCommand;
use crate::settings::Settings;

/// Does one of the commands.
pub(super) async fn run(settings: &Settings, command: ClientsCommand, now: Instant) -> Result<(), Failure> {
    match command {
        ClientsCommand::Add { organisation, name, scopes } => {
            let client = client(&organisation, &name, &scopes, now)?;
            let store = open(settings).await?;
            add(&store, &client).await?;
            store.close().await;
        }
        ClientsCommand::List => {
            let store = open(settings).await?;
            let clients = store.clients().await.map_err(|error| cannot("read the clients", &error))?;
            if clients.is_empty() {
                say("there are no clients")?;
            }
            for client in &clients {
                say(&describe(client))?;
            }
            store.close().await;
        }
        ClientsCommand::Rotate { id, keep_old_for } => {
            let id = client_id(&id)?;
            let store = open(settings).await?;
            rotate(&store, id, now + TimeDelta::hours(keep_old_for.into())).await?;
            store.close().await;
        }
        ClientsCommand::Disable { id } => {
            let id = client_id(&id)?;
            let store = open(settings).await?;
            let client = store.disable_client(id, now).await.map_err(|error| cannot("disable the client", &error))?;
            say(&describe(&client.ok_or_else(|| missing(id))?))?;
            store.close().await;
        }
    }
    Ok(())
}

fn client(organisation: &str, name: &str, scopes: &[String], now: Instant) -> Result<Client, Failure> {
    Ok(Client {
        id: ClientId::new(now),
        organisation: Organisation::parse(organisation).map_err(|error| format!("--organisation: {error}"))?,
        name: ClientName::parse(name).map_err(|error| format!("--name: {error}"))?,
        scopes: Scopes::parse(&scopes.join(" ")).map_err(|error| format!("--scope: {error}"))?,
        disabled_at: None,
        last_used_at: None,
        created_at: now,
    })
}

async fn add(store: &Store, client: &Client) -> Result<(), Failure> {
    let secret = ClientSecret::from_random(rand::random());
    store.add_client(client, secret.hash()).await.map_err(|error| cannot("add the client", &error))?;
    show(client.id, &secret)
}

async fn rotate(store: &Store, id: ClientId, until: Instant) -> Result<(), Failure> {
    let secret = ClientSecret::from_random(rand::random());
    let rotated = store.rotate_client(id, secret.hash(), until).await;
    rotated.map_err(|error| cannot("rotate the secret", &error))?.ok_or_else(|| missing(id))?;
    show(id, &secret)?;
    say(&format!("the old secret is good until {}", rfc3339(until)))
}

/// What a program needs to ask for a token; nobody can show the secret again.
fn show(id: ClientId, secret: &ClientSecret) -> Result<(), Failure> {
    say(&format!("client_id: {id}"))?;
    say(&format!("client_secret: {}", secret.expose()))
}

fn describe(client: &Client) -> String {
    let used = client.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {}", rfc3339(at)));
    let state = client.disabled_at.map_or(used, |at| format!("disabled {}", rfc3339(at)));
    let Client { id, organisation, name, scopes, .. } = client;
    format!("{id}  {organisation}  “{}”  {scopes}  {state}", name.as_str())
}

fn client_id(text: &str) -> Result<ClientId, Failure> {
    ClientId::parse(text).ok_or_else(|| format!("“{text}” is no client's id; `plenaria clients list` shows them."))
}

fn missing(id: ClientId) -> Failure {
    format!("there is no client {id}; `plenaria clients list` shows those that there are.")
}
