//! What the desk decides for one person after another, and the rows that come of it. No database here.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::seats::Admission;
use uuid::Uuid;

use crate::desk::{Answer, NewRegistration, Outcome, Refused};
use crate::entity::{idempotency_record, registration};
use crate::idempotency::{self, Known};
use crate::outbox;
use crate::seats::LockedSeats;

/// What is in the way of those who ask: live registrations of their addresses, and answers to their keys.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) live: HashMap<(Uuid, String), Taken>,
    pub(crate) answered: HashMap<Uuid, idempotency_record::Model>,
    /// Clients' own names for registrations: event, client, name.
    pub(crate) references: HashSet<(Uuid, Uuid, String)>,
}

/// Who holds an address at an event.
pub(crate) enum Taken {
    Stored { id: RegistrationId, source: String },
    InBatch { id: RegistrationId, source: String },
}

impl Taken {
    fn refusal(&self) -> Refused {
        let (Self::Stored { id, source } | Self::InBatch { id, source }) = self;
        Refused::AlreadyRegistered { id: *id, made_by: source.clone() }
    }
}

/// What the rows of new registrations have alike ([`row`]).
pub(crate) const REGISTRATIONS: [(&str, &str); 10] = [
    ("privacy_accepted_at", "created_at"),
    ("updated_at", "created_at"),
    ("confirmed_at", "CASE WHEN status = 'confirmed' THEN created_at END"),
    ("cancelled_at", "NULL"),
    ("cancellation_reason", "NULL"),
    ("attended_at", "NULL"),
    ("revision", "1"),
    ("former_email", "NULL"),
    ("erased_at", "NULL"),
    ("requested_reference", "NULL"),
];
/// What the changes that tell of them have alike.
pub(crate) const CHANGES: [(&str, &str); 2] = [("type", "'registration.created'"), ("sequence", "1")];

/// A batch as it was decided: answers in the order of the requests, and the rows to be written before they are given.
pub(crate) struct Decided {
    pub(crate) answers: Vec<Decision>,
    pub(crate) registrations: Vec<registration::Model>,
    pub(crate) changes: Vec<outbox::Change>,
    pub(crate) records: Vec<idempotency_record::Model>,
}

/// What one person is answered.
pub(crate) enum Decision {
    /// This.
    Answered(Answer),
    /// An earlier try of this very request was committed, and its answer was lost: what the database holds.
    WrittenBefore(RegistrationId),
}

/// Decides a batch in order; the counts in `locked` become what they are after it.
pub(crate) fn decide(news: &[Arc<NewRegistration>], locked: &mut [LockedSeats], mut found: Found) -> Decided {
    let mut decided = Decided {
        answers: Vec::with_capacity(news.len()),
        registrations: Vec::with_capacity(news.len()),
        changes: Vec::with_capacity(news.len()),
        records: Vec::new(),
    };
    // Where in the batch a key came first.
    let mut keys: HashMap<Uuid, usize> = HashMap::new();
    for (index, new) in news.iter().enumerate() {
        let once = new.once.as_ref();
        if let Some(once) = once {
            let before = keys.get(&once.key.id).map(|first| again(&news[*first], &decided.answers[*first], new));
            if let Some(answer) = before.or_else(|| stored(&mut found, new)) {
                decided.answers.push(answer);
                continue;
            }
            keys.insert(once.key.id, index);
        }
        let answer = match admit(locked.iter_mut().find(|l| l.event == new.event_id), &mut found, new) {
            Admitted::Refused(refused) => Err(refused),
            Admitted::Before(id) => {
                decided.answers.push(Decision::WrittenBefore(id));
                continue;
            }
            Admitted::As { admission, queue_number } => {
                let row = row(new, status(admission), queue_number);
                let kind = ChangeType::RegistrationCreated;
                let change = outbox::of_registration(kind, new.event_id, new.id, 1, &row.status, new.received_at);
                decided.changes.push(change);
                let registration = Box::new(registration(new, &row, admission));
                decided.registrations.push(row);
                Ok(Outcome::Registered { registration, recorded: None })
            }
        };
        decided.answers.push(Decision::Answered(record(answer, new, &mut decided.records)));
    }
    decided
}

