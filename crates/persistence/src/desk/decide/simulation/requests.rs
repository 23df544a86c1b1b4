//! The requests of the simulation, and their people.

use std::sync::Arc;

use plenaria_domain::audit::AuditContext;
use plenaria_domain::registration::Attendee;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::{EventId, RegistrationId};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_domain::values::time::Instant;
use proptest::prelude::*;
use proptest::sample::Index;
use uuid::Uuid;

use crate::desk::reply::{Outcome, Reply};
use crate::desk::request::{
    AttendanceEntry, AttendeeRef, Command, NewRegistration, RecordAttendance, Request, RequiredAccess, Target,
};
use crate::idempotency::{IdempotencyGuard, Key, StoredResponse};

/// How many people there are. Few, so that their requests collide.
const PEOPLE: u8 = 8;

/// A request as someone thinks of it. A registration is named by its index among those that exist.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    Register { person: u8, key: Option<u8> },
    RegisterAll(Vec<u8>),
    RequestConfirmation(u8),
    ResendLink(u8),
    Confirm(Index),
    Cancel { registration: Index, key: Option<u8> },
    Reinstate(Index),
    Erase(Index),
    Rename(Index),
    Attend(Index, bool),
    RecordAttendance(Vec<(u8, bool)>),
}

pub(super) fn ask() -> impl Strategy<Value = Ask> {
    let person = 0..PEOPLE;
    let key = || prop::option::weighted(0.3, 0u8..12);
    prop_oneof![
        8 => (person.clone(), key()).prop_map(|(person, key)| Ask::Register { person, key }),
        1 => prop::collection::vec(person.clone(), 1..4).prop_map(Ask::RegisterAll),
        3 => person.clone().prop_map(Ask::RequestConfirmation),
        1 => person.clone().prop_map(Ask::ResendLink),
        3 => any::<Index>().prop_map(Ask::Confirm),
        6 => (any::<Index>(), key()).prop_map(|(registration, key)| Ask::Cancel { registration, key }),
        3 => any::<Index>().prop_map(Ask::Reinstate),
        1 => any::<Index>().prop_map(Ask::Erase),
        1 => any::<Index>().prop_map(Ask::Rename),
        1 => (any::<Index>(), any::<bool>()).prop_map(|(registration, attended)| Ask::Attend(registration, attended)),
        1 => prop::collection::vec((person, any::<bool>()), 1..4).prop_map(Ask::RecordAttendance),
    ]
}

/// The address of a person.
pub(super) fn address(person: u8) -> String {
    format!("person{person}@example.org")
}

pub(super) fn now() -> Instant {
    Instant::from_timestamp(1_790_000_000, 0).unwrap()
}

impl Ask {
    /// The request that the desk gets; `None` if it names a registration and there is none.
    pub(super) fn to_request(&self, event: EventId, existing: &[Uuid]) -> Option<Request> {
        let of = |index: &Index| (!existing.is_empty()).then(|| RegistrationId(*index.get(existing)));
        let register = |person: u8| Request::register(new(event, person), None);
        let (command, key) = match self {
            Self::Register { person, key } => (Command::Register(new(event, *person)), *key),
            Self::RegisterAll(people) => (Command::RegisterAll(people.iter().copied().map(register).collect()), None),
            Self::RequestConfirmation(person) => (Command::RequestConfirmation(new(event, *person)), None),
            Self::ResendLink(person) => {
                let email = EmailAddress::parse(&address(*person)).unwrap();
                let requester = plenaria_domain::registration::message::Requester::Client;
                (Command::ResendLink { email, requester }, None)
            }
            Self::Confirm(index) => (Command::Confirm(of(index)?), None),
            Self::Cancel { registration, key } => {
                (Command::Cancel { target: target(of(registration)?), reason: None }, *key)
            }
            Self::Reinstate(index) => (Command::Reinstate(target(of(index)?)), None),
            Self::Erase(index) => (Command::Erase(target(of(index)?)), None),
            Self::Rename(index) => {
                let change = |attendee: &Attendee| {
                    Ok(Attendee { name: format!("{} again", attendee.name.len()), ..attendee.clone() })
                };
                (Command::Update { target: target(of(index)?), change: Arc::new(change), address: None }, None)
            }
            Self::Attend(index, attended) => {
                (Command::Attend { target: target(of(index)?), attended: *attended }, None)
            }
            Self::RecordAttendance(people) => {
                let entry = |(person, attended): &(u8, bool)| AttendanceEntry {
                    attendee: AttendeeRef::Email(EmailAddress::parse(&address(*person)).unwrap()),
                    attended: *attended,
                    at: None,
                };
                let entries = people.iter().map(entry).collect();
                let audit = AuditContext::operator();
                (Command::RecordAttendance(RecordAttendance { access: None, audit, entries }), None)
            }
        };
        let idempotency = key.map(|key| guard(self, key));
        Some(Request { event, now: now(), idempotency, command })
    }
}

/// A guard whose key and body say what is asked, so that another request with the same key is recognised as another one.
fn guard(ask: &Ask, key: u8) -> IdempotencyGuard<Reply> {
    let (kind, body) = match ask {
        Ask::Register { person, .. } => (1, u128::from(*person)),
        _ => (2, 0),
    };
    let key = Key { key_digest: Uuid::from_u128(kind << 64 | u128::from(key)), body_digest: Uuid::from_u128(body) };
    let record = Arc::new(|reply: &Reply| match reply {
        Ok(Outcome::Registration { registration, .. }) => Some(StoredResponse {
            status: 200,
            location: None,
            etag: None,
            body: format!("{} {}", registration.id, registration.status.as_str()),
            registration: Some(registration.id),
        }),
        _ => None,
    });
    IdempotencyGuard { key, record }
}

fn target(id: RegistrationId) -> Target {
    Target {
        id,
        access: RequiredAccess::Holder,
        precondition: Arc::new(|_| true),
        compares_position: false,
        audit: AuditContext::operator(),
    }
}

fn new(event: EventId, person: u8) -> NewRegistration {
    NewRegistration {
        id: RegistrationId::new(now()),
        event_id: event,
        attendee: Attendee {
            email: EmailAddress::parse(&address(person)).unwrap(),
            name: format!("Person {person}"),
            organisation: None,
            position: None,
            city: None,
            country: None,
            audience: None,
            language: MessageLanguage::En,
            newsletter: false,
            access_needs: None,
            answers: serde_json::Map::new(),
        },
        client: None,
        external_reference: None,
        source: "public".to_owned(),
        privacy_notice: "1".to_owned(),
        received_at: now(),
    }
}
