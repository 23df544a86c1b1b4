//! Publishes the definitions of an operator's files.

use std::collections::HashMap;
use std::sync::Arc;

use plenaria_domain::audit::Action;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::values::time::Instant;
use sea_orm::DatabaseTransaction;

use crate::database::error::{Constraint, StoreError};
use crate::database::store::Store;
use crate::events::derived::{Derived, lock_changing_seats};
use crate::events::publish::outcome::{PublishMode, PublishOutcome, Published, Publisher};
use crate::events::publish::transaction::{
    LockedCatalogue, Publication, find_by_former_slug, find_by_slug, publish_one,
};

impl Store {
    /// Publishes all of these definitions for an operator, or none of them on an error. Only one transaction publishes
    /// at a time.
    ///
    /// # Errors
    /// [`Constraint::EventSlug`] for the former slug of an event that was renamed.
    pub async fn publish(
        &self,
        definitions: &[Definition],
        now: Instant,
        mode: PublishMode,
    ) -> Result<Vec<Published>, StoreError> {
        let derived = definitions.iter().map(|definition| Ok((definition.clone(), Derived::of(definition)?)));
        let definitions: Arc<[(Definition, Derived)]> = derived.collect::<Result<_, StoreError>>()?;
        self.run_publication(mode, |transaction| {
            let definitions = Arc::clone(&definitions);
            Box::pin(async move { publish_all(transaction, &definitions, now).await })
        })
        .await
    }
}

async fn publish_all(
    transaction: &DatabaseTransaction,
    definitions: &[(Definition, Derived)],
    now: Instant,
) -> Result<Vec<Published>, StoreError> {
    let catalogue = LockedCatalogue::lock(transaction).await?;
    let Publisher { audit, .. } = Publisher::operator();
    let publication = Publication {
        audit: &audit,
        action: Action::DefinitionPut,
        reason: None,
        version: catalogue.next_version(),
        now,
    };
    if definitions.len() > 1 {
        let mut events = HashMap::with_capacity(definitions.len());
        for (definition, derived) in definitions {
            if let Some(stored) = find_by_slug(transaction, &definition.slug).await? {
                events.insert(stored.id, (definition, derived));
            }
        }
        lock_changing_seats(transaction, &events).await?;
    }
    let mut published = Vec::with_capacity(definitions.len());
    for (definition, derived) in definitions {
        let stored = find_by_slug(transaction, &definition.slug).await?;
        if stored.is_none() && find_by_former_slug(transaction, &definition.slug).await?.is_some() {
            return Err(StoreError::Conflict(Constraint::EventSlug));
        }
        published.push(publish_one(transaction, stored, definition, derived, &publication).await?);
    }
    if published.iter().any(|p| p.outcome != PublishOutcome::Unchanged) {
        catalogue.advance(transaction).await?;
    }
    Ok(published)
}
