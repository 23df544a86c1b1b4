//! Who gets a seat that becomes free: the first person on the waiting list, in the same batch.

use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::registration::seats::{Admission, Released};
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::time::Instant;
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::desk::ledger::state::Ledger;
use crate::desk::ledger::waitlist::Waiting;
use crate::feed::outbox;
use crate::registrations::active_email;

impl Ledger {
    /// Gives an admission its number on the waiting list; `None` for a seat.
    pub(crate) fn waitlist_number(&mut self, seats: usize, admission: Admission) -> Option<i64> {
        matches!(admission, Admission::Waitlisted { .. }).then(|| self.seats[seats].next_waitlist_number())
    }

    /// Adds a registration, which has got its number, to the end of the waiting list.
    pub(crate) fn join_waitlist(&mut self, index: usize, position: u32) {
        let row = self.model(index);
        let (id, number, revision) = (row.id, row.waitlist_number, row.revision);
        let event = row.event_id;
        if let (Some(waitlist), Some(waitlist_number)) = (self.waitlists.get_mut(&event), number) {
            waitlist.first.push_back(Waiting { id, waitlist_number, revision });
        }
        self.set_position(index, position);
    }

    /// Marks a registration as cancelled, and gives back its seat or its place on the waiting list. A free seat goes to
    /// the first person on the waiting list. Recorded attendance is removed, because only people with a seat attend.
    pub(crate) fn release(
        &mut self,
        (seats, index): (usize, usize),
        held: Option<Released>,
        reason: Option<String>,
        now: Instant,
        caused_by_client: bool,
    ) -> Result<(), StoreError> {
        let former_email =
            self.model(index).active_email.as_deref().map(|email| active_email::address(email).to_owned());
        let row = self.edit(index, now);
        row.former_email = former_email;
        RegistrationStatus::Cancelled.as_str().clone_into(&mut row.status);
        row.requested_reference = None;
        let number = row.waitlist_number.take();
        row.cancelled_at = Some(now);
        row.cancellation_reason = reason;
        row.attended_at = None;
        let event = row.event_id;
        self.set_active_email(index, None);
        let change = self.announce(ChangeType::RegistrationCancelled, index, now);
        if caused_by_client {
            outbox::mark_caused_by_client(change);
        }
        if let (Some(waitlist), Some(number)) = (self.waitlists.get_mut(&event), number) {
            waitlist.left.push(number);
        }
        let Some(held) = held else { return Ok(()) };
        self.seats[seats].seats.release(held);
        self.promote(seats, now, caused_by_client).map(drop)
    }

    /// Gives free seats to the first people on the waiting list, unless the event has started or is cancelled. Returns
    /// the number of people promoted.
    pub(crate) fn promote(&mut self, seats: usize, now: Instant, caused_by_client: bool) -> Result<u32, StoreError> {
        let locked = &mut self.seats[seats];
        let event = locked.event;
        let promoted = if locked.promotes_at(now) { locked.seats.promote() } else { 0 };
        for _ in 0..promoted {
            let first = self.next_waiting(event.0);
            let too_short = || StoreError::corrupt("event_seats", "the waiting list is shorter than its count");
            let Waiting { id, revision, .. } = first.ok_or_else(too_short)?;
            let kind = ChangeType::RegistrationPromoted;
            let change = if let Some(index) = self.known(id) {
                let row = self.edit(index, now);
                RegistrationStatus::Confirmed.as_str().clone_into(&mut row.status);
                row.waitlist_number = None;
                row.confirmed_at = Some(now);
                self.announce(kind, index, now)
            } else {
                self.plan.promoted.push((id, now));
                let id = RegistrationId(id);
                let change = outbox::registration_change(kind, event, id, revision + 1, "confirmed", now);
                self.plan.changes.push(change);
                let last = self.plan.changes.len() - 1;
                &mut self.plan.changes[last]
            };
            if caused_by_client {
                outbox::mark_caused_by_client(change);
            }
        }
        Ok(promoted)
    }

    /// Takes the first person off the waiting list. Those who have left it meanwhile are passed over.
    fn next_waiting(&mut self, event: Uuid) -> Option<Waiting> {
        loop {
            let waitlist = self.waitlists.get_mut(&event)?;
            let first = waitlist.first.pop_front()?;
            let known = self.known(first.id);
            if known.is_none_or(|index| self.model(index).waitlist_number == Some(first.waitlist_number)) {
                self.waitlists.get_mut(&event)?.left.push(first.waitlist_number);
                return Some(first);
            }
        }
    }
}
