//! The reference model: the rules of the contract in the plainest form, without batches, rows or locks.

use std::collections::HashMap;

use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::values::ids::RegistrationId;
use uuid::Uuid;

use super::database::Database;
use crate::desk::reply::{AttendanceResult, Outcome, Refusal, Reply};
use crate::desk::request::{AttendeeRef, Command, NewRegistration, Request};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Pending,
    Confirmed,
    Waiting,
    Cancelled,
    Erased(&'static str),
}

#[derive(Debug)]
struct Person {
    address: String,
    state: State,
    attended: bool,
}

pub(super) struct Model {
    capacity: Option<u32>,
    waitlist: bool,
    people: HashMap<Uuid, Person>,
    /// The ids in the order in which they registered.
    order: Vec<Uuid>,
    /// The waiting list.
    queue: Vec<Uuid>,
    /// The responses to keys: the body and the text.
    responses: HashMap<Uuid, (Uuid, String)>,
}

impl Model {
    pub(super) fn new(capacity: Option<u32>, waitlist: bool) -> Self {
        let (people, order, queue, responses) = (HashMap::new(), Vec::new(), Vec::new(), HashMap::new());
        Self { capacity, waitlist, people, order, queue, responses }
    }

    pub(super) fn set_capacity(&mut self, capacity: Option<u32>) {
        self.capacity = capacity;
        self.fill_seats();
    }

    fn count(&self, state: State) -> u32 {
        u32::try_from(self.people.values().filter(|person| person.state == state).count()).unwrap()
            + if state == State::Confirmed { self.erased_with_seat() } else { 0 }
    }

    fn erased_with_seat(&self) -> u32 {
        let erased = self.people.values().filter(|person| person.state == State::Erased("confirmed"));
        u32::try_from(erased.count()).unwrap()
    }

    fn has_free_seat(&self) -> bool {
        self.capacity.is_none_or(|capacity| self.count(State::Confirmed) < capacity)
    }

    fn fill_seats(&mut self) {
        while !self.queue.is_empty() && self.has_free_seat() {
            let first = self.queue.remove(0);
            self.people.get_mut(&first).unwrap().state = State::Confirmed;
        }
    }

    fn active(&self, address: &str) -> Option<Uuid> {
        let is_active = |person: &Person| matches!(person.state, State::Confirmed | State::Waiting);
        let found = |(_, person): &(&Uuid, &Person)| person.address == address && is_active(person);
        self.people.iter().find(found).map(|(id, _)| *id)
    }

    /// Takes a seat or a place; `None`: the event is full.
    fn admit(&mut self, id: Uuid) -> Option<State> {
        let state = if self.queue.is_empty() && self.has_free_seat() {
            State::Confirmed
        } else if self.waitlist {
            self.queue.push(id);
            State::Waiting
        } else {
            return None;
        };
        self.people.get_mut(&id).unwrap().state = state;
        Some(state)
    }

    /// Carries out a request, and checks that the desk's reply is the right one.
    pub(super) fn check(&mut self, request: &Request, reply: &Reply) {
        if let Some(guard) = &request.idempotency {
            let named = request.target().is_none_or(|target| self.exists(target.id));
            if let Some((body, text)) = self.responses.get(&guard.key.key_digest).filter(|_| named) {
                if *body == guard.key.body_digest {
                    match reply {
                        Ok(Outcome::Replayed(stored)) => assert!(stored.body == *text || stored.status == 404),
                        Ok(Outcome::Registration { stored: Some(stored), .. }) => assert_eq!(stored.body, *text),
                        other => panic!("not a replay: {other:?}"),
                    }
                } else {
                    assert!(matches!(reply, Err(Refusal::IdempotencyKeyReused)), "{reply:?}");
                }
                return;
            }
        }
        self.carry_out(request, reply);
        if let (Some(guard), Ok(Outcome::Registration { stored: Some(stored), .. })) = (&request.idempotency, reply) {
            self.responses.insert(guard.key.key_digest, (guard.key.body_digest, stored.body.clone()));
        }
    }

    fn exists(&self, id: RegistrationId) -> bool {
        self.people.get(&id.0).is_some_and(|person| !matches!(person.state, State::Erased(_)))
    }

    fn carry_out(&mut self, request: &Request, reply: &Reply) {
        match &request.command {
            Command::Register(new) => self.register(new, reply),
            Command::RegisterAll(items) => self.register_all(items, reply),
            Command::RequestConfirmation(new) => self.request_confirmation(new, reply),
            Command::ResendLink { .. } => assert!(matches!(reply, Ok(Outcome::MailRequested))),
            Command::Confirm(id) => self.confirm(*id, reply),
            Command::Cancel { target, .. } => self.cancel(target.id, reply),
            Command::Reinstate(target) => self.reinstate(target.id, reply),
            Command::Erase(target) => self.erase(target.id, reply),
            Command::Update { target, .. } => self.update(target.id, reply),
            Command::Attend { target, attended } => self.attend(target.id, *attended, reply),
            Command::RecordAttendance(attendance) => {
                let Ok(Outcome::Attendance(results)) = reply else { panic!("{reply:?}") };
                for (entry, result) in attendance.entries.iter().zip(results) {
                    let AttendeeRef::Email(email) = &entry.attendee else { panic!("only addresses are used") };
                    self.record(email.key(), entry.attended, result);
                }
            }
            Command::Promote => panic!("no caller can request it"),
        }
    }

