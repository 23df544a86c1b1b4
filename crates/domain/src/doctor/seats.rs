//! Whether an event's seat row is in order, by a recount of its registrations.

use uuid::Uuid;

use super::{Finding, Kind};
use crate::event::EventStatus;
use crate::time::Instant;

/// Seats taken, people waiting, and the number of the last place in the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many are confirmed.
    pub confirmed: i64,
    /// How many wait.
    pub waitlisted: i64,
    /// The highest number in the queue.
    pub last_queue_number: i64,
}

/// An event's seat row beside a recount, read at one instant.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The event.
    pub event: Uuid,
    /// The event's status.
    pub status: EventStatus,
    /// When it starts.
    pub starts_at: Instant,
    /// How many may be confirmed.
    pub capacity: Option<i64>,
    /// The capacity, or the count that stayed when it was lowered.
    pub ceiling: Option<i64>,
    /// What the row says.
    pub kept: Counts,
    /// What is there.
    pub counted: Counts,
}

impl Standing {
    /// What is not in order, now.
    pub fn examine(&self, now: Instant) -> Vec<Finding> {
        let (kept, counted) = (self.kept, self.counted);
        let mut findings = Vec::new();
        let mut found = |kind, what: String| findings.push(Finding::of(kind, self.event, what));
        if (kept.confirmed, kept.waitlisted) != (counted.confirmed, counted.waitlisted) {
            found(
                Kind::SeatCounts,
                format!(
                    "an event's seat row says {} confirmed and {} waiting, a recount {} and {}",
                    kept.confirmed, kept.waitlisted, counted.confirmed, counted.waitlisted
                ),
            );
        }
        if let Some(what) = self.above(self.ceiling) {
            found(Kind::OverCapacity, what);
        } else if let Some(what) = self.above(self.capacity) {
            found(Kind::AboveCapacity, what);
        }
        if kept.last_queue_number < counted.last_queue_number {
            found(
                Kind::QueueCounter,
                format!(
                    "an event's last place in the queue is {} by its seat row, and somebody holds {}",
                    kept.last_queue_number, counted.last_queue_number
                ),
            );
        }
        let waits = counted.waitlisted > 0 && self.status == EventStatus::Published && now < self.starts_at;
        match self.capacity.map(|capacity| capacity - counted.confirmed) {
            Some(free) if waits && free > 0 => {
                found(Kind::EmptySeats, format!("{} wait beside {free} free seats of an event", counted.waitlisted));
            }
            None if waits => {
                found(Kind::EmptySeats, format!("{} wait for an event without a limit", counted.waitlisted));
            }
            _ => {}
        }
        findings
    }

    fn above(&self, limit: Option<i64>) -> Option<String> {
        let (confirmed, capacity) = (self.counted.confirmed, self.capacity?);
        (confirmed > limit?).then(|| format!("{confirmed} are confirmed for an event whose capacity is {capacity}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn kinds(change: impl FnOnce(&mut Standing)) -> Vec<Kind> {
        let full = Counts { confirmed: 3, waitlisted: 2, last_queue_number: 4 };
        let mut standing = Standing {
            event: Uuid::from_u128(1),
            status: EventStatus::Published,
            starts_at: at("2027-01-01T00:00:00Z"),
            capacity: Some(3),
            ceiling: Some(3),
            kept: full,
            counted: full,
        };
        change(&mut standing);
        standing.examine(at("2026-12-31T23:59:59Z")).into_iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn each_thing_is_found_by_itself() {
        assert_eq!(kinds(|_| ()), []);
        assert_eq!(kinds(|s| s.kept.confirmed = 2), [Kind::SeatCounts]);
        assert_eq!(kinds(|s| s.kept.waitlisted = 3), [Kind::SeatCounts]);
        assert_eq!(kinds(|s| s.kept.last_queue_number = 3), [Kind::QueueCounter]);
        assert_eq!(kinds(|s| s.kept.last_queue_number = 9), [], "numbers grow for ever");
        assert_eq!(kinds(|s| s.capacity = Some(2)), [Kind::AboveCapacity], "it was lowered");
        assert_eq!(kinds(|s| s.counted.confirmed = 4), [Kind::SeatCounts, Kind::OverCapacity]);
        assert_eq!(kinds(|s| (s.capacity, s.ceiling) = (Some(5), Some(5))), [Kind::EmptySeats]);
        assert_eq!(kinds(|s| (s.capacity, s.ceiling) = (None, None)), [Kind::EmptySeats]);
    }

    #[test]
    fn nobody_is_promoted_once_it_has_begun_or_was_called_off() {
        let room = |s: &mut Standing| (s.capacity, s.ceiling) = (Some(5), Some(5));
        assert_eq!(kinds(|s| (room(s), s.status = EventStatus::Cancelled).1), []);
        assert_eq!(kinds(|s| (room(s), s.starts_at = at("2026-12-31T23:59:59Z")).1), []);
        assert_eq!(kinds(|s| (room(s), s.kept.waitlisted = 0, s.counted.waitlisted = 0).0), []);
    }
}
