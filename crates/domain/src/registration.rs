//! Registrations: one person's place at one event.

use chrono::TimeDelta;
use serde_json::{Map, Value};

use crate::string_enum::string_enum;
use crate::country::Country;
use crate::definition::Definition;
use crate::email::EmailAddress;
use crate::ids::{EventId, RegistrationId};
use crate::language::MessageLanguage;
use crate::refusal::{Form, InvalidValue};
use crate::seats::Released;
use crate::slug::Slug;
use crate::text;
use crate::time::Instant;

string_enum!(
    /// Where a registration stands.
    RegistrationStatus {
        /// The address has not been confirmed.
        Pending = "pending",
        /// It holds a seat.
        Confirmed = "confirmed",
        /// It holds a place in the queue.
        Waitlisted = "waitlisted",
        /// It was given back.
        Cancelled = "cancelled",
    }
);

/// The greatest length of a name, an organisation, a position and a city, in characters.
pub const MAX_TEXT: usize = 200;
/// The greatest length of the access needs, in characters.
pub const MAX_ACCESS_NEEDS: usize = 500;
/// The greatest length of a reason for cancelling, in characters.
pub const MAX_REASON: usize = 500;

/// The greatest length of a client's own name for a registration, in characters.
pub const MAX_REFERENCE: usize = 100;

/// How long an address may be confirmed after it was given; what is not confirmed until then is forgotten.
pub const CONFIRM_WITHIN: TimeDelta = TimeDelta::hours(48);

/// Cleans a name, an organisation, a position or a city. These appear in mails that anybody can have sent to anybody, so they
/// must not hold addresses of the web.
pub fn short_text(value: &str) -> Result<String, InvalidValue> {
    let cleaned = text::clean(value, 1, MAX_TEXT)?;
    if text::has_web_address(&cleaned) {
        return Err(InvalidValue::Format { expected: Form::NoWebAddress });
    }
    Ok(cleaned)
}

/// Cleans the access needs, which may have several lines.
pub fn access_needs(value: &str) -> Result<String, InvalidValue> {
    text::clean_multiline(value, 1, MAX_ACCESS_NEEDS)
}

/// Cleans a reason for cancelling, which may have several lines.
pub fn reason(value: &str) -> Result<String, InvalidValue> {
    text::clean_multiline(value, 1, MAX_REASON)
}

/// Cleans a client's own name for a registration.
pub fn external_reference(value: &str) -> Result<String, InvalidValue> {
    text::clean(value, 1, MAX_REFERENCE)
}

/// Checks the audience that was chosen, or was not; a blank key chooses none.
pub fn audience(definition: &Definition, key: Option<&str>) -> Result<Option<Slug>, InvalidValue> {
    let audiences = &definition.audiences;
    match key.map(text::trim).filter(|key| !key.is_empty()) {
        None if definition.registration.audience_required => Err(InvalidValue::Required),
        None => Ok(None),
        Some(key) => match audiences.iter().find(|audience| audience.key.as_str() == key) {
            Some(audience) => Ok(Some(audience.key.clone())),
            None => Err(InvalidValue::Choice { choices: audiences.iter().map(|a| a.key.to_string()).collect() }),
        },
    }
}

/// What a person says of themself when registering.
#[derive(Clone, Debug, PartialEq)]
pub struct Attendee {
    /// The address.
    pub email: EmailAddress,
    /// The full name.
    pub name: String,
    /// The organisation.
    pub organisation: Option<String>,
    /// The position held there.
    pub position: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The country.
    pub country: Option<Country>,
    /// A key of the event's audiences.
    pub audience: Option<Slug>,
    /// The language for messages.
    pub language: MessageLanguage,
    /// Whether news of the organisers are wanted.
    pub newsletter: bool,
    /// What is needed to take part.
    pub access_needs: Option<String>,
    /// The answers to the event's questions, by key.
    pub answers: Map<String, Value>,
}

/// Where a registration came from, in [`Registration::source`], when anybody made it through the public form.
pub const PUBLIC_SOURCE: &str = "public";

/// A registration as it is kept.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Its id.
    pub id: RegistrationId,
    /// The event.
    pub event_id: EventId,
    /// Where it stands.
    pub status: RegistrationStatus,
    /// The place in the queue, from 1, while it waits.
    pub waitlist_position: Option<u32>,
    /// Who attends.
    pub attendee: Attendee,
    /// A client's own name for it.
    pub external_reference: Option<String>,
    /// [`PUBLIC_SOURCE`], or the organisation of the client that made it.
    pub source: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When it got its seat.
    pub confirmed_at: Option<Instant>,
    /// When it was cancelled.
    pub cancelled_at: Option<Instant>,
    /// Why it was cancelled.
    pub cancellation_reason: Option<String>,
    /// When the person was seen there.
    pub attended_at: Option<Instant>,
    /// Counts its changes, from 1.
    pub revision: i64,
}

/// What cancelling a registration comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancellation {
    /// It was cancelled before; nothing changes.
    AlreadyCancelled,
    /// It gives back what it held; `None`: it held nothing yet.
    GivesBack(Option<Released>),
}

/// The event is over, and with it the time for cancelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event is over")]
pub struct TooLateToCancel;

/// What noting whether somebody was there comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attendance {
    /// It stood so before; nothing changes.
    AsItWas,
    /// It changes to this: the time at which the person was first seen, or nothing.
    Changes(Option<Instant>),
}

/// Only who holds a seat can have been there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the registration holds no seat")]
pub struct HoldsNoSeat;

