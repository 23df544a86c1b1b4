//! Puts one definition: creates an event, or replaces its definition if it has not changed since the caller read it.

use std::sync::Arc;

use plenaria_domain::audit::Action;
use plenaria_domain::event::EventStatus;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::ownership;
use plenaria_domain::validation::{FieldError, InvalidValue};
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use sea_orm::DatabaseTransaction;

use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::events::derived::Derived;
use crate::events::publish::outcome::{Precondition, PublishMode, PublishOutcome, Published, Publisher};
use crate::events::publish::speakers::forbidden_changes;
use crate::events::publish::transaction::{
    LockedCatalogue, Publication, find_by_former_slug, find_by_slug, last_public_document, publish_one,
    stored_definition,
};

/// A request to put a definition. The event is the one with the definition's slug.
#[derive(Clone, Debug)]
pub struct PutDefinition {
    /// The definition. Without an owner it keeps the event's, or that of a new event is the publisher's organisation.
    pub definition: Definition,
    /// Who publishes.
    pub publisher: Publisher,
    /// The condition on the stored event.
    pub precondition: Precondition,
    /// Whether the definition is stored.
    pub mode: PublishMode,
    /// The time of the request.
    pub now: Instant,
}

/// The result of putting a definition.
#[derive(Debug)]
pub enum PutOutcome {
    /// The definition is published, or was the same.
    Done(Box<Published>),
    /// The publisher does not organise the event, or a condition requires an event and there is none.
    NotFound,
    /// The precondition does not hold.
    PreconditionFailed {
        /// The event's current revision; `None` if the publisher may not see it.
        revision: Option<i64>,
    },
    /// The publisher may not make these changes, or the slug is the former one of a renamed event.
    Invalid(Vec<FieldError>),
}

impl Store {
    /// Creates an event, or replaces its definition. The precondition is checked, and everything is written, in one
    /// transaction, so of two publishers with the same precondition one succeeds.
    pub async fn put_definition(&self, request: PutDefinition) -> Result<PutOutcome, StoreError> {
        let derived = Derived::of(&request.definition)?;
        let request = Arc::new((request, derived));
        self.run_publication(request.0.mode, |transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { put(transaction, &request.0, &request.1).await })
        })
        .await
    }
}

async fn put(
    transaction: &DatabaseTransaction,
    request: &PutDefinition,
    derived: &Derived,
) -> Result<PutOutcome, StoreError> {
    let PutDefinition { definition, publisher, precondition, now, .. } = request;
    let catalogue = LockedCatalogue::lock(transaction).await?;
    let stored = find_by_slug(transaction, &definition.slug).await?;
    let before = stored.as_ref().map(stored_definition).transpose()?;
    let organisation = publisher.organisation();
    let role = before.as_ref().zip(organisation).map(|(before, own)| ownership::role_in(before, own));
    if role == Some(None) {
        // Whoever wants to create an event learns that the slug is taken, and nothing else.
        return Ok(match precondition {
            Precondition::MustNotExist => PutOutcome::PreconditionFailed { revision: None },
            _ => PutOutcome::NotFound,
        });
    }
    let revision = stored.as_ref().map(|row| row.revision);
    if !precondition.holds(revision) {
        return Ok(match revision {
            Some(_) => PutOutcome::PreconditionFailed { revision },
            None => PutOutcome::NotFound,
        });
    }
    if stored.is_none() && find_by_former_slug(transaction, &definition.slug).await?.is_some() {
        return Ok(PutOutcome::Invalid(vec![FieldError::new("/slug", InvalidValue::Taken)]));
    }
    let last_public = stored.as_ref().and_then(last_public_document).and_then(|document| document["status"].as_str());
    let last_public = last_public.and_then(|status| EventStatus::parse(status).ok());
    let definition = definition.clone();
    let completed = match (organisation, &before, role.flatten()) {
        (Some(_), Some(before), Some(role)) => ownership::replace(definition, before, last_public, role),
        (Some(organisation), _, _) => ownership::create(definition, organisation),
        (None, _, _) => Ok(definition),
    };
    let definition = match completed {
        Ok(definition) => definition,
        Err(errors) => return Ok(PutOutcome::Invalid(errors)),
    };
    if let (Some(row), Some(organisation)) = (&stored, organisation)
        && definition.owner.as_ref() != Some(organisation.key())
    {
        let errors = forbidden_changes(transaction, EventId(row.id), &definition, *now).await?;
        if !errors.is_empty() {
            return Ok(PutOutcome::Invalid(errors));
        }
    }
    let publication = Publication {
        audit: &publisher.audit,
        action: Action::DefinitionPut,
        reason: None,
        version: catalogue.next_version(),
        now: *now,
    };
    let published = publish_one(transaction, stored, &definition, derived, &publication).await?;
    if published.outcome != PublishOutcome::Unchanged {
        catalogue.advance(transaction).await?;
    }
    Ok(PutOutcome::Done(Box::new(published)))
}