/// Keeps an answer whose request has a key.
fn record(mut answer: Answer, new: &NewRegistration, records: &mut Vec<idempotency_record::Model>) -> Answer {
    if let Some(once) = &new.once
        && let Some(kept) = (once.record)(&answer)
    {
        records.push(idempotency::row(once.key, &kept, new.received_at));
        if let Ok(Outcome::Registered { recorded, .. }) = &mut answer {
            *recorded = Some(kept);
        }
    }
    answer
}

/// The answer to a key that came earlier in the same batch.
fn again(first: &NewRegistration, answer: &Decision, new: &NewRegistration) -> Decision {
    let request = |new: &NewRegistration| new.once.as_ref().map(|once| once.key.request);
    if request(first) != request(new) {
        return Decision::Answered(Err(Refused::KeyOfAnother));
    }
    Decision::Answered(match answer {
        Decision::WrittenBefore(id) => return Decision::WrittenBefore(*id),
        Decision::Answered(Ok(Outcome::Registered { recorded: Some(recorded), .. } | Outcome::Replayed(recorded))) => {
            Ok(Outcome::Replayed(recorded.clone()))
        }
        // Nothing was kept, so there is nothing to give again.
        Decision::Answered(Ok(Outcome::Registered { registration, .. })) => {
            Err(Refused::AlreadyRegistered { id: registration.id, made_by: registration.source.clone() })
        }
        Decision::Answered(Err(refused)) => Err(refused.clone()),
    })
}

/// The answer to a key that came in an earlier batch.
fn stored(found: &mut Found, new: &NewRegistration) -> Option<Decision> {
    let key = new.once.as_ref()?.key;
    let record = found.answered.get(&key.id)?.clone();
    if record.registration_id == Some(new.id.0) {
        return Some(Decision::WrittenBefore(new.id));
    }
    let request = record.request;
    Some(Decision::Answered(match idempotency::recorded(record) {
        Err(error) => Err(Refused::Store(Arc::new(error))),
        Ok(recorded) => match Known::new(request, key.request, recorded) {
            Known::OfAnother => Err(Refused::KeyOfAnother),
            Known::Answered(recorded) => Ok(Outcome::Replayed(recorded)),
        },
    }))
}

enum Admitted {
    As { admission: Admission, queue_number: Option<i64> },
    Before(RegistrationId),
    Refused(Refused),
}

fn admit(locked: Option<&mut LockedSeats>, found: &mut Found, new: &NewRegistration) -> Admitted {
    let Some(locked) = locked else { return Admitted::Refused(Refused::EventNotFound) };
    let key = (new.event_id.0, new.attendee.email.key().to_owned());
    let taken = found.live.get(&key);
    if let Some(Taken::Stored { id, .. }) = taken
        && *id == new.id
    {
        return Admitted::Before(*id);
    }
    if let Err(closed) = locked.window.check(new.received_at) {
        return Admitted::Refused(closed.into());
    }
    if let Some(taken) = taken {
        return Admitted::Refused(taken.refusal());
    }
    let reference = new.reference();
    if reference.as_ref().is_some_and(|reference| found.references.contains(reference)) {
        return Admitted::Refused(Refused::ReferenceTaken);
    }
    match locked.seats.admit() {
        Err(_) => Admitted::Refused(Refused::EventFull { seats: locked.seats }),
        Ok(admission) => {
            found.references.extend(reference);
            found.live.insert(key, Taken::InBatch { id: new.id, source: new.source.clone() });
            let queue_number = matches!(admission, Admission::Waitlisted { .. }).then(|| locked.next_queue_number());
            Admitted::As { admission, queue_number }
        }
    }
}

