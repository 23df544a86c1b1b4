//! The steps that cancelling, reinstating and renaming an event have in common.

use std::sync::Arc;

use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use plenaria_domain::event::ownership;
use plenaria_domain::event::ownership::OrganiserRole;
use plenaria_domain::validation::{FieldError, InvalidValue};
use plenaria_persistence::events::definitions::read::StoredDefinition;
use plenaria_persistence::events::publish::command::{EventAction, EventCommand, EventCommandOutcome};
use plenaria_persistence::events::publish::outcome::{PublishMode, Publisher};
use plenaria_persistence::idempotency::{IdempotencyGuard, ResponseRecorder};

use super::{condition, response};
use crate::auth::Caller;
use crate::problem::{ApiError, Code, Detail};
use crate::request::idempotency;
use crate::request::query::{NoQuery, Query};
use crate::v1::definitions::parts::DefinitionParts;
use crate::v1::definitions::{access, document};

/// The parts of a request, as an argument of a handler.
pub(super) type CommandRequest = (HttpRequest, DefinitionParts, Query<NoQuery>, web::Payload, Caller);

/// Handles a command on the event that the path names. To an organisation without one of the `roles` the event counts as
/// not found, before `receive` receives the body and `action` parses it.
pub(super) async fn run(
    (request, parts, query, payload, caller): CommandRequest,
    event: &str,
    roles: &[OrganiserRole],
    receive: impl AsyncFnOnce(&HttpRequest, web::Payload) -> Result<Bytes, ApiError>,
    action: impl FnOnce(&[u8], &StoredDefinition) -> Result<EventAction, ApiError>,
) -> Result<HttpResponse, ApiError> {
    let client = access::client(caller.clone())?;
    let stored = access::find(&parts.store, &client, event).await?;
    if !ownership::role_in(&stored.definition, &client.organisation).is_some_and(|role| roles.contains(&role)) {
        return Err(ApiError::not_found());
    }
    let bytes = receive(&request, payload).await?;
    query.read()?;
    let action = action(&bytes, &stored)?;
    let key = idempotency::read_event_key(&request, stored.id, &caller, &bytes)?;
    let command = EventCommand {
        event: stored.id,
        action,
        publisher: Publisher { access: Some(client.access()), audit: caller.audit_context(&request) },
        precondition: condition::read(&request, Some(stored.revision))?,
        idempotency: key.map(|key| IdempotencyGuard { key, record: recorder() }),
        now: parts.clock.now(),
    };
    let _in_progress = parts.in_progress.begin(key)?;
    match parts.store.command_event(command).await? {
        EventCommandOutcome::Done(published) => {
            parts.show_changes().await;
            let etag = document::etag(published.revision, false);
            Ok(response::respond(&published, PublishMode::Apply, Vec::new(), Some(etag)))
        }
        EventCommandOutcome::Replayed(stored) => response::replay(stored),
        EventCommandOutcome::NotFound => Err(ApiError::not_found()),
        EventCommandOutcome::IdempotencyKeyReused => Err(ApiError::new(Code::IdempotencyMismatch)),
        EventCommandOutcome::PreconditionFailed { revision } => Err(response::precondition_failed(Some(revision))),
        EventCommandOutcome::Draft => Err(draft()),
        EventCommandOutcome::Ended => Err(ApiError::new(Code::EventEnded)),
        EventCommandOutcome::SlugTaken => {
            Err(ApiError::validation(vec![FieldError::new("/slug", InvalidValue::Taken)]))
        }
    }
}

fn draft() -> ApiError {
    ApiError::new(Code::Conflict).detail(Detail::EventIsDraft)
}

/// Makes the stored response of a request with an `Idempotency-Key`.
fn recorder() -> ResponseRecorder<EventCommandOutcome> {
    Arc::new(|outcome| match outcome {
        EventCommandOutcome::Done(published) => response::to_stored(published),
        EventCommandOutcome::Draft => idempotency::to_stored_error(&draft()),
        EventCommandOutcome::Ended => idempotency::to_stored_error(&ApiError::new(Code::EventEnded)),
        _ => None,
    })
}