    fn register(&mut self, new: &NewRegistration, reply: &Reply) {
        let address = new.attendee.email.key();
        if let Some(active) = self.active(address) {
            match reply {
                Err(Refusal::AlreadyRegistered { id, .. }) => assert_eq!(id.0, active),
                // The same request again, after its acknowledgement was lost.
                Ok(Outcome::Registration { registration, .. }) => assert_eq!(registration.id.0, active),
                other => panic!("{other:?}"),
            }
            return;
        }
        self.add(new.id.0, address, State::Cancelled);
        if let Some(state) = self.admit(new.id.0) {
            self.expect(reply, new.id, state);
        } else {
            self.remove(new.id.0);
            assert!(matches!(reply, Err(Refusal::EventFull { .. })), "{reply:?}");
        }
    }

    fn register_all(&mut self, items: &[Request], reply: &Reply) {
        let new = items.iter().flat_map(Request::new_registrations);
        let addresses: Vec<&str> = new.map(|new| new.attendee.email.key()).collect();
        let free = self.capacity.map(|capacity| capacity.saturating_sub(self.count(State::Confirmed)) as usize);
        let fits = self.waitlist || self.queue.is_empty() && free.is_none_or(|free| items.len() <= free);
        let repeated = (1..addresses.len()).any(|index| addresses[..index].contains(&addresses[index]));
        let known = addresses.iter().any(|address| self.active(address).is_some());
        if repeated || known || !fits {
            assert!(matches!(reply, Err(Refusal::Item { .. })), "{reply:?}");
            return;
        }
        let Ok(Outcome::All(outcomes)) = reply else { panic!("{reply:?}") };
        for (item, outcome) in items.iter().zip(outcomes) {
            item.new_registrations().for_each(|new| self.register(new, &Ok(outcome.clone())));
        }
    }

    fn request_confirmation(&mut self, new: &NewRegistration, reply: &Reply) {
        let full = !self.waitlist && !self.has_free_seat();
        if full {
            assert!(matches!(reply, Err(Refusal::EventFull { .. })), "{reply:?}");
            return;
        }
        assert!(matches!(reply, Ok(Outcome::MailRequested)), "{reply:?}");
        let address = new.attendee.email.key();
        let is_pending = |person: &Person| person.address == address && person.state == State::Pending;
        // A repetition with the same details renews the request that is pending.
        if self.active(address).is_none() && !self.people.values().any(is_pending) {
            self.add(new.id.0, address, State::Pending);
        }
    }

    fn confirm(&mut self, id: RegistrationId, reply: &Reply) {
        let Some(person) = self.people.get(&id.0).filter(|_| self.exists(id)) else {
            assert!(matches!(reply, Err(Refusal::NotFound)), "{reply:?}");
            return;
        };
        let address = person.address.clone();
        match person.state {
            State::Cancelled => assert!(matches!(reply, Err(Refusal::RegistrationCancelled)), "{reply:?}"),
            state @ (State::Confirmed | State::Waiting) => self.expect(reply, id, state),
            _ if self.active(&address).is_some() => {
                assert!(matches!(reply, Err(Refusal::AlreadyRegistered { .. })), "{reply:?}");
            }
            _ => match self.admit(id.0) {
                None => assert!(matches!(reply, Err(Refusal::EventFull { .. })), "{reply:?}"),
                Some(state) => {
                    self.expect(reply, id, state);
                    let is_pending = |person: &Person| person.address == address && person.state == State::Pending;
                    self.people.retain(|_, person| !is_pending(person));
                }
            },
        }
    }

    fn cancel(&mut self, id: RegistrationId, reply: &Reply) {
        if !self.exists(id) {
            assert!(matches!(reply, Err(Refusal::NotFound)), "{reply:?}");
            return;
        }
        self.release(id.0);
        self.expect(reply, id, State::Cancelled);
    }

    fn release(&mut self, id: Uuid) {
        let person = self.people.get_mut(&id).unwrap();
        (person.state, person.attended) = (State::Cancelled, false);
        self.queue.retain(|waiting| *waiting != id);
        self.fill_seats();
    }

