//! Registrations: one person's registration for one event, its data, and the rules for changing it.

pub mod answers;
pub mod mail_budget;
pub mod message;
pub mod seats;
pub mod statistics;

use chrono::TimeDelta;
use serde_json::{Map, Value};

use crate::event::definition::model::Definition;
use crate::registration::seats::Released;
use crate::string_enum::string_enum;
use crate::validation::{Form, InvalidValue};
use crate::values::country::Country;
use crate::values::email::EmailAddress;
use crate::values::ids::{EventId, RegistrationId};
use crate::values::language::MessageLanguage;
use crate::values::slug::Slug;
use crate::values::text::cleaning::{clean, clean_multiline, trim};
use crate::values::text::links::has_web_address;
use crate::values::time::Instant;

string_enum!(
    /// The status of a registration.
    RegistrationStatus {
        /// The e-mail address has not been confirmed yet.
        Pending = "pending",
        /// The registration holds a seat.
        Confirmed = "confirmed",
        /// The registration is on the waiting list.
        Waitlisted = "waitlisted",
        /// The registration was cancelled.
        Cancelled = "cancelled",
    }
);

/// The greatest length of a name, an organisation, a position and a city, in characters.
pub const MAX_TEXT: usize = 200;
/// The greatest length of the access needs, in characters.
pub const MAX_ACCESS_NEEDS: usize = 500;
/// The greatest length of a cancellation reason, in characters.
pub const MAX_CANCELLATION_REASON: usize = 500;
/// The greatest length of a client's external reference, in characters.
pub const MAX_REFERENCE: usize = 100;

/// The time in which an address must be confirmed. After that the pending registration is removed.
pub const CONFIRMATION_TIMEOUT: TimeDelta = TimeDelta::hours(48);

/// Cleans a name, an organisation, a position or a city. They must not contain web addresses, because they appear in
/// mails that anyone can cause to be sent to any address.
pub fn short_text(value: &str) -> Result<String, InvalidValue> {
    let cleaned = clean(value, 1, MAX_TEXT)?;
    if has_web_address(&cleaned) {
        return Err(InvalidValue::Format { expected: Form::NoWebAddress });
    }
    Ok(cleaned)
}

/// Cleans a description of access needs, which may have several lines.
pub fn access_needs(value: &str) -> Result<String, InvalidValue> {
    clean_multiline(value, 1, MAX_ACCESS_NEEDS)
}

/// Cleans a cancellation reason, which may have several lines.
pub fn cancellation_reason(value: &str) -> Result<String, InvalidValue> {
    clean_multiline(value, 1, MAX_CANCELLATION_REASON)
}

/// Cleans a client's external reference for a registration.
pub fn external_reference(value: &str) -> Result<String, InvalidValue> {
    clean(value, 1, MAX_REFERENCE)
}

/// Checks the chosen audience against the definition. A missing or blank key chooses none.
pub fn audience(definition: &Definition, key: Option<&str>) -> Result<Option<Slug>, InvalidValue> {
    let audiences = &definition.audiences;
    match key.map(trim).filter(|key| !key.is_empty()) {
        None if definition.registration.audience_required => Err(InvalidValue::Required),
        None => Ok(None),
        Some(key) => match audiences.iter().find(|audience| audience.key.as_str() == key) {
            Some(audience) => Ok(Some(audience.key.clone())),
            None if audiences.is_empty() => Err(InvalidValue::Choice { choices: Vec::new() }),
            None => Err(InvalidValue::UnknownOption),
        },
    }
}

/// The data that a person enters to register.
#[derive(Clone, Debug, PartialEq)]
pub struct Attendee {
    /// The e-mail address.
    pub email: EmailAddress,
    /// The full name.
    pub name: String,
    /// The person's organisation.
    pub organisation: Option<String>,
    /// The position in the organisation.
    pub position: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The country.
    pub country: Option<Country>,
    /// The key of the chosen audience.
    pub audience: Option<Slug>,
    /// The language for messages.
    pub language: MessageLanguage,
    /// Whether the person wants the organisers' newsletter.
    pub newsletter: bool,
    /// The person's access needs.
    pub access_needs: Option<String>,
    /// The answers to the event's questions, by key.
    pub answers: Map<String, Value>,
}

/// The [`Registration::source`] of registrations made without a client's token, through the public form.
pub const PUBLIC_SOURCE: &str = "public";

/// A registration as it is stored.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The registration's id.
    pub id: RegistrationId,
    /// The event's id.
    pub event_id: EventId,
    /// The status.
    pub status: RegistrationStatus,
    /// The position on the waiting list, from 1; `None` unless waitlisted.
    pub waitlist_position: Option<u32>,
    /// The person's data.
    pub attendee: Attendee,
    /// The client's external reference.
    pub external_reference: Option<String>,
    /// [`PUBLIC_SOURCE`], or the organisation of the client that made the registration.
    pub source: String,
    /// When the registration was made.
    pub created_at: Instant,
    /// When the registration last changed.
    pub updated_at: Instant,
    /// When the registration got its seat.
    pub confirmed_at: Option<Instant>,
    /// When the registration was cancelled.
    pub cancelled_at: Option<Instant>,
    /// The reason given for the cancellation.
    pub cancellation_reason: Option<String>,
    /// When the person attended; only for people with a seat, so cancelling removes it.
    pub attended_at: Option<Instant>,
    /// The number of the current version, from 1.
    pub revision: i64,
    /// How often the address has been corrected. A manage token is valid only for the address that it was made for.
    pub address_version: i64,
}

