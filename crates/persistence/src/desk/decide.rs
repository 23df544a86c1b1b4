//! Decides a batch, request by request in the order of arrival, and prepares the rows to write. Does no I/O.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::seats::Admission;
use plenaria_domain::values::ids::RegistrationId;
use uuid::Uuid;

use crate::entity::{idempotency_record, registration};
use crate::feed::outbox;
use crate::idempotency::{self, IdempotencyLookup};
use crate::registrations::new_registration::{
    NewRegistration, RegistrationError, RegistrationOutcome, RegistrationReply,
};
use crate::registrations::new_row;
use crate::seats::LockedSeats;

/// The stored rows that a batch may collide with.
#[derive(Default)]
pub(crate) struct Existing {
    /// Active registrations, by event and address.
    pub(crate) registrations: HashMap<(Uuid, String), ExistingRegistration>,
    /// Idempotency records, by their keys' digests.
    pub(crate) idempotency_records: HashMap<Uuid, idempotency_record::Model>,
    /// External references that are in use: event, client, reference.
    pub(crate) references: HashSet<(Uuid, Uuid, String)>,
}

/// An active registration of an address at an event.
pub(crate) enum ExistingRegistration {
    Stored { id: RegistrationId, source: String },
    InBatch { id: RegistrationId, source: String },
}

impl ExistingRegistration {
    fn error(&self) -> RegistrationError {
        let (Self::Stored { id, source } | Self::InBatch { id, source }) = self;
        RegistrationError::AlreadyRegistered { id: *id, registration_source: source.clone() }
    }
}

/// Columns of a new registration ([`new_row::row`]) whose value is the same SQL expression in every row.
pub(crate) const REGISTRATION_CONSTANTS: [(&str, &str); 12] = [
    ("privacy_accepted_at", "created_at"),
    ("updated_at", "created_at"),
    ("confirmed_at", "CASE WHEN status = 'confirmed' THEN created_at END"),
    ("cancelled_at", "NULL"),
    ("cancellation_reason", "NULL"),
    ("attended_at", "NULL"),
    ("followed_up_at", "NULL"),
    ("revision", "1"),
    ("former_email", "NULL"),
    ("erased_at", "NULL"),
    ("requested_reference", "NULL"),
    ("address_version", "0"),
];
/// The same for the outbox rows of new registrations.
pub(crate) const CHANGE_CONSTANTS: [(&str, &str); 2] = [("type", "'registration.created'"), ("sequence", "1")];

/// The decisions on a batch, and the rows that must be committed before the replies are sent.
pub(crate) struct BatchPlan {
    /// In the order of the requests.
    pub(crate) decisions: Vec<Decision>,
    pub(crate) registrations: Vec<registration::Model>,
    pub(crate) changes: Vec<outbox::OutboxRow>,
    pub(crate) idempotency_records: Vec<idempotency_record::Model>,
}

/// The decision on one request.
pub(crate) enum Decision {
    /// The reply to send.
    Reply(RegistrationReply),
    /// An earlier attempt at this very request was committed, but its acknowledgement was lost. The reply is this
    /// registration as the database holds it.
    AlreadyCommitted(RegistrationId),
}

