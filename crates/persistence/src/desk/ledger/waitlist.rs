//! The waiting list of an event while a batch is decided.

use std::collections::VecDeque;

use uuid::Uuid;

/// A person on the waiting list.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) id: Uuid,
    pub(crate) waitlist_number: i64,
    pub(crate) revision: i64,
}

/// The first people on a waiting list: at least as many as the batch can promote.
#[derive(Debug, Default)]
pub(crate) struct Waitlist {
    pub(super) first: VecDeque<Waiting>,
    /// The numbers of those who have left the list.
    pub(super) left: Vec<i64>,
}

impl Waitlist {
    pub(crate) fn new(first: Vec<Waiting>) -> Self {
        Self { first: first.into(), left: Vec::new() }
    }

    /// Removes a person who was added by mistake.
    pub(crate) fn forget(&mut self, id: Uuid) {
        self.first.retain(|waiting| waiting.id != id);
    }

    /// How many people have left the list.
    pub(crate) fn departures(&self) -> u32 {
        u32::try_from(self.left.len()).unwrap_or(u32::MAX)
    }

    /// How many people with a smaller number have left the list.
    pub(crate) fn departures_before(&self, number: i64) -> u32 {
        u32::try_from(self.left.iter().filter(|left| **left < number).count()).unwrap_or(u32::MAX)
    }
}