    fn reinstate(&mut self, id: RegistrationId, reply: &Reply) {
        let Some(person) = self.people.get(&id.0).filter(|_| self.exists(id)) else {
            assert!(matches!(reply, Err(Refusal::NotFound)), "{reply:?}");
            return;
        };
        match person.state {
            State::Pending => assert!(matches!(reply, Err(Refusal::AddressNotConfirmed)), "{reply:?}"),
            state @ (State::Confirmed | State::Waiting) => self.expect(reply, id, state),
            _ if self.active(&person.address.clone()).is_some() => {
                assert!(matches!(reply, Err(Refusal::AlreadyRegistered { .. })), "{reply:?}");
            }
            _ => match self.admit(id.0) {
                None => assert!(matches!(reply, Err(Refusal::EventFull { .. })), "{reply:?}"),
                Some(state) => self.expect(reply, id, state),
            },
        }
    }

    fn erase(&mut self, id: RegistrationId, reply: &Reply) {
        if !self.exists(id) {
            assert!(matches!(reply, Err(Refusal::NotFound)), "{reply:?}");
            return;
        }
        assert!(matches!(reply, Ok(Outcome::Erased)), "{reply:?}");
        if self.people[&id.0].state == State::Pending {
            self.remove(id.0);
            return;
        }
        self.release(id.0);
        self.people.get_mut(&id.0).unwrap().state = State::Erased("cancelled");
    }

    fn update(&mut self, id: RegistrationId, reply: &Reply) {
        match self.people.get(&id.0).filter(|_| self.exists(id)).map(|person| person.state) {
            None => assert!(matches!(reply, Err(Refusal::NotFound)), "{reply:?}"),
            Some(State::Cancelled) => assert!(matches!(reply, Err(Refusal::RegistrationCancelled)), "{reply:?}"),
            Some(State::Pending) => assert!(matches!(reply, Err(Refusal::AddressNotConfirmed)), "{reply:?}"),
            Some(state) => self.expect(reply, id, state),
        }
    }

    fn attend(&mut self, id: RegistrationId, attended: bool, reply: &Reply) {
        match self.people.get_mut(&id.0).filter(|person| !matches!(person.state, State::Erased(_))) {
            None => assert!(matches!(reply, Err(Refusal::NotFound)), "{reply:?}"),
            Some(person) if person.state != State::Confirmed => {
                assert!(matches!(reply, Err(Refusal::HoldsNoSeat { .. })), "{reply:?}");
            }
            Some(person) => {
                person.attended = attended;
                self.expect(reply, id, State::Confirmed);
            }
        }
    }

    fn record(&mut self, address: &str, attended: bool, result: &AttendanceResult) {
        let cancelled = self
            .order
            .iter()
            .rev()
            .find(|id| self.people.get(id).is_some_and(|p| p.address == address && p.state == State::Cancelled));
        match self.active(address).or(cancelled.copied()) {
            None => assert!(matches!(result, AttendanceResult::NotFound), "{result:?}"),
            Some(id) if self.people[&id].state != State::Confirmed => {
                assert!(matches!(result, AttendanceResult::HoldsNoSeat { .. }), "{result:?}");
            }
            Some(id) => {
                let AttendanceResult::Recorded { registration, .. } = result else { panic!("{result:?}") };
                assert_eq!(registration.id.0, id);
                self.people.get_mut(&id).unwrap().attended = attended;
            }
        }
    }

    fn add(&mut self, id: Uuid, address: &str, state: State) {
        self.order.push(id);
        self.people.insert(id, Person { address: address.to_owned(), state, attended: false });
    }

    fn remove(&mut self, id: Uuid) {
        self.people.remove(&id);
    }

    /// The reply must show the registration in this state, with its place on the waiting list at that moment.
    fn expect(&self, reply: &Reply, id: RegistrationId, state: State) {
        let Ok(Outcome::Registration { registration, .. }) = reply else { panic!("{reply:?}") };
        let status = match state {
            State::Pending => RegistrationStatus::Pending,
            State::Confirmed => RegistrationStatus::Confirmed,
            State::Waiting => RegistrationStatus::Waitlisted,
            State::Cancelled | State::Erased(_) => RegistrationStatus::Cancelled,
        };
        assert_eq!((registration.id, registration.status), (id, status));
        let place = self.queue.iter().position(|waiting| *waiting == id.0);
        assert_eq!(registration.waitlist_position.map(|position| position as usize), place.map(|place| place + 1));
    }

    /// The database must hold what the model holds.
    pub(super) fn check_state(&self, database: &Database) {
        let waiting: Vec<Uuid> = database.waiting().iter().map(|row| row.id).collect();
        assert_eq!(waiting, self.queue);
        assert_eq!(database.rows.len(), self.people.len());
        for (id, person) in &self.people {
            let row = &database.rows[id];
            let status = match person.state {
                State::Pending => "pending",
                State::Confirmed => "confirmed",
                State::Waiting => "waitlisted",
                State::Cancelled => "cancelled",
                State::Erased(status) => status,
            };
            assert_eq!((row.status.as_str(), row.attended_at.is_some()), (status, person.attended), "{id}");
            assert_eq!(row.erased_at.is_some(), matches!(person.state, State::Erased(_)));
        }
    }
}
