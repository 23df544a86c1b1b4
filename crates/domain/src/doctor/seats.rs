//! Checks an event's seat row against a recount of its registrations.

use uuid::Uuid;

use crate::doctor::finding::Finding;
use crate::doctor::kind::Kind;
use crate::event::attributes::EventStatus;
use crate::values::time::Instant;

/// The counts of an event's registrations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeatCounts {
    /// The number of confirmed registrations.
    pub confirmed: i64,
    /// The number of registrations on the waiting list.
    pub waitlisted: i64,
    /// The highest number on the waiting list (the column `waitlist_number`).
    pub last_waitlist_number: i64,
}

/// An event's seat row and a recount of its registrations, from one snapshot.
#[derive(Clone, Debug)]
pub struct SeatRecount {
    /// The event's id.
    pub event: Uuid,
    /// The event's status.
    pub status: EventStatus,
    /// When the event starts.
    pub starts_at: Instant,
    /// The event's capacity; `None`: no limit.
    pub capacity: Option<i64>,
    /// The greatest valid number of confirmed registrations: the capacity, or the number that remained when it was
    /// lowered.
    pub max_confirmed: Option<i64>,
    /// The counts in the seat row.
    pub stored: SeatCounts,
    /// The counts of the registrations.
    pub counted: SeatCounts,
}

impl SeatRecount {
    /// The problems of the event's seats at `now`.
    pub fn examine(&self, now: Instant) -> Vec<Finding> {
        let (stored, counted) = (self.stored, self.counted);
        let mut findings = Vec::new();
        let mut found = |kind, what: String| findings.push(Finding::about_row(kind, self.event, what));
        if (stored.confirmed, stored.waitlisted) != (counted.confirmed, counted.waitlisted) {
            found(
                Kind::SeatCounts,
                format!(
                    "an event's seat row says {} confirmed and {} waiting, a recount {} and {}",
                    stored.confirmed, stored.waitlisted, counted.confirmed, counted.waitlisted
                ),
            );
        }
        if let Some(what) = self.exceeds(self.max_confirmed) {
            found(Kind::OverCapacity, what);
        } else if let Some(what) = self.exceeds(self.capacity) {
            found(Kind::AboveCapacity, what);
        }
        if stored.last_waitlist_number < counted.last_waitlist_number {
            found(
                Kind::WaitlistCounter,
                format!(
                    "the highest waiting list number of an event is {} by its seat row, but {} is in use",
                    stored.last_waitlist_number, counted.last_waitlist_number
                ),
            );
        }
        // There are no promotions once the event has started.
        let expects_seats = counted.waitlisted > 0 && self.status == EventStatus::Published && now < self.starts_at;
        match self.capacity.map(|capacity| capacity - counted.confirmed) {
            Some(free) if expects_seats && free > 0 => {
                let what = format!("{} people wait although an event has {free} free seats", counted.waitlisted);
                found(Kind::WaitlistBesideFreeSeats, what);
            }
            None if expects_seats => {
                let what = format!("{} people wait for an event without a limit", counted.waitlisted);
                found(Kind::WaitlistBesideFreeSeats, what);
            }
            _ => {}
        }
        findings
    }

    /// The description of the problem if more registrations are confirmed than `limit`.
    fn exceeds(&self, limit: Option<i64>) -> Option<String> {
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

    fn kinds(change: impl FnOnce(&mut SeatRecount)) -> Vec<Kind> {
        let full = SeatCounts { confirmed: 3, waitlisted: 2, last_waitlist_number: 4 };
        let mut recount = SeatRecount {
            event: Uuid::from_u128(1),
            status: EventStatus::Published,
            starts_at: at("2027-01-01T00:00:00Z"),
            capacity: Some(3),
            max_confirmed: Some(3),
            stored: full,
            counted: full,
        };
        change(&mut recount);
        recount.examine(at("2026-12-31T23:59:59Z")).into_iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn each_problem_is_found_by_itself() {
        assert_eq!(kinds(|_| ()), []);
        assert_eq!(kinds(|s| s.stored.confirmed = 2), [Kind::SeatCounts]);
        assert_eq!(kinds(|s| s.stored.waitlisted = 3), [Kind::SeatCounts]);
        assert_eq!(kinds(|s| s.stored.last_waitlist_number = 3), [Kind::WaitlistCounter]);
        assert_eq!(kinds(|s| s.stored.last_waitlist_number = 9), [], "numbers are never used again");
        assert_eq!(kinds(|s| s.capacity = Some(2)), [Kind::AboveCapacity], "the capacity was lowered");
        assert_eq!(kinds(|s| s.counted.confirmed = 4), [Kind::SeatCounts, Kind::OverCapacity]);
        assert_eq!(kinds(|s| (s.capacity, s.max_confirmed) = (Some(5), Some(5))), [Kind::WaitlistBesideFreeSeats]);
        assert_eq!(kinds(|s| (s.capacity, s.max_confirmed) = (None, None)), [Kind::WaitlistBesideFreeSeats]);
    }

    #[test]
    fn waiting_people_expect_no_seats_after_the_start_or_a_cancellation() {
        let free_seats = |s: &mut SeatRecount| (s.capacity, s.max_confirmed) = (Some(5), Some(5));
        assert_eq!(kinds(|s| (free_seats(s), s.status = EventStatus::Cancelled).1), []);
        assert_eq!(kinds(|s| (free_seats(s), s.starts_at = at("2026-12-31T23:59:59Z")).1), []);
        assert_eq!(kinds(|s| (free_seats(s), s.stored.waitlisted = 0, s.counted.waitlisted = 0).0), []);
    }
}