/// Decides a batch in order, and updates the counts in `locked` accordingly.
pub(crate) fn decide(batch: &[Arc<NewRegistration>], locked: &mut [LockedSeats], mut existing: Existing) -> BatchPlan {
    let mut plan = BatchPlan {
        decisions: Vec::with_capacity(batch.len()),
        registrations: Vec::with_capacity(batch.len()),
        changes: Vec::with_capacity(batch.len()),
        idempotency_records: Vec::new(),
    };
    // The index of the first request with each key.
    let mut keys: HashMap<Uuid, usize> = HashMap::new();
    for (index, new) in batch.iter().enumerate() {
        if let Some(guard) = new.idempotency.as_ref() {
            let earlier = keys
                .get(&guard.key.key_digest)
                .map(|first| same_key_in_batch(&batch[*first], &plan.decisions[*first], new));
            if let Some(decision) = earlier.or_else(|| same_key_stored(&existing, new)) {
                plan.decisions.push(decision);
                continue;
            }
            keys.insert(guard.key.key_digest, index);
        }
        let reply = match admit(locked.iter_mut().find(|l| l.event == new.event_id), &mut existing, new) {
            AdmitResult::Rejected(error) => Err(error),
            AdmitResult::AlreadyCommitted(id) => {
                plan.decisions.push(Decision::AlreadyCommitted(id));
                continue;
            }
            AdmitResult::Admitted { admission, waitlist_number } => {
                let row = new_row::row(new, new_row::status(admission), waitlist_number);
                let kind = ChangeType::RegistrationCreated;
                let change = outbox::registration_change(kind, new.event_id, new.id, 1, &row.status, new.received_at);
                plan.changes.push(change);
                let registration = Box::new(new_row::registration(new, &row, admission));
                plan.registrations.push(row);
                Ok(RegistrationOutcome::Registered { registration, stored: None })
            }
        };
        plan.decisions.push(Decision::Reply(record(reply, new, &mut plan.idempotency_records)));
    }
    plan
}

/// Adds the idempotency record of a reply, if its request has a key and the reply is one to store.
fn record(
    mut reply: RegistrationReply,
    new: &NewRegistration,
    records: &mut Vec<idempotency_record::Model>,
) -> RegistrationReply {
    if let Some(guard) = &new.idempotency
        && let Some(response) = (guard.record)(&reply)
    {
        records.push(idempotency::row(guard.key, &response, new.received_at));
        if let Ok(RegistrationOutcome::Registered { stored, .. }) = &mut reply {
            *stored = Some(response);
        }
    }
    reply
}

/// The decision on a request whose key an earlier request of the same batch has.
fn same_key_in_batch(first: &NewRegistration, decision: &Decision, new: &NewRegistration) -> Decision {
    let body_digest = |new: &NewRegistration| new.idempotency.as_ref().map(|guard| guard.key.body_digest);
    if body_digest(first) != body_digest(new) {
        return Decision::Reply(Err(RegistrationError::IdempotencyKeyReused));
    }
    Decision::Reply(match decision {
        Decision::AlreadyCommitted(id) => return Decision::AlreadyCommitted(*id),
        Decision::Reply(Ok(
            RegistrationOutcome::Registered { stored: Some(response), .. } | RegistrationOutcome::Replayed(response),
        )) => Ok(RegistrationOutcome::Replayed(response.clone())),
        // The first response was not stored, so there is none to replay.
        Decision::Reply(Ok(RegistrationOutcome::Registered { registration, .. })) => {
            Err(RegistrationError::AlreadyRegistered {
                id: registration.id,
                registration_source: registration.source.clone(),
            })
        }
        Decision::Reply(Err(error)) => Err(error.clone()),
    })
}

/// The decision on a request whose key is stored, from an earlier batch.
fn same_key_stored(existing: &Existing, new: &NewRegistration) -> Option<Decision> {
    let key = new.idempotency.as_ref()?.key;
    let record = existing.idempotency_records.get(&key.key_digest)?.clone();
    if record.registration_id == Some(new.id.0) {
        return Some(Decision::AlreadyCommitted(new.id));
    }
    let body_digest = record.request_digest;
    Some(Decision::Reply(match idempotency::response(record) {
        Err(error) => Err(RegistrationError::Store(Arc::new(error))),
        Ok(response) => match IdempotencyLookup::new(body_digest, key.body_digest, response) {
            IdempotencyLookup::KeyReused => Err(RegistrationError::IdempotencyKeyReused),
            IdempotencyLookup::Found(response) => Ok(RegistrationOutcome::Replayed(response)),
        },
    }))
}

enum AdmitResult {
    Admitted { admission: Admission, waitlist_number: Option<i64> },
    AlreadyCommitted(RegistrationId),
    Rejected(RegistrationError),
}

