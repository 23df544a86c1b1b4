//! What became of those who asked for a seat.

use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::window::WindowClosed;
use prometheus_client::registry::Registry;

use super::Tally;
use crate::StoreError;
use crate::confirmation::Confirmed;
use crate::confirmation_requests::Asked;
use crate::desk::{Answer, Outcome, Refused};
use crate::desk_together::Together;

/// What a person who asked was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Confirmed,
    Waitlisted,
    /// The address is to be confirmed first.
    Pending,
    /// The same as when the request came first.
    Replayed,
    AlreadyRegistered,
    EventFull,
    NotOpen,
    Closed,
    Cancelled,
    Ended,
    EventNotFound,
    ReferenceTaken,
    KeyOfAnother,
    Overloaded,
    Failed,
}

impl Told {
    /// In the order of their declaration.
    const ALL: [Self; 15] = [
        Self::Confirmed,
        Self::Waitlisted,
        Self::Pending,
        Self::Replayed,
        Self::AlreadyRegistered,
        Self::EventFull,
        Self::NotOpen,
        Self::Closed,
        Self::Cancelled,
        Self::Ended,
        Self::EventNotFound,
        Self::ReferenceTaken,
        Self::KeyOfAnother,
        Self::Overloaded,
        Self::Failed,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Waitlisted => "waitlisted",
            Self::Pending => "pending",
            Self::Replayed => "replayed",
            Self::AlreadyRegistered => "already_registered",
            Self::EventFull => "event_full",
            Self::NotOpen => "registration_not_open",
            Self::Closed => "registration_closed",
            Self::Cancelled => "event_cancelled",
            Self::Ended => "event_ended",
            Self::EventNotFound => "event_not_found",
            Self::ReferenceTaken => "reference_taken",
            Self::KeyOfAnother => "key_of_another",
            Self::Overloaded => "overloaded",
            Self::Failed => "failed",
        }
    }

    const fn status(status: RegistrationStatus) -> Option<Self> {
        match status {
            RegistrationStatus::Confirmed => Some(Self::Confirmed),
            RegistrationStatus::Waitlisted => Some(Self::Waitlisted),
            RegistrationStatus::Pending => Some(Self::Pending),
            RegistrationStatus::Cancelled => None,
        }
    }

    const fn refused(refused: &Refused) -> Self {
        match refused {
            // Drafts are not shown to anybody.
            Refused::EventNotFound | Refused::Window(WindowClosed::Draft) => Self::EventNotFound,
            Refused::Window(WindowClosed::Cancelled) => Self::Cancelled,
            Refused::Window(WindowClosed::Ended) => Self::Ended,
            Refused::Window(WindowClosed::NotOpen { .. }) => Self::NotOpen,
            Refused::Window(WindowClosed::Closed { .. }) => Self::Closed,
            Refused::AlreadyRegistered { .. } => Self::AlreadyRegistered,
            Refused::ReferenceTaken => Self::ReferenceTaken,
            Refused::EventFull { .. } => Self::EventFull,
            Refused::KeyOfAnother => Self::KeyOfAnother,
            Refused::Overloaded => Self::Overloaded,
            Refused::Store(_) => Self::Failed,
        }
    }

    fn outcome(outcome: &Outcome) -> Option<Self> {
        match outcome {
            Outcome::Registered { registration, .. } => Self::status(registration.status),
            Outcome::Replayed(_) => Some(Self::Replayed),
        }
    }
}

#[derive(Debug)]
pub(crate) struct RegistrationFigures(Tally<15>);

impl Default for RegistrationFigures {
    fn default() -> Self {
        Self(Tally::new("outcome", Told::ALL.map(Told::as_str)))
    }
}

impl RegistrationFigures {
    pub(super) fn register(&self, registry: &mut Registry) {
        self.0.register(registry, "registrations", "What became of those who asked for a seat");
    }

    /// One batch of the desk.
    pub(crate) fn answered(&self, answers: &[Answer]) {
        let mut told = [0; 15];
        for answer in answers {
            let one = answer.as_ref().map_or_else(|refused| Some(Told::refused(refused)), Told::outcome);
            if let Some(one) = one {
                told[one as usize] += 1;
            }
        }
        for (index, number) in told.into_iter().enumerate().filter(|(_, number)| *number > 0) {
            self.0.add(index, number);
        }
    }

    /// Somebody who did not come to the desk, or several together.
    pub(crate) fn refused(&self, refused: &Refused) {
        self.one(Told::refused(refused));
    }

    pub(crate) fn together(&self, result: &Result<Together, StoreError>) {
        match result {
            Ok(Together::Registered(outcomes)) => {
                outcomes.iter().filter_map(Told::outcome).for_each(|told| self.one(told));
            }
            Ok(Together::Refused { refused, .. }) => self.refused(refused),
            Ok(Together::Replayed(_)) => self.one(Told::Replayed),
            Ok(Together::KeyOfAnother) => self.one(Told::KeyOfAnother),
            Err(_) => self.one(Told::Failed),
        }
    }

    pub(crate) fn asked(&self, result: &Result<Asked, StoreError>) {
        match result {
            Ok(Asked::Pending) => self.one(Told::Pending),
            Ok(Asked::Replayed(_)) => self.one(Told::Replayed),
            Ok(Asked::Refused(refused)) => self.refused(refused),
            Err(_) => self.one(Told::Failed),
        }
    }

    pub(crate) fn confirmed(&self, result: &Result<Confirmed, StoreError>) {
        match result {
            Ok(Confirmed::Done { registration, first: true }) => {
                if let Some(told) = Told::status(registration.status) {
                    self.one(told);
                }
            }
            Ok(Confirmed::Refused(refused)) => self.refused(refused),
            Ok(Confirmed::Replayed(_)) => self.one(Told::Replayed),
            Ok(Confirmed::KeyOfAnother) => self.one(Told::KeyOfAnother),
            // Nobody asks for a seat who has one, or has given it back.
            Ok(Confirmed::Done { .. } | Confirmed::Cancelled | Confirmed::NotFound) => {}
            Err(_) => self.one(Told::Failed),
        }
    }

    fn one(&self, told: Told) {
        self.0.add(told as usize, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_has_its_own_counter() {
        for (index, told) in Told::ALL.into_iter().enumerate() {
            assert_eq!(told as usize, index);
        }
        let figures = RegistrationFigures::default();
        figures.answered(&[Err(Refused::Overloaded), Err(Refused::ReferenceTaken), Err(Refused::Overloaded)]);
        figures.refused(&Refused::Overloaded);
        let of = |told: Told| figures.0.family.get_or_create_owned(&[("outcome", told.as_str())]).get();
        assert_eq!([of(Told::Overloaded), of(Told::ReferenceTaken), of(Told::Confirmed)], [3, 1, 0]);
    }
}
