//! A database in memory with the constraints of the real one, and the instances that share it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::TimeDelta;
use plenaria_domain::event::EventStatus;
use plenaria_domain::event::registration_window::RegistrationWindow;
use plenaria_domain::registration::seats::{Precondition, Seats};
use plenaria_domain::values::ids::EventId;
use proptest::sample::Index;
use uuid::Uuid;

use super::requests::{Ask, now};
use crate::desk::decide::decide;
use crate::desk::ledger::plan::Plan;
use crate::desk::ledger::state::Ledger;
use crate::desk::ledger::waitlist::{Waiting, Waitlist};
use crate::desk::load::promotable;
use crate::desk::reply::Reply;
use crate::desk::request::{Command, Request};
use crate::entity::{idempotency_record, registration};
use crate::feed::outbox::OutboxRow;
use crate::seats::LockedSeats;

/// What happens to a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is committed, and its callers have their replies.
    Replies,
    /// The instance crashes before the commit.
    CrashesBeforeCommit,
    /// It is committed, but the instance crashes before it replies.
    LosesReplies,
}

#[derive(Default)]
struct Instance {
    waiting: Vec<Arc<Request>>,
    /// The seats after the last batch.
    remembered: Option<LockedSeats>,
}

pub(super) struct Database {
    pub(super) event: EventId,
    pub(super) seats: LockedSeats,
    pub(super) rows: HashMap<Uuid, registration::Model>,
    records: HashMap<Uuid, idempotency_record::Model>,
    changes: Vec<OutboxRow>,
    instances: Vec<Instance>,
    /// Requests with a key whose caller has had no reply.
    unanswered: Vec<Arc<Request>>,
    /// The ids in the order of their rows, so that a sequence has the same effect each time.
    ids: Vec<Uuid>,
}

impl Database {
    pub(super) fn new(capacity: Option<u32>, waitlist: bool, instances: usize) -> Self {
        let (event, later) = (EventId::new(now()), now() + TimeDelta::days(1));
        let window = RegistrationWindow {
            status: EventStatus::Published,
            opens_at: None,
            closes_at: later,
            ends_at: later + TimeDelta::hours(1),
        };
        let counts = Seats { capacity, waitlist, confirmed: 0, waitlisted: 0 };
        Self {
            event,
            seats: LockedSeats { event, seats: counts, window, starts_at: later, last_waitlist_number: 0 },
            rows: HashMap::new(),
            records: HashMap::new(),
            changes: Vec::new(),
            instances: (0..instances).map(|_| Instance::default()).collect(),
            unanswered: Vec::new(),
            ids: Vec::new(),
        }
    }

    pub(super) fn submit(&mut self, instance: usize, ask: &Ask) {
        if let Some(request) = ask.to_request(self.event, &self.ids) {
            self.instances[instance].waiting.push(Arc::new(request));
        }
    }

    pub(super) fn retry(&mut self, instance: usize, index: Index) {
        if !self.unanswered.is_empty() {
            let request = self.unanswered.remove(index.index(self.unanswered.len()));
            self.instances[instance].waiting.push(request);
        }
    }

    pub(super) fn set_capacity(&mut self, capacity: Option<u32>) {
        self.seats.seats.capacity = capacity;
        let promote = Request { event: self.event, now: now(), idempotency: None, command: Command::Promote };
        self.locked(&[Arc::new(promote)]);
    }

    /// Serves the batch that waits at an instance. Returns the requests that were committed, with their replies, in order.
    pub(super) fn serve(&mut self, instance: usize, fate: Fate) -> Vec<(Arc<Request>, Reply)> {
        let batch = std::mem::take(&mut self.instances[instance].waiting);
        if batch.is_empty() {
            return Vec::new();
        }
        if fate != Fate::Replies {
            self.unanswered.extend(batch.iter().filter(|request| request.idempotency.is_some()).cloned());
            self.instances[instance] = Instance::default();
        }
        if fate == Fate::CrashesBeforeCommit {
            return Vec::new();
        }
        let remembered = self.instances[instance].remembered.clone();
        let optimistic = remembered.and_then(|before| self.optimistic(&batch, &before));
        let replies = optimistic.unwrap_or_else(|| self.locked(&batch));
        if fate == Fate::Replies {
            self.instances[instance].remembered = Some(self.seats.clone());
        }
        batch.into_iter().zip(replies).collect()
    }

    /// Decides from remembered counts, and commits if the precondition holds and no constraint is violated.
    fn optimistic(&mut self, batch: &[Arc<Request>], before: &LockedSeats) -> Option<Vec<Reply>> {
        if !batch.iter().all(|request| matches!(request.command, Command::Register(_))) {
            return None;
        }
        let mut ledger = Ledger::new(vec![before.clone()], batch.len());
        let mut replies = decide(&mut ledger, batch).unwrap();
        let (mut plan, seats) = ledger.into_plan();
        let (after, current) = (&seats[0].seats, self.seats.seats);
        let stores_positions = !plan.records.is_empty() && after.waitlisted > before.seats.waitlisted;
        let precondition = if stores_positions { Precondition::ExactCounts } else { before.seats.precondition(after) };
        let unchanged = (before.seats.capacity, before.seats.waitlist) == (current.capacity, current.waitlist);
        let holds = match precondition {
            Precondition::SeatsAvailable(seats) => {
                current.waitlisted == 0 && current.left().is_none_or(|left| left >= seats)
            }
            Precondition::EventFull => current.is_full(),
            Precondition::ExactCounts => *before == self.seats,
        };
        let refuses = replies.iter().any(Result::is_err);
        if refuses || plan.inserted.is_empty() || !unchanged || !holds || self.violates_constraints(&plan) {
            return None;
        }
        let offset = self.seats.last_waitlist_number - before.last_waitlist_number;
        for row in &mut plan.inserted {
            row.waitlist_number = row.waitlist_number.map(|number| number + offset);
        }
        let (confirmed, waitlisted) =
            (after.confirmed - before.seats.confirmed, after.waitlisted - before.seats.waitlisted);
        let ahead = i64::from(current.waitlisted) - i64::from(before.seats.waitlisted);
        for reply in replies.iter_mut().flatten() {
            if let crate::desk::reply::Outcome::Registration { registration, .. } = reply
                && let Some(position) = &mut registration.waitlist_position
            {
                *position = u32::try_from(i64::from(*position) + ahead).unwrap();
            }
        }
        self.apply(plan);
        self.seats.seats.confirmed += confirmed;
        self.seats.seats.waitlisted += waitlisted;
        self.seats.last_waitlist_number += i64::from(waitlisted);
        Some(replies)
    }

