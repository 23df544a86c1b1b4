//! Who gets a seat: the counts of one event and the only rules that change them.

/// Seats taken and people waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// How many may be confirmed; `None`: no limit.
    pub capacity: Option<u32>,
    /// Whether a full event queues those who come later.
    pub waitlist: bool,
    /// How many are confirmed. It exceeds `capacity` only after capacity was lowered below it.
    pub confirmed: u32,
    /// How many are waiting.
    pub waitlisted: u32,
}

/// What a person who asks for a seat gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// A seat.
    Confirmed,
    /// A place in the queue, from 1.
    Waitlisted {
        /// The place.
        position: u32,
    },
}

/// What the counts must be like for a crowd to be admitted as it was decided: less than the very counts, so that it still
/// holds when others have come or gone meanwhile. Capacity and `waitlist` must be the same in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Each of so many gets a seat: nobody waits, and that many seats are left.
    Seats(u32),
    /// Each gets a place in the queue: the event is full.
    Places,
    /// The very counts.
    Counts,
}

/// There is no seat, and no queue to stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("every seat is taken")]
pub struct EventFull;

/// What a registration holds when it is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    /// A seat.
    Seat,
    /// A place in the queue.
    Place,
}

impl Seats {
    /// Seats that nobody holds; `None`: no limit.
    pub fn left(&self) -> Option<u32> {
        self.capacity.map(|capacity| capacity.saturating_sub(self.confirmed))
    }

    /// Whether the next person could only queue or be refused.
    pub fn is_full(&self) -> bool {
        self.waitlisted > 0 || self.left() == Some(0)
    }

    /// Admits one person. While anybody waits, a newcomer never gets a seat, even if one is free.
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

    /// On what terms a crowd can be said to have been admitted here that left the counts as they are in `after`; nobody
    /// of it may have been refused for want of a seat.
    pub const fn terms(&self, after: &Self) -> Precondition {
        match (after.confirmed.saturating_sub(self.confirmed), after.waitlisted.saturating_sub(self.waitlisted)) {
            (seated, 0) => Precondition::SeatsAvailable(seated),
            (0, _) => Precondition::EventFull,
            _ => Precondition::ExactCounts,
        }
    }

    /// Takes back what one person held.
    pub fn release(&mut self, held: Released) {
        match held {
            Released::Seat => self.confirmed = self.confirmed.saturating_sub(1),
            Released::WaitlistPlace => self.waitlisted = self.waitlisted.saturating_sub(1),
        }
    }

    /// Seats as many of the queue's head as there is room for, and says how many.
    pub fn promote(&mut self) -> u32 {
        let promoted = self.left().map_or(self.waitlisted, |left| left.min(self.waitlisted));
        self.confirmed += promoted;
        self.waitlisted -= promoted;
        promoted
    }

