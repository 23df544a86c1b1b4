//! Decides who gets a seat: the seat counts of one event, and the only rules that change them.

/// The seat counts of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// The number of seats; `None`: no limit.
    pub capacity: Option<u32>,
    /// Whether people can join a waiting list when the event is full.
    pub waitlist: bool,
    /// The number of confirmed registrations. It exceeds `capacity` only after the capacity was lowered below it.
    pub confirmed: u32,
    /// The number of people on the waiting list.
    pub waitlisted: u32,
}

/// The result of a successful request for a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// A seat.
    Confirmed,
    /// A place on the waiting list.
    Waitlisted {
        /// The position on the waiting list, from 1.
        position: u32,
    },
}

/// The condition under which a decision to admit several people stays valid although other people register or cancel in
/// the meantime. Each condition also requires `capacity` and `waitlist` to be unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// The waiting list is empty and at least this many seats are available: everyone admitted gets a seat.
    SeatsAvailable(u32),
    /// The event is full: everyone admitted joins the waiting list.
    EventFull,
    /// The counts are exactly those on which the decision was based.
    ExactCounts,
}

/// The event is full and has no waiting list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("every seat is taken")]
pub struct EventFull;

/// What a cancelled registration releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    /// A seat.
    Seat,
    /// A place on the waiting list.
    WaitlistPlace,
}

impl Seats {
    /// The number of available seats; `None`: no limit.
    pub fn left(&self) -> Option<u32> {
        self.capacity.map(|capacity| capacity.saturating_sub(self.confirmed))
    }

    /// Whether the next person cannot get a seat: all seats are taken, or other people wait for one.
    pub fn is_full(&self) -> bool {
        self.waitlisted > 0 || self.left() == Some(0)
    }

    /// Admits one person. While the waiting list is not empty, a new person never gets a seat, even if one is
    /// available.
    pub fn admit(&mut self) -> Result<Admission, EventFull> {
        if !self.is_full() {
            self.confirmed += 1;
            return Ok(Admission::Confirmed);
        }
        if !self.waitlist {
            return Err(EventFull);
        }
        self.waitlisted += 1;
        Ok(Admission::Waitlisted { position: self.waitlisted })
    }

    /// The weakest precondition under which this batch's decision stays valid: the decision, made with these counts, to
    /// admit several people, which left the counts in `after`. The decision must not have refused anyone because the
    /// event was full.
    pub const fn precondition(&self, after: &Self) -> Precondition {
        match (after.confirmed.saturating_sub(self.confirmed), after.waitlisted.saturating_sub(self.waitlisted)) {
            (seats, 0) => Precondition::SeatsAvailable(seats),
            (0, _) => Precondition::EventFull,
            _ => Precondition::ExactCounts,
        }
    }

    /// Releases what one registration held.
    pub fn release(&mut self, released: Released) {
        match released {
            Released::Seat => self.confirmed = self.confirmed.saturating_sub(1),
            Released::WaitlistPlace => self.waitlisted = self.waitlisted.saturating_sub(1),
        }
    }

    /// Confirms as many people from the waiting list as there are seats available, and returns their number.
    pub fn promote(&mut self) -> u32 {
        let promoted = self.left().map_or(self.waitlisted, |left| left.min(self.waitlisted));
        self.confirmed += promoted;
        self.waitlisted -= promoted;
        promoted
    }

