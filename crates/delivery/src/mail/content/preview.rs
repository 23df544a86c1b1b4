//! A sample registration for previews of messages: a real event and an invented person.

use chrono::TimeDelta;
use plenaria_domain::event::Event;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::programme::Programme;
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::registration::{Attendee, PUBLIC_SOURCE, Registration, RegistrationStatus};
use plenaria_domain::validation::InvalidValue;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::{EventId, MessageId, RegistrationId};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_domain::values::time::Instant;

use crate::mail::content::message::MailContent;

/// An event and a sample registration for it.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The event. Its programme is empty; messages read sessions from the definition.
    pub event: Event,
    /// The definition before the changes that messages announce: a day earlier, and without the last session.
    pub before: Definition,
    /// The registration.
    pub registration: Registration,
}

impl Sample {
    /// A person of this name and address, registered for the event of this definition.
    ///
    /// # Errors
    /// The address is not valid, or the definition has no times.
    pub fn new(definition: Definition, name: &str, address: &str, now: Instant) -> Result<Self, InvalidValue> {
        let schedule = definition.schedule()?;
        let mut before = definition.clone();
        before.starts -= TimeDelta::days(1);
        before.programme.sessions.pop();
        let event = Event {
            id: EventId::new(now),
            revision: 1,
            updated_at: now,
            cancellation_reason: None,
            starts_at: schedule.starts_at,
            ends_at: schedule.ends_at,
            programme: Programme::default(),
            definition,
        };
        let attendee = Attendee {
            email: EmailAddress::parse(address)?,
            name: name.to_owned(),
            organisation: None,
            position: None,
            city: None,
            country: None,
            audience: None,
            language: MessageLanguage::En,
            newsletter: false,
            access_needs: None,
            answers: serde_json::Map::new(),
        };
        let registration = Registration {
            id: RegistrationId::new(now),
            event_id: event.id,
            status: RegistrationStatus::Confirmed,
            waitlist_position: None,
            attendee,
            external_reference: None,
            source: PUBLIC_SOURCE.to_owned(),
            created_at: now,
            updated_at: now,
            confirmed_at: Some(now),
            cancelled_at: None,
            cancellation_reason: None,
            attended_at: None,
            revision: 1,
            address_version: 0,
        };
        Ok(Self { event, before, registration })
    }

    /// The content of a message of this kind in this language. The registration's status is changed to one that the message
    /// applies to.
    pub fn content<'a>(
        &'a mut self,
        kind: MessageKind,
        language: MessageLanguage,
        changed: &'a [String],
    ) -> MailContent<'a> {
        let now = self.event.updated_at;
        let registration = &mut self.registration;
        registration.attendee.language = language;
        let (status, position) = match kind {
            MessageKind::Waitlisted => (RegistrationStatus::Waitlisted, Some(3)),
            MessageKind::ConfirmAddress => (RegistrationStatus::Pending, None),
            MessageKind::Cancelled => (RegistrationStatus::Cancelled, None),
            _ => (RegistrationStatus::Confirmed, None),
        };
        (registration.status, registration.waitlist_position) = (status, position);
        let had_seat = !matches!(kind, MessageKind::Waitlisted | MessageKind::ConfirmAddress);
        registration.confirmed_at = had_seat.then_some(now);
        registration.cancelled_at = (status == RegistrationStatus::Cancelled).then(|| now + TimeDelta::hours(1));
        MailContent {
            id: MessageId::new(now),
            kind,
            recipient: None,
            at: now,
            changed,
            before: Some(&self.before),
            event: &self.event,
            registration: &self.registration,
        }
    }
}
