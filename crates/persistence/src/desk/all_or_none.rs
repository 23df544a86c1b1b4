//! Registers several people for one event, either all of them or none, in one transaction.

use std::sync::Arc;

use sea_orm::DatabaseTransaction;

use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::desk::decide;
use crate::desk::decide::Decision;
use crate::desk::locked;
use crate::idempotency::{self, IdempotencyGuard, IdempotencyLookup, StoredResponse};
use crate::registrations::new_registration::{NewRegistration, RegistrationError, RegistrationOutcome};
use crate::seats;

/// The result of registering several people at once.
#[derive(Clone, Debug)]
pub enum AtomicBatchOutcome {
    /// Everyone has a registration; the outcomes have the order of the request.
    Registered(Vec<RegistrationOutcome>),
    /// One person cannot be registered, so no one was.
    Rejected {
        /// The index of that person, from 0.
        index: usize,
        /// The reason.
        error: RegistrationError,
    },
    /// An earlier request with the same key and body had this response.
    Replayed(StoredResponse),
    /// The idempotency key was used before with another body.
    IdempotencyKeyReused,
}

impl Store {
    /// Registers all of these people or none. All requests must be for the same event.
    pub async fn register_all_or_none(
        &self,
        batch: Vec<NewRegistration>,
        guard: Option<IdempotencyGuard<AtomicBatchOutcome>>,
    ) -> Result<AtomicBatchOutcome, StoreError> {
        let batch: Arc<[Arc<NewRegistration>]> = batch.into_iter().map(Arc::new).collect();
        let result = self
            .write(|transaction| {
                let (batch, guard) = (Arc::clone(&batch), guard.clone());
                Box::pin(async move { register(transaction, &batch, guard.as_ref()).await })
            })
            .await;
        if let Some(metrics) = self.metrics() {
            metrics.registrations.count(&result);
        }
        result
    }
}

/// Locks the event before it looks up the key, so that a concurrent request with the same key waits here and then finds
/// the stored response.
async fn register(
    transaction: &DatabaseTransaction,
    batch: &[Arc<NewRegistration>],
    guard: Option<&IdempotencyGuard<AtomicBatchOutcome>>,
) -> Result<AtomicBatchOutcome, StoreError> {
    let Some(first) = batch.first() else { return Ok(AtomicBatchOutcome::Registered(Vec::new())) };
    let now = first.received_at;
    let mut seats = seats::lock(transaction, &[first.event_id]).await?;
    if let Some(guard) = guard {
        match idempotency::look_up(transaction, guard.key, now).await? {
            Some(IdempotencyLookup::Found(response)) => return Ok(AtomicBatchOutcome::Replayed(response)),
            Some(IdempotencyLookup::KeyReused) => return Ok(AtomicBatchOutcome::IdempotencyKeyReused),
            None => {}
        }
    }
    let existing = locked::find_existing(transaction, batch).await?;
    let mut plan = decide::decide(batch, &mut seats, existing);
    let mut outcomes = Vec::with_capacity(batch.len());
    for (index, decision) in std::mem::take(&mut plan.decisions).into_iter().enumerate() {
        let reply = match decision {
            Decision::Reply(reply) => reply,
            Decision::AlreadyCommitted(id) => locked::already_committed(transaction, id).await?,
        };
        match reply {
            Ok(outcome) => outcomes.push(outcome),
            Err(error) => {
                let rejected = AtomicBatchOutcome::Rejected { index, error };
                idempotency::record(transaction, guard, &rejected, now).await?;
                return Ok(rejected);
            }
        }
    }
    let registered = AtomicBatchOutcome::Registered(outcomes);
    if let Some(guard) = guard
        && let Some(response) = (guard.record)(&registered)
    {
        plan.idempotency_records.push(idempotency::row(guard.key, &response, now));
    }
    locked::write(transaction, plan, &seats).await?;
    Ok(registered)
}