    fn locked(&mut self, batch: &[Arc<Request>]) -> Vec<Reply> {
        let mut ledger = self.load(batch);
        let replies = decide(&mut ledger, batch).unwrap();
        let (plan, mut seats) = ledger.into_plan();
        assert!(!self.violates_constraints(&plan), "a batch that has read all rows violates no constraint");
        self.apply(plan);
        self.seats = seats.remove(0);
        replies
    }

    fn load(&self, batch: &[Arc<Request>]) -> Ledger {
        let mut ledger = Ledger::new(vec![self.seats.clone()], batch.len());
        let mut waiting: Vec<&registration::Model> = self.waiting();
        for row in self.ids.iter().filter_map(|id| self.rows.get(id)) {
            let index = ledger.add_stored(row.clone());
            if let Some(position) = waiting.iter().position(|waiting| waiting.id == row.id) {
                ledger.set_stored_position(index, u32::try_from(position + 1).unwrap());
            }
        }
        ledger.records = self.records.clone();
        let releases = batch.iter().filter(|r| matches!(r.command, Command::Cancel { .. } | Command::Erase(_))).count();
        waiting.truncate(promotable(self.seats.seats, u32::try_from(releases).unwrap()) as usize);
        let first = waiting.into_iter().map(|row| Waiting {
            id: row.id,
            waitlist_number: row.waitlist_number.unwrap(),
            revision: row.revision,
        });
        ledger.waitlists.insert(self.event.0, Waitlist::new(first.collect()));
        ledger
    }

    fn violates_constraints(&self, plan: &Plan) -> bool {
        let released: HashSet<Uuid> =
            plan.updated.iter().map(|(_, row)| row.id).chain(plan.deleted.iter().copied()).collect();
        let kept = self.rows.values().filter(|row| !released.contains(&row.id));
        let all = kept.chain(plan.updated.iter().map(|(_, row)| row)).chain(&plan.inserted);
        let mut addresses = HashSet::new();
        let duplicate = all.filter_map(|row| row.active_email.as_ref()).any(|address| !addresses.insert(address));
        duplicate || plan.records.iter().any(|record| self.records.contains_key(&record.id))
    }

    fn apply(&mut self, plan: Plan) {
        for (id, at) in plan.promoted {
            let row = self.rows.get_mut(&id).unwrap();
            row.status = "confirmed".to_owned();
            (row.waitlist_number, row.confirmed_at, row.updated_at) = (None, Some(at), at);
            row.revision += 1;
        }
        for (stored, row) in plan.updated {
            assert_eq!(self.rows.insert(row.id, row), Some(*stored), "the stored form is the one that was read");
        }
        for id in plan.deleted {
            self.rows.remove(&id).unwrap();
        }
        for row in plan.inserted {
            self.ids.push(row.id);
            assert!(self.rows.insert(row.id, row).is_none());
        }
        self.records.extend(plan.records.into_iter().map(|record| (record.id, record)));
        self.changes.extend(plan.changes);
    }

    /// The people on the waiting list, in its order.
    pub(super) fn waiting(&self) -> Vec<&registration::Model> {
        let mut waiting: Vec<_> = self.rows.values().filter(|row| row.waitlist_number.is_some()).collect();
        waiting.sort_unstable_by_key(|row| row.waitlist_number);
        waiting
    }

    /// Checks what the tables' constraints and the contract promise.
    pub(super) fn check_invariants(&self) {
        let seats = self.seats.seats;
        let with_status = |status: &str| self.rows.values().filter(|row| row.status == status).count();
        assert_eq!(with_status("confirmed"), seats.confirmed as usize);
        assert_eq!(with_status("waitlisted"), seats.waitlisted as usize);
        assert_eq!(self.waiting().len(), seats.waitlisted as usize);
        if seats.waitlisted > 0 {
            assert_eq!(seats.left(), Some(0), "nobody waits beside a free seat");
        }
        for row in self.rows.values() {
            assert_eq!(row.status == "waitlisted", row.waitlist_number.is_some());
            assert_eq!(row.status == "cancelled", row.active_email.is_none());
            assert!(row.waitlist_number.is_none_or(|number| number <= self.seats.last_waitlist_number));
            let sequences: Vec<i64> =
                self.changes.iter().filter(|c| c.registration_id == Some(row.id)).map(|c| c.sequence).collect();
            assert!(sequences.windows(2).all(|pair| pair[0] < pair[1]), "{sequences:?}");
            if row.status != "pending" {
                assert_eq!(sequences.last(), Some(&row.revision), "the last change is announced");
            }
        }
    }
}
