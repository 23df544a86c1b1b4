//! Rotates the signing secrets of endpoints, and encrypts stored secrets again after the master key was rotated.

use std::sync::Arc;

use plenaria_domain::audit::{Action, AuditContext};
use plenaria_domain::values::ids::EndpointId;
use plenaria_domain::values::time::Instant;
use plenaria_domain::webhook::secret::{SealedSecret, SecretSealer, SigningSecret};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    QuerySelect as _,
};
use serde_json::json;

use crate::access::Access;
use crate::audit::record::{AuditRecord, record};
use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::webhook_endpoint::{self, ActiveModel};
use crate::idempotency::{self, IdempotencyGuard, IdempotencyLookup, StoredResponse};
use crate::webhooks::claim::DeliveryQueue;
use crate::webhooks::endpoints::{Endpoint, endpoint, lock_endpoint};

/// A request to rotate an endpoint's secret.
#[derive(Clone)]
pub struct RotateSecret {
    /// The organisation, which must own the endpoint.
    pub access: Access,
    /// The endpoint.
    pub id: EndpointId,
    /// The new secret.
    pub secret: SealedSecret,
    /// When the previous secret stops signing.
    pub until: Instant,
    /// The present.
    pub now: Instant,
    /// Who makes the request, for the audit log.
    pub audit: AuditContext,
    /// The request's idempotency key, if it has one.
    pub once: Option<IdempotencyGuard<RotateOutcome>>,
}

/// The result of rotating a secret.
#[derive(Debug)]
pub enum RotateOutcome {
    /// The secret was rotated; this is the endpoint now.
    Rotated(Endpoint),
    /// There is no such endpoint.
    NotFound,
    /// A request with this idempotency key was made before; this was its response.
    Replayed(StoredResponse),
    /// The idempotency key was used before with another body.
    IdempotencyKeyReused,
}

impl Store {
    /// Gives an endpoint a new secret. Until the given time, requests are signed with the previous one too.
    pub async fn rotate_endpoint_secret(&self, request: RotateSecret) -> Result<RotateOutcome, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { rotate(transaction, &request).await })
        })
        .await
    }
}

impl DeliveryQueue {
    /// Encrypts the secrets with the current key that are encrypted with the previous one, and returns the number of
    /// endpoints.
    pub async fn reseal_secrets(&self, seals: &SecretSealer, nonce: fn() -> [u8; 24]) -> Result<usize, StoreError> {
        let rows = webhook_endpoint::Entity::find().all(self.store.reads()).await?;
        let is_outdated = |row: &webhook_endpoint::Model| {
            let endpoint = EndpointId(row.id);
            let sealed = [Some(&row.secret), row.previous_secret.as_ref()];
            sealed.into_iter().flatten().any(|text| !seals.is_current(endpoint, &SealedSecret(text.clone())))
        };
        let mut resealed = 0;
        for id in rows.iter().filter(|row| is_outdated(row)).map(|row| EndpointId(row.id)) {
            let seals = seals.clone();
            let reseal = self.store.write(move |transaction| {
                let seals = seals.clone();
                Box::pin(async move { reseal(transaction, id, &seals, nonce).await })
            });
            resealed += usize::from(reseal.await?);
        }
        Ok(resealed)
    }
}

async fn rotate(transaction: &DatabaseTransaction, request: &RotateSecret) -> Result<RotateOutcome, StoreError> {
    let Some(row) = lock_endpoint(transaction, &request.access, request.id).await? else {
        return Ok(RotateOutcome::NotFound);
    };
    if let Some(once) = &request.once {
        match idempotency::look_up(transaction, once.key, request.now).await? {
            Some(IdempotencyLookup::Found(recorded)) => return Ok(RotateOutcome::Replayed(recorded)),
            Some(IdempotencyLookup::KeyReused) => return Ok(RotateOutcome::IdempotencyKeyReused),
            None => {}
        }
    }
    let changed = ActiveModel {
        secret: Set(request.secret.0.clone()),
        previous_secret: Set(Some(row.secret.clone())),
        previous_secret_until: Set(Some(request.until)),
        updated_at: Set(request.now),
        revision: Set(row.revision + 1),
        ..row.into_active_model()
    };
    let entry = AuditRecord::of_endpoint(Action::WebhookEndpointSecretRotated, request.id, json!({}));
    record(transaction, &request.audit, vec![entry], request.now).await?;
    let outcome = RotateOutcome::Rotated(endpoint(changed.update(transaction).await?)?);
    idempotency::record(transaction, request.once.as_ref(), &outcome, request.now).await?;
    Ok(outcome)
}

/// Encrypts one endpoint's secrets again. A secret that no key decrypts is left unchanged, because the operator may
/// restore the key.
async fn reseal(
    transaction: &DatabaseTransaction,
    id: EndpointId,
    seals: &SecretSealer,
    nonce: fn() -> [u8; 24],
) -> Result<bool, StoreError> {
    let found = webhook_endpoint::Entity::find_by_id(id.0).lock_exclusive().one(transaction).await?;
    let Some(row) = found else { return Ok(false) };
    let open = |text: &String| seals.open(id, &SealedSecret(text.clone())).ok();
    let seal = |secret: SigningSecret| seals.seal(id, &secret, nonce()).0;
    let (current, previous) = (open(&row.secret), row.previous_secret.as_ref().and_then(open));
    let Some(current) = current else { return Ok(false) };
    let mut changed = row.into_active_model();
    changed.secret = Set(seal(current));
    if let Some(previous) = previous {
        changed.previous_secret = Set(Some(seal(previous)));
    }
    changed.update(transaction).await?;
    Ok(true)
}