    /// The greatest count of confirmed that is in order now: the capacity, or what stayed when it was lowered.
    pub fn ceiling(&self) -> Option<u32> {
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

    /// The seats with the people themselves, as a database keeps them.
    struct Event {
        seats: Seats,
        confirmed: Vec<u32>,
        queue: Vec<u32>,
        arrived: u32,
    }

    impl Event {
        fn promote(&mut self) {
            let promoted = self.seats.promote() as usize;
            self.confirmed.extend(self.queue.drain(..promoted));
        }

        fn run(&mut self, step: &Step) {
            match step {
                Step::Register => {
                    self.arrived += 1;
                    let (before, free) = (self.seats.confirmed, self.seats.left() != Some(0));
                    match self.seats.admit() {
                        Ok(Admission::Confirmed) => {
                            assert!(self.queue.is_empty(), "a newcomer overtook the queue");
                            assert!(self.seats.capacity.is_none_or(|c| before < c), "over capacity by admission");
                            self.confirmed.push(self.arrived);
                        }
                        Ok(Admission::Waitlisted { position }) => {
                            self.queue.push(self.arrived);
                            assert_eq!(position as usize, self.queue.len());
                        }
                        Err(EventFull) => {
                            assert!(!self.seats.waitlist && (!free || !self.queue.is_empty()), "refused for nothing");
                        }
                    }
                }
                Step::Cancel(which) => {
                    let all = self.confirmed.len() + self.queue.len();
                    if all == 0 {
                        return;
                    }
                    let which = which % all;
                    if which < self.confirmed.len() {
                        self.confirmed.remove(which);
                        self.seats.release(Released::Seat);
                    } else {
                        self.queue.remove(which - self.confirmed.len());
                        self.seats.release(Released::WaitlistPlace);
                    }
                    self.promote();
                }
                Step::SetCapacity(capacity) => {
                    let before = self.confirmed.clone();
                    self.seats.capacity = *capacity;
                    self.promote();
                    assert!(self.confirmed.starts_with(&before), "somebody was evicted");
                }
                Step::SetWaitlist(on) => self.seats.waitlist = *on,
            }
        }
    }

    /// What a crowd gets.
    fn admit_all(seats: &mut Seats, crowd: u32) -> Vec<Result<Admission, EventFull>> {
        (0..crowd).map(|_| seats.admit()).collect()
    }

    proptest! {
        #[test]
        fn what_was_decided_holds_wherever_its_terms_do(
            capacity in prop::option::of(0u32..6),
            waitlist: bool,
            (known, known_waiting) in (0u32..8, 0u32..4),
            (confirmed, waiting) in (0u32..8, 0u32..4),
            crowd in 1u32..6,
        ) {
            let known = Seats { capacity, waitlist, confirmed: known, waitlisted: known_waiting };
            let now = Seats { confirmed, waitlisted: waiting, ..known };
            let (mut after, mut really) = (known, now);
            let decided = admit_all(&mut after, crowd);
            prop_assume!(decided.iter().all(Result::is_ok));
            let holds = match known.precondition(&after) {
                Precondition::SeatsAvailable(seated) => now.waitlisted == 0 && capacity.is_none_or(|c| now.confirmed + seated <= c),
                Precondition::EventFull => now.is_full(),
                Precondition::ExactCounts => now == known,
            };
            prop_assume!(holds);
            let moved = |place: Admission| match place {
                Admission::Confirmed => place,
                Admission::Waitlisted { position } => {
                    Admission::Waitlisted { position: position + now.waitlisted - known.waitlisted }
                }
            };
            let expected: Vec<_> = decided.into_iter().map(|one| one.map(moved)).collect();
            prop_assert_eq!(admit_all(&mut really, crowd), expected);
            prop_assert_eq!(really.confirmed - now.confirmed, after.confirmed - known.confirmed);
            prop_assert_eq!(really.waitlisted - now.waitlisted, after.waitlisted - known.waitlisted);
        }

        #[test]
        fn every_sequence_keeps_the_promises(
            capacity in prop::option::of(0u32..6),
            waitlist: bool,
            steps in prop::collection::vec(step(), 0..200),
        ) {
            let seats = Seats { capacity, waitlist, confirmed: 0, waitlisted: 0 };
            let mut event = Event { seats, confirmed: vec![], queue: vec![], arrived: 0 };
            for step in &steps {
                event.run(step);
                prop_assert_eq!(event.seats.confirmed as usize, event.confirmed.len());
                prop_assert_eq!(event.seats.waitlisted as usize, event.queue.len());
                prop_assert!(event.queue.is_sorted(), "the queue is in order of arrival");
                prop_assert!(event.queue.is_empty() || event.seats.left() == Some(0), "a seat stays empty");
                prop_assert!(event.seats.max_confirmed().is_none_or(|c| event.seats.confirmed <= c));
                if let (Some(last), Some(first)) = (event.confirmed.iter().max(), event.queue.first()) {
                    prop_assert!(last < first, "somebody slipped in before the queue");
                }
            }
        }
    }
}