/// The registration that a new row holds.
fn registration(new: &NewRegistration, row: &registration::Model, admission: Admission) -> Registration {
    let waitlist_position = match admission {
        Admission::Confirmed => None,
        Admission::Waitlisted { position } => Some(position),
    };
    Registration {
        id: new.id,
        event_id: new.event_id,
        status: status(admission),
        waitlist_position,
        attendee: new.attendee.clone(),
        external_reference: new.external_reference.clone(),
        source: new.source.clone(),
        created_at: row.created_at,
        updated_at: row.updated_at,
        confirmed_at: row.confirmed_at,
        cancelled_at: None,
        cancellation_reason: None,
        attended_at: None,
        revision: row.revision,
    }
}

const fn status(admission: Admission) -> RegistrationStatus {
    match admission {
        Admission::Confirmed => RegistrationStatus::Confirmed,
        Admission::Waitlisted { .. } => RegistrationStatus::Waitlisted,
    }
}

/// The row of a new registration.
pub(crate) fn row(new: &NewRegistration, status: RegistrationStatus, queue_number: Option<i64>) -> registration::Model {
    let confirmed = status == RegistrationStatus::Confirmed;
    let attendee = &new.attendee;
    registration::Model {
        id: new.id.0,
        event_id: new.event_id.0,
        status: status.as_str().to_owned(),
        email: attendee.email.as_given().to_owned(),
        live_email: Some(attendee.email.key().to_owned()),
        name: attendee.name.clone(),
        organisation: attendee.organisation.clone(),
        position: attendee.position.clone(),
        city: attendee.city.clone(),
        country: attendee.country.map(|c| c.as_str().to_owned()),
        audience: attendee.audience.as_ref().map(ToString::to_string),
        language: attendee.language.as_str().to_owned(),
        newsletter: attendee.newsletter,
        access_needs: attendee.access_needs.clone(),
        answers: serde_json::Value::Object(attendee.answers.clone()),
        external_reference: new.external_reference.clone(),
        source: new.source.clone(),
        queue_number,
        privacy_notice: new.privacy_notice.clone(),
        privacy_accepted_at: new.received_at,
        created_at: new.received_at,
        updated_at: new.received_at,
        confirmed_at: confirmed.then_some(new.received_at),
        cancelled_at: None,
        cancellation_reason: None,
        attended_at: None,
        revision: 1,
        client_id: new.client.map(|id| id.0),
        former_email: None,
        erased_at: None,
        requested_reference: None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use plenaria_domain::email::EmailAddress;
    use plenaria_domain::event::EventStatus;
    use plenaria_domain::ids::EventId;
    use plenaria_domain::language::MessageLanguage;
    use plenaria_domain::registration::Attendee;
    use plenaria_domain::seats::Seats;
    use plenaria_domain::time::Instant;
    use plenaria_domain::window::Window;

    use super::*;

    /// Rows are written as if they had this alike, so they must.
    #[test]
    fn rows_of_new_registrations_have_alike_what_is_not_sent() {
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
            once: None,
        });
        let mut seats = [LockedSeats {
            event,
            seats: Seats { capacity: Some(1), waitlist: true, confirmed: 0, waitlisted: 0 },
            window: Window { status: EventStatus::Published, opens_at: None, closes_at: later, ends_at: later },
            starts_at: later,
            last_queue_number: 0,
        }];
        let other = NewRegistration {
            attendee: Attendee { email: EmailAddress::parse("bea@example.org").unwrap(), ..new.attendee.clone() },
            ..(*new).clone()
        };
        let decided = decide(&[new, Arc::new(other)], &mut seats, Found::default());
        assert_eq!(decided.registrations.len(), 2);
        for row in &decided.registrations {
            assert_eq!((row.privacy_accepted_at, row.updated_at, row.revision), (row.created_at, row.created_at, 1));
            assert_eq!((row.cancelled_at, row.attended_at, row.erased_at), (None, None, None));
            assert_eq!(row.confirmed_at, (row.status == "confirmed").then_some(row.created_at));
            assert_eq!((&row.cancellation_reason, &row.former_email), (&None, &None));
            assert_eq!(row.requested_reference, None);
        }
        for change in &decided.changes {
            assert_eq!(
                CHANGES,
                [("type", &*format!("'{}'", change.kind)), ("sequence", &*change.sequence.to_string())]
            );
        }
    }
}
