//! Registering several people together: all of them or none, in one transaction.

use std::sync::Arc;

use sea_orm::DatabaseTransaction;

use crate::desk::{NewRegistration, Outcome, Refused};
use crate::desk_batch;
use crate::desk_rules::{self, Decision};
use crate::idempotency::{self, Known, Once, Recorded};
use crate::{Store, StoreError, rows, seats};

/// What people who are to be registered together came to.
#[derive(Clone, Debug)]
pub enum Together {
    /// Each has a registration, in their order.
    Registered(Vec<Outcome>),
    /// One of them was refused, so none is registered.
    Refused {
        /// Which of them, from 0.
        index: usize,
        /// Why.
        refused: Refused,
    },
    /// The request came before, and had this answer.
    Replayed(Recorded),
    /// The request's key came before, with another body.
    KeyOfAnother,
}

impl Store {
    /// Registers all of these people, who are to be of one event, or none of them.
    pub async fn register_together(
        &self,
        news: Vec<NewRegistration>,
        once: Option<Once<Together>>,
    ) -> Result<Together, StoreError> {
        let news: Arc<[Arc<NewRegistration>]> = news.into_iter().map(Arc::new).collect();
        let result = self
            .write(|transaction| {
                let (news, once) = (Arc::clone(&news), once.clone());
                Box::pin(async move { in_transaction(transaction, &news, once.as_ref()).await })
            })
            .await;
        if let Some(figures) = self.figures() {
            figures.registrations.together(&result);
        }
        result
    }
}

/// Locks the event, then looks for the key: whoever comes with the same one meanwhile waits here, and finds it.
async fn in_transaction(
    transaction: &DatabaseTransaction,
    news: &[Arc<NewRegistration>],
    once: Option<&Once<Together>>,
) -> Result<Together, StoreError> {
    let Some(first) = news.first() else { return Ok(Together::Registered(Vec::new())) };
    let now = first.received_at;
    let mut seats = seats::lock(transaction, &[first.event_id]).await?;
    if let Some(once) = once {
        match idempotency::find_one(transaction, once.key, now).await? {
            Some(Known::Answered(recorded)) => return Ok(Together::Replayed(recorded)),
            Some(Known::OfAnother) => return Ok(Together::KeyOfAnother),
            None => {}
        }
    }
    let found = desk_batch::find(transaction, news).await?;
    let mut decided = desk_rules::decide(news, &mut seats, found);
    let mut outcomes = Vec::with_capacity(news.len());
    for (index, decision) in std::mem::take(&mut decided.answers).into_iter().enumerate() {
        let answer = match decision {
            Decision::Answered(answer) => answer,
            Decision::WrittenBefore(id) => desk_batch::written_before(transaction, id).await?,
        };
        match answer {
            Ok(outcome) => outcomes.push(outcome),
            Err(refused) => {
                let together = Together::Refused { index, refused };
                if let Some((once, kept)) = once.and_then(|once| Some((once, (once.record)(&together)?))) {
                    rows::insert(transaction, vec![idempotency::row(once.key, &kept, now)]).await?;
                }
                return Ok(together);
            }
        }
    }
    let together = Together::Registered(outcomes);
    if let Some(once) = once
        && let Some(kept) = (once.record)(&together)
    {
        decided.records.push(idempotency::row(once.key, &kept, now));
    }
    desk_batch::write(transaction, decided, &seats).await?;
    Ok(together)
}
