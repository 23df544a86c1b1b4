//! Stores the API clients of partner organisations, with the hashes of their secrets.

use plenaria_domain::audit::{Action, AuditContext, TargetKind};
use plenaria_domain::partner::client::{Client, ClientName, Credentials, SecretHash};
use plenaria_domain::partner::organisation::Organisation;
use plenaria_domain::partner::scope::Scopes;
use plenaria_domain::values::ids::ClientId;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;

use crate::audit::record::{AuditRecord, record};
use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::client::{ActiveModel, Column, Entity, Model};

impl Store {
    /// Adds a client, by an operator's command.
    pub async fn add_client(&self, client: &Client, secret: SecretHash) -> Result<(), StoreError> {
        let row = Model {
            id: client.id.0,
            organisation: client.organisation.to_string(),
            name: client.name.as_str().to_owned(),
            scopes: client.scopes.to_string(),
            secret_hash: secret.to_text(),
            previous_secret_hash: None,
            previous_secret_until: None,
            disabled_at: client.disabled_at,
            last_used_at: client.last_used_at,
            created_at: client.created_at,
        };
        self.write(|transaction| {
            let row = row.clone();
            Box::pin(async move {
                audit(transaction, Action::ClientAdded, &row, row.created_at).await?;
                Ok(row.into_active_model().insert(transaction).await.map(drop)?)
            })
        })
        .await
    }

    /// All clients, ordered by organisation, then by age.
    pub async fn clients(&self) -> Result<Vec<Client>, StoreError> {
        let all = Entity::find().order_by_asc(Column::Organisation).order_by_asc(Column::Id).all(self.reads()).await?;
        all.iter().map(client).collect()
    }

    /// A client, and the credentials that its secret is verified against.
    pub async fn client(&self, id: ClientId) -> Result<Option<(Client, Credentials)>, StoreError> {
        let row = Entity::find_by_id(id.0).one(self.reads()).await?;
        row.map(|row| Ok((client(&row)?, credentials(&row)?))).transpose()
    }

    /// Gives a client a new secret, by an operator's command. Its present secret stays valid until `until`. `None`: the client does not exist.
    pub async fn rotate_client(
        &self,
        id: ClientId,
        secret: SecretHash,
        until: Instant,
        now: Instant,
    ) -> Result<Option<Client>, StoreError> {
        self.update_client(id, (Action::ClientSecretRotated, now), move |row| {
            let Credentials { current, previous } = credentials(row)?.rotated(secret, until);
            Ok(ActiveModel {
                secret_hash: Set(current.to_text()),
                previous_secret_hash: Set(previous.map(|(hash, _)| hash.to_text())),
                previous_secret_until: Set(previous.map(|(_, until)| until)),
                ..row.clone().into_active_model()
            })
        })
        .await
    }

    /// Disables a client permanently, by an operator's command. A client that is already disabled keeps its first date. `None`: the client does
    /// not exist.
    pub async fn disable_client(&self, id: ClientId, now: Instant) -> Result<Option<Client>, StoreError> {
        self.update_client(id, (Action::ClientDisabled, now), move |row| {
            let disabled_at = Set(row.disabled_at.or(Some(now)));
            Ok(ActiveModel { disabled_at, ..row.clone().into_active_model() })
        })
        .await
    }

    async fn update_client<F>(
        &self,
        id: ClientId,
        (action, now): (Action, Instant),
        update: F,
    ) -> Result<Option<Client>, StoreError>
    where
        F: Fn(&Model) -> Result<ActiveModel, StoreError> + Copy + Send + 'static,
    {
        self.write(move |transaction| {
            Box::pin(async move {
                let Some(row) = Entity::find_by_id(id.0).lock_exclusive().one(transaction).await? else {
                    return Ok(None);
                };
                audit(transaction, action, &row, now).await?;
                let updated = update(&row)?.update(transaction).await?;
                client(&updated).map(Some)
            })
        })
        .await
    }

    /// Records that a client was used at `now`, unless a later use is recorded.
    pub async fn record_client_use(&self, id: ClientId, now: Instant) -> Result<(), StoreError> {
        self.write(|transaction| {
            let earlier = Condition::any().add(Column::LastUsedAt.is_null()).add(Column::LastUsedAt.lt(now));
            let update = Entity::update_many()
                .col_expr(Column::LastUsedAt, Expr::value(now))
                .filter(Column::Id.eq(id.0))
                .filter(earlier);
            Box::pin(async move { Ok(update.exec(transaction).await.map(drop)?) })
        })
        .await
    }
}

async fn audit(
    transaction: &DatabaseTransaction,
    action: Action,
    client: &Model,
    now: Instant,
) -> Result<(), StoreError> {
    let target = (TargetKind::Client, ClientId(client.id).to_string());
    let details = json!({ "organisation": client.organisation, "scopes": client.scopes });
    record(transaction, &AuditContext::operator(), vec![AuditRecord { action, target, event: None, details }], now)
        .await
}

fn corrupt(what: impl std::fmt::Display) -> StoreError {
    StoreError::corrupt("clients", what)
}

fn client(row: &Model) -> Result<Client, StoreError> {
    Ok(Client {
        id: ClientId(row.id),
        organisation: Organisation::parse(&row.organisation).map_err(corrupt)?,
        name: ClientName::parse(&row.name).map_err(corrupt)?,
        scopes: Scopes::parse(&row.scopes).map_err(corrupt)?,
        disabled_at: row.disabled_at,
        last_used_at: row.last_used_at,
        created_at: row.created_at,
    })
}

fn credentials(row: &Model) -> Result<Credentials, StoreError> {
    let hash = |text: &str| SecretHash::parse(text).ok_or_else(|| corrupt("a secret's hash cannot be parsed"));
    let previous = row.previous_secret_hash.as_deref().zip(row.previous_secret_until);
    Ok(Credentials {
        current: hash(&row.secret_hash)?,
        previous: previous.map(|(text, until)| Ok::<_, StoreError>((hash(text)?, until))).transpose()?,
    })
}
