//! New secrets for endpoints, and new seals for secrets.

use std::sync::Arc;

use plenaria_domain::ids::EndpointId;
use plenaria_domain::time::Instant;
use plenaria_domain::webhook::secret::{SealedSecret, Seals, SigningSecret};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    QuerySelect as _,
};

use super::endpoints::{Endpoint, endpoint, keep};
use super::lock;
use super::outgoing::Outgoing;
use crate::access::Access;
use crate::entity::webhook_endpoint::{self, ActiveModel};
use crate::idempotency::{self, Known, Once, Recorded};
use crate::{Store, StoreError};

/// A new secret for an endpoint.
#[derive(Clone)]
pub struct RotateSecret {
    /// Among whose it must be.
    pub access: Access,
    /// The endpoint.
    pub id: EndpointId,
    /// The new secret.
    pub secret: SealedSecret,
    /// Until when the one before signs too.
    pub until: Instant,
    /// When.
    pub now: Instant,
    /// If the request has a key: it is to have one effect.
    pub once: Option<Once<Rotated>>,
}

/// What rotating a secret came to.
#[derive(Debug)]
pub enum Rotated {
    /// The endpoint as it is now.
    Done(Endpoint),
    /// There is no such endpoint.
    NotFound,
    /// The request came before, and had this answer.
    Replayed(Recorded),
    /// The request's key came before, with another body.
    KeyOfAnother,
}

impl Store {
    /// Gives an endpoint a new secret; messages are signed with the one before too, for a while.
    pub async fn rotate_endpoint_secret(&self, request: RotateSecret) -> Result<Rotated, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { rotate(transaction, &request).await })
        })
        .await
    }
}

impl Outgoing {
    /// Seals the secrets anew that were sealed with the key before the present one; how many.
    pub async fn seal_anew(&self, seals: &Seals, nonce: fn() -> [u8; 24]) -> Result<usize, StoreError> {
        let rows = webhook_endpoint::Entity::find().all(self.store.reads()).await?;
        let old = |row: &webhook_endpoint::Model| {
            let endpoint = EndpointId(row.id);
            let sealed = [Some(&row.secret), row.previous_secret.as_ref()];
            sealed.into_iter().flatten().any(|text| !seals.is_current(endpoint, &SealedSecret(text.clone())))
        };
        let mut sealed = 0;
        for id in rows.iter().filter(|row| old(row)).map(|row| EndpointId(row.id)) {
            let seals = seals.clone();
            let done = self.store.write(move |transaction| {
                let seals = seals.clone();
                Box::pin(async move { seal_anew(transaction, id, &seals, nonce).await })
            });
            sealed += usize::from(done.await?);
        }
        Ok(sealed)
    }
}

async fn rotate(transaction: &DatabaseTransaction, request: &RotateSecret) -> Result<Rotated, StoreError> {
    let Some(row) = lock(transaction, &request.access, request.id).await? else { return Ok(Rotated::NotFound) };
    if let Some(once) = &request.once {
        match idempotency::find_one(transaction, once.key, request.now).await? {
            Some(Known::Answered(recorded)) => return Ok(Rotated::Replayed(recorded)),
            Some(Known::OfAnother) => return Ok(Rotated::KeyOfAnother),
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
    let rotated = Rotated::Done(endpoint(changed.update(transaction).await?)?);
    keep(transaction, request.once.as_ref(), &rotated, request.now).await?;
    Ok(rotated)
}

/// What no key opens is left as it is: the operator may bring the key back.
async fn seal_anew(
    transaction: &DatabaseTransaction,
    id: EndpointId,
    seals: &Seals,
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