/// Admits one person to the event whose seats are `locked`. `existing` gains the address and the reference, so that
/// later requests of the batch collide with them.
fn admit(locked: Option<&mut LockedSeats>, existing: &mut Existing, new: &NewRegistration) -> AdmitResult {
    let Some(locked) = locked else { return AdmitResult::Rejected(RegistrationError::EventNotFound) };
    let key = (new.event_id.0, new.attendee.email.key().to_owned());
    let duplicate = existing.registrations.get(&key);
    if let Some(ExistingRegistration::Stored { id, .. }) = duplicate
        && *id == new.id
    {
        return AdmitResult::AlreadyCommitted(*id);
    }
    if let Err(closed) = locked.window.check(new.received_at) {
        return AdmitResult::Rejected(closed.into());
    }
    if let Some(duplicate) = duplicate {
        return AdmitResult::Rejected(duplicate.error());
    }
    let reference = new.reference();
    if reference.as_ref().is_some_and(|reference| existing.references.contains(reference)) {
        return AdmitResult::Rejected(RegistrationError::DuplicateExternalReference);
    }
    match locked.seats.admit() {
        Err(_) => AdmitResult::Rejected(RegistrationError::EventFull { seats: locked.seats }),
        Ok(admission) => {
            existing.references.extend(reference);
            let in_batch = ExistingRegistration::InBatch { id: new.id, source: new.source.clone() };
            existing.registrations.insert(key, in_batch);
            let waitlist_number =
                matches!(admission, Admission::Waitlisted { .. }).then(|| locked.next_waitlist_number());
            AdmitResult::Admitted { admission, waitlist_number }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use plenaria_domain::event::EventStatus;
    use plenaria_domain::event::registration_window::RegistrationWindow;
    use plenaria_domain::registration::Attendee;
    use plenaria_domain::registration::seats::Seats;
    use plenaria_domain::values::email::EmailAddress;
    use plenaria_domain::values::ids::EventId;
    use plenaria_domain::values::language::MessageLanguage;
    use plenaria_domain::values::time::Instant;

    use super::*;

    /// The constants are written in place of the rows' own values, so the two must agree.
    #[test]
    fn new_rows_agree_with_the_constants() {
        let now = Instant::from_timestamp(1_790_000_000, 0).unwrap();
        let (event, later) = (EventId::new(now), now + TimeDelta::days(1));
        let attendee = Attendee {
            email: EmailAddress::parse("ana@example.org").unwrap(),
            name: "Ana".to_owned(),
            organisation: None,
            position: None,
            city: None,
            country: None,
            audience: None,
            language: MessageLanguage::parse("ca").unwrap(),
            newsletter: false,
            access_needs: None,
            answers: serde_json::Map::new(),
        };
        let new = Arc::new(NewRegistration {
            id: RegistrationId::new(now),
            event_id: event,
            attendee,
            client: None,
            external_reference: None,
            source: "public".to_owned(),
            privacy_notice: "1".to_owned(),
            received_at: now,
            idempotency: None,
        });
        let mut seats = [LockedSeats {
            event,
            seats: Seats { capacity: Some(1), waitlist: true, confirmed: 0, waitlisted: 0 },
            window: RegistrationWindow {
                status: EventStatus::Published,
                opens_at: None,
                closes_at: later,
                ends_at: later,
            },
            starts_at: later,
            last_waitlist_number: 0,
        }];
        let second = NewRegistration {
            attendee: Attendee { email: EmailAddress::parse("bea@example.org").unwrap(), ..new.attendee.clone() },
            ..(*new).clone()
        };
        let plan = decide(&[new, Arc::new(second)], &mut seats, Existing::default());
        assert_eq!(plan.registrations.len(), 2);
        for row in &plan.registrations {
            assert_eq!((row.privacy_accepted_at, row.updated_at, row.revision), (row.created_at, row.created_at, 1));
            assert_eq!((row.cancelled_at, row.attended_at, row.erased_at), (None, None, None));
            assert_eq!(row.confirmed_at, (row.status == "confirmed").then_some(row.created_at));
            assert_eq!((&row.cancellation_reason, &row.former_email), (&None, &None));
            assert_eq!(row.requested_reference, None);
        }
        for change in &plan.changes {
            assert_eq!(
                CHANGE_CONSTANTS,
                [("type", &*format!("'{}'", change.kind)), ("sequence", &*change.sequence.to_string())]
            );
        }
    }
}