/// The effect of cancelling a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancellation {
    /// The registration was cancelled before; nothing changes.
    AlreadyCancelled,
    /// The registration is cancelled and releases what it held; `None`: it held nothing.
    Releases(Option<Released>),
}

/// The effect of reinstating a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reinstatement {
    /// The registration is active; nothing changes.
    AlreadyActive,
    /// The registration was cancelled. It gets what a new registration would get: a seat, a place at the end of the waiting
    /// list, or nothing.
    Admits,
}

/// A registration whose address is not confirmed cannot be reinstated: it was not cancelled, and holds nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address is not confirmed yet")]
pub struct AddressNotConfirmed;

/// Registrations cannot be cancelled after the event's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event is over")]
pub struct TooLateToCancel;

/// The effect of recording whether a person attended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttendanceChange {
    /// The same was recorded before; nothing changes.
    Unchanged,
    /// [`Registration::attended_at`] changes to this value.
    Set(Option<Instant>),
}

/// Attendance can be recorded only for confirmed registrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the registration holds no seat")]
pub struct HoldsNoSeat;

impl Registration {
    /// Decides the effect of recording that the person attended, or did not. Without a time (`at`) the first recorded time
    /// stays, and the first one is `now`; a time replaces the recorded one.
    pub fn record_attendance(
        &self,
        attended: bool,
        at: Option<Instant>,
        now: Instant,
    ) -> Result<AttendanceChange, HoldsNoSeat> {
        if self.status != RegistrationStatus::Confirmed {
            return Err(HoldsNoSeat);
        }
        let recorded = attended.then(|| at.or(self.attended_at).unwrap_or(now));
        Ok(if recorded == self.attended_at { AttendanceChange::Unchanged } else { AttendanceChange::Set(recorded) })
    }
}

/// The reason why a registration's data cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unchangeable {
    /// The registration was cancelled.
    #[error("the registration was cancelled")]
    Cancelled,
    /// The event is over: its registrations can only be erased.
    #[error("the event is over")]
    Ended,
    /// The address is not confirmed yet. The confirmation mail shows the person's data, so they must not change before
    /// that.
    #[error("the address is not confirmed yet")]
    Pending,
}

impl RegistrationStatus {
    /// Checks that the person's data can be changed at `now`, for an event that ends at `ends_at`.
    pub fn check_changeable(self, now: Instant, ends_at: Instant) -> Result<(), Unchangeable> {
        match self {
            Self::Cancelled => Err(Unchangeable::Cancelled),
            _ if now >= ends_at => Err(Unchangeable::Ended),
            Self::Pending => Err(Unchangeable::Pending),
            Self::Confirmed | Self::Waitlisted => Ok(()),
        }
    }

    /// Decides the effect of reinstating the registration.
    pub const fn reinstate(self) -> Result<Reinstatement, AddressNotConfirmed> {
        match self {
            Self::Cancelled => Ok(Reinstatement::Admits),
            Self::Confirmed | Self::Waitlisted => Ok(Reinstatement::AlreadyActive),
            Self::Pending => Err(AddressNotConfirmed),
        }
    }

    /// Decides the effect of cancelling at `now`, for an event that ends at `ends_at`.
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
    use crate::values::time::minutes;

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
            address_version: 0,
        }
    }

    #[test]
    fn only_confirmed_people_attend_and_the_first_time_stays() {
        use RegistrationStatus::{Cancelled, Confirmed, Pending, Waitlisted};
        let (first, now) = (Instant::default(), Instant::default() + minutes(1));
        let attend = |status, before, attended| registration(status, before).record_attendance(attended, None, now);
        assert_eq!(attend(Confirmed, None, true), Ok(AttendanceChange::Set(Some(now))));
        assert_eq!(attend(Confirmed, Some(first), true), Ok(AttendanceChange::Unchanged));
        assert_eq!(attend(Confirmed, Some(first), false), Ok(AttendanceChange::Set(None)));
        assert_eq!(attend(Confirmed, None, false), Ok(AttendanceChange::Unchanged));
        let at = |before, at| registration(Confirmed, before).record_attendance(true, Some(at), now);
        assert_eq!(at(None, first), Ok(AttendanceChange::Set(Some(first))));
        assert_eq!(at(Some(first), first), Ok(AttendanceChange::Unchanged));
        assert_eq!(at(Some(first), now), Ok(AttendanceChange::Set(Some(now))), "a time replaces the recorded one");
        for status in [Pending, Waitlisted, Cancelled] {
            for (before, attended) in [(None, true), (None, false), (Some(first), true), (Some(first), false)] {
                assert_eq!(attend(status, before, attended), Err(HoldsNoSeat));
            }
        }
    }

    #[test]
    fn only_cancelled_registrations_are_reinstated() {
        use RegistrationStatus::{Cancelled, Confirmed, Pending, Waitlisted};
        assert_eq!(Cancelled.reinstate(), Ok(Reinstatement::Admits));
        for active in [Confirmed, Waitlisted] {
            assert_eq!(active.reinstate(), Ok(Reinstatement::AlreadyActive));
        }
        assert_eq!(Pending.reinstate(), Err(AddressNotConfirmed));
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
        for status in [Confirmed, Waitlisted] {
            assert_eq!(status.check_changeable(before, end), Ok(()));
            assert_eq!(status.check_changeable(end, end), Err(Unchangeable::Ended));
        }
        assert_eq!(Pending.check_changeable(before, end), Err(Unchangeable::Pending));
        assert_eq!(Cancelled.check_changeable(before, end), Err(Unchangeable::Cancelled));
        assert_eq!(Cancelled.check_changeable(end, end), Err(Unchangeable::Cancelled));
    }
}