    /// The greatest valid number of confirmed registrations: the capacity, or the current number if the capacity was
    /// lowered below it.
    pub fn max_confirmed(&self) -> Option<u32> {
        self.capacity.map(|capacity| capacity.max(self.confirmed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Register,
        Cancel(usize),
        SetCapacity(Option<u32>),
        SetWaitlist(bool),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => Just(Step::Register),
            3 => any::<prop::sample::Index>().prop_map(|i| Step::Cancel(i.index(1 << 16))),
            1 => prop_oneof![9 => (0u32..8).prop_map(Some), 1 => Just(None)].prop_map(Step::SetCapacity),
            1 => any::<bool>().prop_map(Step::SetWaitlist),
        ]
    }

    /// The seat counts together with the people themselves, as a database stores them.
    struct Event {
        seats: Seats,
        confirmed: Vec<u32>,
        waitlist: Vec<u32>,
        arrived: u32,
    }

    impl Event {
        fn promote(&mut self) {
            let promoted = self.seats.promote() as usize;
            self.confirmed.extend(self.waitlist.drain(..promoted));
        }

        fn run(&mut self, step: &Step) {
            match step {
                Step::Register => {
                    self.arrived += 1;
                    let (before, free) = (self.seats.confirmed, self.seats.left() != Some(0));
                    match self.seats.admit() {
                        Ok(Admission::Confirmed) => {
                            assert!(self.waitlist.is_empty(), "a new person overtook the waiting list");
                            assert!(self.seats.capacity.is_none_or(|c| before < c), "over capacity by admission");
                            self.confirmed.push(self.arrived);
                        }
                        Ok(Admission::Waitlisted { position }) => {
                            self.waitlist.push(self.arrived);
                            assert_eq!(position as usize, self.waitlist.len());
                        }
                        Err(EventFull) => {
                            assert!(
                                !self.seats.waitlist && (!free || !self.waitlist.is_empty()),
                                "refused without reason"
                            );
                        }
                    }
                }
                Step::Cancel(index) => {
                    let all = self.confirmed.len() + self.waitlist.len();
                    if all == 0 {
                        return;
                    }
                    let index = index % all;
                    if index < self.confirmed.len() {
                        self.confirmed.remove(index);
                        self.seats.release(Released::Seat);
                    } else {
                        self.waitlist.remove(index - self.confirmed.len());
                        self.seats.release(Released::WaitlistPlace);
                    }
                    self.promote();
                }
                Step::SetCapacity(capacity) => {
                    let before = self.confirmed.clone();
                    self.seats.capacity = *capacity;
                    self.promote();
                    assert!(self.confirmed.starts_with(&before), "a confirmed person lost the seat");
                }
                Step::SetWaitlist(on) => self.seats.waitlist = *on,
            }
        }
    }

    /// Admits several people.
    fn admit_all(seats: &mut Seats, number: u32) -> Vec<Result<Admission, EventFull>> {
        (0..number).map(|_| seats.admit()).collect()
    }

    proptest! {
        #[test]
        fn a_decision_stays_valid_under_its_precondition(
            capacity in prop::option::of(0u32..6),
            waitlist: bool,
            (earlier_confirmed, earlier_waitlisted) in (0u32..8, 0u32..4),
            (confirmed, waitlisted) in (0u32..8, 0u32..4),
            number in 1u32..6,
        ) {
            let earlier = Seats { capacity, waitlist, confirmed: earlier_confirmed, waitlisted: earlier_waitlisted };
            let now = Seats { confirmed, waitlisted, ..earlier };
            let (mut after, mut actual) = (earlier, now);
            let decided = admit_all(&mut after, number);
            prop_assume!(decided.iter().all(Result::is_ok));
            let holds = match earlier.precondition(&after) {
                Precondition::SeatsAvailable(seats) => now.waitlisted == 0 && capacity.is_none_or(|c| now.confirmed + seats <= c),
                Precondition::EventFull => now.is_full(),
                Precondition::ExactCounts => now == earlier,
            };
            prop_assume!(holds);
            let rebased = |admission: Admission| match admission {
                Admission::Confirmed => admission,
                Admission::Waitlisted { position } => {
                    Admission::Waitlisted { position: position + now.waitlisted - earlier.waitlisted }
                }
            };
            let expected: Vec<_> = decided.into_iter().map(|admission| admission.map(rebased)).collect();
            prop_assert_eq!(admit_all(&mut actual, number), expected);
            prop_assert_eq!(actual.confirmed - now.confirmed, after.confirmed - earlier.confirmed);
            prop_assert_eq!(actual.waitlisted - now.waitlisted, after.waitlisted - earlier.waitlisted);
        }

        #[test]
        fn every_sequence_of_steps_is_fair_and_leaves_no_seat_empty(
            capacity in prop::option::of(0u32..6),
            waitlist: bool,
            steps in prop::collection::vec(step(), 0..200),
        ) {
            let seats = Seats { capacity, waitlist, confirmed: 0, waitlisted: 0 };
            let mut event = Event { seats, confirmed: vec![], waitlist: vec![], arrived: 0 };
            for step in &steps {
                event.run(step);
                prop_assert_eq!(event.seats.confirmed as usize, event.confirmed.len());
                prop_assert_eq!(event.seats.waitlisted as usize, event.waitlist.len());
                prop_assert!(event.waitlist.is_sorted(), "the waiting list is in order of arrival");
                prop_assert!(event.waitlist.is_empty() || event.seats.left() == Some(0), "a seat stays empty");
                prop_assert!(event.seats.max_confirmed().is_none_or(|c| event.seats.confirmed <= c));
                if let (Some(last), Some(first)) = (event.confirmed.iter().max(), event.waitlist.first()) {
                    prop_assert!(last < first, "a later person got a seat first");
                }
            }
        }
    }
}