impl Registration {
    /// What it comes to that at `now` the person is noted as having been there, or not.
    pub fn attend(&self, attended: bool, now: Instant) -> Result<Attendance, HoldsNoSeat> {
        match (self.status, self.attended_at, attended) {
            (RegistrationStatus::Confirmed, Some(_), true) | (RegistrationStatus::Confirmed, None, false) => {
                Ok(Attendance::AsItWas)
            }
            (RegistrationStatus::Confirmed, ..) => Ok(Attendance::Changes(attended.then_some(now))),
            _ => Err(HoldsNoSeat),
        }
    }
}

/// Why what a person said can no longer be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unchangeable {
    /// The registration was given back.
    #[error("the registration was cancelled")]
    Cancelled,
    /// The event is over: what was said then stays, or is erased.
    #[error("the event is over")]
    Ended,
    /// The address is not confirmed yet. The mail that asks for it shows what was said, so it must stay like that.
    #[error("the address is not confirmed yet")]
    Pending,
}

impl RegistrationStatus {
    /// Whether what the person said can be changed at `now`, for an event that ends at `ends_at`.
    pub fn check_changeable(self, now: Instant, ends_at: Instant) -> Result<(), Unchangeable> {
        match self {
            Self::Cancelled => Err(Unchangeable::Cancelled),
            _ if now >= ends_at => Err(Unchangeable::Ended),
            Self::Pending => Err(Unchangeable::Pending),
            Self::Confirmed | Self::Waitlisted => Ok(()),
        }
    }

    /// What cancelling comes to at `now`, for an event that ends at `ends_at`.
    pub fn cancel(self, now: Instant, ends_at: Instant) -> Result<Cancellation, TooLateToCancel> {
        match self {
            Self::Cancelled => Ok(Cancellation::AlreadyCancelled),
            _ if now >= ends_at => Err(TooLateToCancel),
            Self::Pending => Ok(Cancellation::Releases(None)),
            Self::Confirmed => Ok(Cancellation::Releases(Some(Released::Seat))),
            Self::Waitlisted => Ok(Cancellation::Releases(Some(Released::WaitlistPlace))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::minutes;

    fn registration(status: RegistrationStatus, attended_at: Option<Instant>) -> Registration {
        let at = Instant::default();
        Registration {
            id: RegistrationId::new(at),
            event_id: EventId::new(at),
            status,
            waitlist_position: None,
            attendee: Attendee {
                email: EmailAddress::parse("ana@example.org").unwrap(),
                name: "Ana".to_owned(),
                organisation: None,
                position: None,
                city: None,
                country: None,
                audience: None,
                language: MessageLanguage::En,
                newsletter: false,
                access_needs: None,
                answers: Map::new(),
            },
            external_reference: None,
            source: PUBLIC_SOURCE.to_owned(),
            created_at: at,
            updated_at: at,
            confirmed_at: None,
            cancelled_at: None,
            cancellation_reason: None,
            attended_at,
            revision: 1,
        }
    }

    #[test]
    fn only_who_holds_a_seat_was_there_and_the_first_time_counts() {
        use RegistrationStatus::{Cancelled, Confirmed, Pending, Waitlisted};
        let (first, now) = (Instant::default(), Instant::default() + minutes(1));
        let attend = |status, before, attended| registration(status, before).attend(attended, now);
        assert_eq!(attend(Confirmed, None, true), Ok(Attendance::Changes(Some(now))));
        assert_eq!(attend(Confirmed, Some(first), true), Ok(Attendance::AsItWas));
        assert_eq!(attend(Confirmed, Some(first), false), Ok(Attendance::Changes(None)));
        assert_eq!(attend(Confirmed, None, false), Ok(Attendance::AsItWas));
        for status in [Pending, Waitlisted, Cancelled] {
            for (before, attended) in [(None, true), (None, false), (Some(first), true), (Some(first), false)] {
                assert_eq!(attend(status, before, attended), Err(HoldsNoSeat));
            }
        }
    }

    #[test]
    fn cancelling_depends_on_the_status_and_the_end() {
        use RegistrationStatus::{Cancelled, Confirmed, Pending, Waitlisted};
        let end = Instant::default();
        let before = end - minutes(1);
        assert_eq!(Confirmed.cancel(before, end), Ok(Cancellation::Releases(Some(Released::Seat))));
        assert_eq!(Waitlisted.cancel(before, end), Ok(Cancellation::Releases(Some(Released::WaitlistPlace))));
        assert_eq!(Pending.cancel(before, end), Ok(Cancellation::Releases(None)));
        assert_eq!(Confirmed.cancel(end, end), Err(TooLateToCancel));
        assert_eq!(Cancelled.cancel(end, end), Ok(Cancellation::AlreadyCancelled));
    }

    #[test]
    fn changing_depends_on_the_status_and_the_end() {
        use RegistrationStatus::{Cancelled, Confirmed, Pending, Waitlisted};
        let end = Instant::default();
        let before = end - minutes(1);
        for live in [Confirmed, Waitlisted] {
            assert_eq!(live.check_changeable(before, end), Ok(()));
            assert_eq!(live.check_changeable(end, end), Err(Unchangeable::Ended));
        }
        assert_eq!(Pending.check_changeable(before, end), Err(Unchangeable::Pending));
        assert_eq!(Cancelled.check_changeable(before, end), Err(Unchangeable::Cancelled));
        assert_eq!(Cancelled.check_changeable(end, end), Err(Unchangeable::Cancelled));
    }
}
