//! Decides a batch, request by request in the order of arrival. Does no I/O.

mod attendance;
mod confirmation;
mod leave;
mod register;
#[cfg(test)]
mod simulation;
mod target;
mod update;

use std::sync::Arc;

use crate::database::error::StoreError;
use crate::desk::ledger::state::Ledger;
use crate::desk::reply::{Outcome, Refusal, Reply};
use crate::desk::request::{Command, Request};
use crate::idempotency::{self, IdempotencyLookup};

/// Decides these requests in order, and changes the ledger accordingly. The replies have the order of the requests.
///
/// # Errors
/// If a stored row cannot be read. The ledger must then be discarded, because a request may be carried out in part.
pub(crate) fn decide(ledger: &mut Ledger, batch: &[Arc<Request>]) -> Result<Vec<Reply>, StoreError> {
    batch.iter().map(|request| decide_one(ledger, request)).collect()
}

/// Decides one request: a caller without the necessary rights learns nothing, a repetition gets its first response, and
/// everything else is carried out.
fn decide_one(ledger: &mut Ledger, request: &Request) -> Result<Reply, StoreError> {
    if let Some(refusal) = not_found(ledger, request) {
        return Ok(Err(refusal));
    }
    if let Some(reply) = repeated(ledger, request)? {
        return Ok(reply);
    }
    let reply = match &request.command {
        Command::Register(new) => register::register(ledger, new),
        Command::RegisterAll(items) => register_all(ledger, items),
        Command::RequestConfirmation(new) => confirmation::request(ledger, new),
        Command::ResendLink { email, requester } => Ok(Ok(confirmation::resend(ledger, request, email, *requester))),
        Command::Confirm(id) => confirmation::confirm(ledger, request, *id),
        Command::Cancel { target, reason } => leave::cancel(ledger, request, target, reason.clone()),
        Command::Reinstate(target) => leave::reinstate(ledger, request, target),
        Command::Erase(target) => leave::erase(ledger, request, target),
        Command::Update { target, change, address } => {
            update::update(ledger, request, target, change, address.as_ref())
        }
        Command::Attend { target, attended } => attendance::attend(ledger, request, target, *attended),
        Command::RecordAttendance(attendance) => attendance::record_all(ledger, request, attendance),
        Command::Promote => leave::promote(ledger, request),
    };
    Ok(record(ledger, request, reply?))
}

/// The refusal of a request about something that does not exist for the caller.
fn not_found(ledger: &Ledger, request: &Request) -> Option<Refusal> {
    let is_of_event = |index: usize| ledger.model(index).event_id == request.event.0;
    let found = match (&request.command, request.target()) {
        (_, Some(target)) => {
            ledger.find(target.id.0).is_some_and(|index| is_of_event(index) && ledger.permits(&target.access, index))
        }
        (Command::Confirm(id), _) => ledger.find(id.0).is_some_and(is_of_event),
        (Command::RecordAttendance(_) | Command::Promote, _) => {
            return ledger.seats_of(request.event).is_none().then_some(Refusal::EventNotFound);
        }
        _ => true,
    };
    (!found).then_some(Refusal::NotFound)
}

/// The reply to a request whose key was used before.
fn repeated(ledger: &Ledger, request: &Request) -> Result<Option<Reply>, StoreError> {
    let Some(guard) = &request.idempotency else { return Ok(None) };
    let Some(record) = ledger.records.get(&guard.key.key_digest) else { return Ok(None) };
    let response = idempotency::response(record.clone())?;
    let reply = match IdempotencyLookup::new(record.request_digest, guard.key.body_digest, response) {
        IdempotencyLookup::KeyReused => Err(Refusal::IdempotencyKeyReused),
        IdempotencyLookup::Found(stored) => register::committed_before(ledger, request, stored)?,
    };
    Ok(Some(reply))
}

/// Stores the response of a request that has a key, if it is one to store.
fn record(ledger: &mut Ledger, request: &Request, mut reply: Reply) -> Reply {
    if let Some(guard) = &request.idempotency
        && let Some(response) = (guard.record)(&reply)
    {
        let row = idempotency::row(guard.key, &response, request.now);
        ledger.records.insert(row.id, row.clone());
        ledger.plan.records.push(row);
        if let Ok(Outcome::Registration { stored, .. }) = &mut reply {
            *stored = Some(response);
        }
    }
    reply
}

/// Registers all of these people or none.
fn register_all(ledger: &mut Ledger, items: &[Request]) -> Result<Reply, StoreError> {
    let checkpoint = ledger.checkpoint();
    let mut outcomes = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match decide_one(ledger, item)? {
            Ok(outcome) => outcomes.push(outcome),
            Err(refusal) => {
                ledger.undo(checkpoint);
                return Ok(Err(Refusal::Item { index, refusal: Box::new(refusal) }));
            }
        }
    }
    Ok(Ok(Outcome::All(outcomes)))
}
