//! Cancels, reinstates and renames events. Each makes a revision of the definition, as putting one would.

use std::sync::Arc;

use plenaria_domain::audit::Action;
use plenaria_domain::event::EventStatus;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::ownership;
use plenaria_domain::event::ownership::OrganiserRole;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::text::Translated;
use plenaria_domain::values::time::Instant;
use sea_orm::{DatabaseTransaction, EntityTrait};

use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::event;
use crate::events::derived::Derived;
use crate::events::publish::outcome::{Precondition, PublishMode, PublishOutcome, Published, Publisher};
use crate::events::publish::transaction::{
    LockedCatalogue, Publication, find_by_former_slug, find_by_slug, publish_one, stored_definition,
};
use crate::idempotency::{self, IdempotencyGuard, IdempotencyLookup, StoredResponse};

/// What to do with an event.
#[derive(Clone, Debug)]
pub enum EventAction {
    /// Cancel it, for the owner. Every attendee gets one message.
    Cancel {
        /// The reason, which the event shows from then on.
        reason: Option<Translated>,
    },
    /// Publish a cancelled event again, for the owner. The recipients of the cancellation get a message.
    Reinstate,
    /// Give it another slug. The present one still leads to the event, and is never given to another event.
    Rename {
        /// The new slug.
        slug: Slug,
    },
}

/// A request to do something with an event.
#[derive(Clone)]
pub struct EventCommand {
    /// The event.
    pub event: EventId,
    /// What to do.
    pub action: EventAction,
    /// Who does it.
    pub publisher: Publisher,
    /// The condition on the stored event.
    pub precondition: Precondition,
    /// Present if the request has an idempotency key.
    pub idempotency: Option<IdempotencyGuard<EventCommandOutcome>>,
    /// The time of the request.
    pub now: Instant,
}

/// The result of a command.
#[derive(Debug)]
pub enum EventCommandOutcome {
    /// It is done, or nothing was to be done ([`PublishOutcome::Unchanged`]).
    Done(Box<Published>),
    /// The publisher does not organise the event, or has no right to this.
    NotFound,
    /// The precondition does not hold for this revision.
    PreconditionFailed {
        /// The event's current revision.
        revision: i64,
    },
    /// A draft can be neither cancelled nor reinstated.
    Draft,
    /// The event has ended, and can be neither cancelled nor reinstated.
    Ended,
    /// The slug is that of another event, or was.
    SlugTaken,
    /// An earlier request with the same key and body had this response.
    Replayed(StoredResponse),
    /// The idempotency key was used before with another body.
    IdempotencyKeyReused,
}

impl Store {
    /// Cancels, reinstates or renames an event. Doing the same again does nothing.
    pub async fn command_event(&self, command: EventCommand) -> Result<EventCommandOutcome, StoreError> {
        let command = Arc::new(command);
        self.run_publication(PublishMode::Apply, |transaction| {
            let command = Arc::clone(&command);
            Box::pin(async move {
                let catalogue = LockedCatalogue::lock(transaction).await?;
                let EventCommand { idempotency: guard, now, .. } = &*command;
                if let Some(guard) = guard
                    && let Some(lookup) = idempotency::look_up(transaction, guard.key, *now).await?
                {
                    return Ok(match lookup {
                        IdempotencyLookup::Found(response) => EventCommandOutcome::Replayed(response),
                        IdempotencyLookup::KeyReused => EventCommandOutcome::IdempotencyKeyReused,
                    });
                }
                let outcome = execute(transaction, &command, catalogue).await?;
                idempotency::record(transaction, guard.as_ref(), &outcome, *now).await?;
                Ok(outcome)
            })
        })
        .await
    }
}

async fn execute(
    transaction: &DatabaseTransaction,
    command: &EventCommand,
    catalogue: LockedCatalogue,
) -> Result<EventCommandOutcome, StoreError> {
    let EventCommand { event, action, publisher, precondition, now, .. } = command;
    let Some(stored) = event::Entity::find_by_id(event.0).one(transaction).await? else {
        return Ok(EventCommandOutcome::NotFound);
    };
    let before = stored_definition(&stored)?;
    if !may(publisher, action, &before) {
        return Ok(EventCommandOutcome::NotFound);
    }
    if !precondition.holds(Some(stored.revision)) {
        return Ok(EventCommandOutcome::PreconditionFailed { revision: stored.revision });
    }
    let mut definition = before.clone();
    let (audited_action, reason) = match action {
        EventAction::Cancel { reason } => {
            definition.status = EventStatus::Cancelled;
            (Action::EventCancelled, reason.as_ref())
        }
        EventAction::Reinstate => {
            definition.status = EventStatus::Published;
            (Action::EventReinstated, None)
        }
        EventAction::Rename { slug } => {
            definition.slug = slug.clone();
            (Action::EventRenamed, None)
        }
    };
    if definition.status != before.status {
        if before.status == EventStatus::Draft {
            return Ok(EventCommandOutcome::Draft);
        }
        if stored.ends_at <= *now {
            return Ok(EventCommandOutcome::Ended);
        }
    }
    if definition.slug != before.slug && !is_free(transaction, &definition.slug, *event).await? {
        return Ok(EventCommandOutcome::SlugTaken);
    }
    let derived = Derived::of(&definition)?;
    let publication = Publication {
        audit: &publisher.audit,
        action: audited_action,
        reason,
        version: catalogue.next_version(),
        now: *now,
    };
    let published = publish_one(transaction, Some(stored), &definition, &derived, &publication).await?;
    if published.outcome != PublishOutcome::Unchanged {
        catalogue.advance(transaction).await?;
    }
    Ok(EventCommandOutcome::Done(Box::new(published)))
}

/// Whether the publisher may do this with an event. A co-organiser may rename it, as it may put the definition.
fn may(publisher: &Publisher, action: &EventAction, definition: &Definition) -> bool {
    let Some(organisation) = publisher.organisation() else { return true };
    match ownership::role_in(definition, organisation) {
        Some(OrganiserRole::Owner) => true,
        Some(OrganiserRole::CoOrganiser) => matches!(action, EventAction::Rename { .. }),
        None => false,
    }
}

/// Whether an event may take a slug: no other event has it or had it.
async fn is_free(transaction: &DatabaseTransaction, slug: &Slug, event: EventId) -> Result<bool, StoreError> {
    if find_by_slug(transaction, slug).await?.is_some_and(|row| row.id != event.0) {
        return Ok(false);
    }
    Ok(find_by_former_slug(transaction, slug).await?.is_none_or(|former| former == event))
}
