//! What mails consist of.

use plenaria_domain::registration::message::MessageKind;
use serde::Serialize;

/// What mails say.
#[derive(Debug, Serialize)]
pub struct Mail {
    /// The messages by kind.
    pub messages: Messages,
    /// Sentences of several messages, and those that depend on the registration or on what changed.
    pub sentences: Sentences,
    /// The labels of details and links.
    pub labels: Labels,
}

/// The messages by kind.
#[derive(Debug, Serialize)]
pub struct Messages {
    /// The person has a seat.
    pub registered: Message,
    /// The person is on the waiting list.
    pub waitlisted: Message,
    /// The person got a seat from the waiting list.
    pub promoted: Message,
    /// The registration was cancelled.
    pub cancelled: Message,
    /// Asks the person to confirm the address.
    pub confirm_address: Message,
    /// The address was registered a second time.
    pub already_registered: Message,
    /// The link to the registration, on request.
    pub manage_link: Message,
    /// The event starts soon.
    pub reminder: Message,
    /// The event is over.
    pub follow_up: Message,
    /// Time, place or programme changed. The text follows the sentence about what changed.
    pub event_changed: Message,
    /// The event was cancelled.
    pub event_cancelled: Message,
    /// The event takes place after all.
    pub event_reinstated: Message,
    /// The registration is valid again.
    pub registration_reinstated: Message,
    /// To a registration's new address.
    pub address_changed: Message,
    /// To a registration's former address.
    pub address_replaced: Message,
}

impl Messages {
    /// The message of a kind.
    #[must_use]
    pub const fn of(&self, kind: MessageKind) -> &Message {
        match kind {
            MessageKind::Registered => &self.registered,
            MessageKind::Waitlisted => &self.waitlisted,
            MessageKind::Promoted => &self.promoted,
            MessageKind::Cancelled => &self.cancelled,
            MessageKind::ConfirmAddress => &self.confirm_address,
            MessageKind::AlreadyRegistered => &self.already_registered,
            MessageKind::ManageLink => &self.manage_link,
            MessageKind::Reminder => &self.reminder,
            MessageKind::FollowUp => &self.follow_up,
            MessageKind::EventChanged => &self.event_changed,
            MessageKind::EventCancelled => &self.event_cancelled,
            MessageKind::EventReinstated => &self.event_reinstated,
            MessageKind::RegistrationReinstated => &self.registration_reinstated,
            MessageKind::AddressChanged => &self.address_changed,
            MessageKind::AddressReplaced => &self.address_replaced,
        }
    }
}

/// A message.
#[derive(Debug, Serialize)]
pub struct Message {
    /// The subject.
    pub subject: &'static str,
    /// The heading.
    pub heading: &'static str,
    /// The text. `{seat}` and `{joining}` stand for one of the [`Sentences`], or for nothing.
    pub text: &'static str,
}

/// Sentences of several messages, and those that depend on the registration or on what changed.
#[derive(Debug, Serialize)]
pub struct Sentences {
    /// The salutation.
    pub greeting: &'static str,
    /// The person has a seat.
    pub have_seat: &'static str,
    /// There is no seat at the moment.
    pub full_for_now: &'static str,
    /// The person is on the waiting list.
    pub waiting: &'static str,
    /// The same with the position.
    pub waiting_at: &'static str,
    /// What happens when a seat becomes free.
    pub when_free: &'static str,
    /// From when people can join.
    pub joining: &'static str,
    /// Time and programme changed.
    pub changed_time_and_programme: &'static str,
    /// The time changed.
    pub changed_time: &'static str,
    /// The programme changed.
    pub changed_programme: &'static str,
    /// The place changed.
    pub changed_place: &'static str,
    /// The place changed too.
    pub changed_place_too: &'static str,
    /// There are more changed sessions than listed.
    pub more_changes: &'static str,
    /// The text after an event for a person who attended.
    pub attended: &'static str,
    /// Why the person gets this mail.
    pub why: &'static str,
    /// The mail is automated, and replies are not read.
    pub automated: &'static str,
    /// The mail is automated, and replies reach the organisers.
    pub replies: &'static str,
}

/// The labels of details and links.
#[derive(Debug, Serialize)]
pub struct Labels {
    /// What is between a label and its value.
    pub colon: &'static str,
    /// The event's time.
    pub when: &'static str,
    /// The time in UTC.
    pub in_utc: &'static str,
    /// The place.
    pub place: &'static str,
    /// Online.
    pub online: &'static str,
    /// At the venue.
    pub in_person: &'static str,
    /// Online or at the venue.
    pub hybrid: &'static str,
    /// The organisers' contact details.
    pub contact: &'static str,
    /// The heading of what changed.
    pub changes: &'static str,
    /// A value before the change.
    pub before: &'static str,
    /// A value after the change.
    pub now: &'static str,
    /// A session was added.
    pub session_added: &'static str,
    /// A session is gone.
    pub session_removed: &'static str,
    /// A session was cancelled.
    pub session_cancelled: &'static str,
    /// A session was cancelled before, and takes place now.
    pub session_reinstated: &'static str,
    /// The heading of what was entered in the form.
    pub submitted: &'static str,
    /// The heading of materials.
    pub materials: &'static str,
    /// The heading of surveys.
    pub surveys: &'static str,
    /// The heading of the reason for a cancellation.
    pub reason: &'static str,
    /// The person's name.
    pub name: &'static str,
    /// The person's organisation.
    pub organisation: &'static str,
    /// The person's position.
    pub position: &'static str,
    /// The person's city.
    pub city: &'static str,
    /// The person's country.
    pub country: &'static str,
    /// The person's audience.
    pub audience: &'static str,
    /// The person's access needs.
    pub access_needs: &'static str,
    /// Whether the person wants news.
    pub newsletter: &'static str,
    /// The organisation that registered the person.
    pub source: &'static str,
    /// Yes.
    pub yes: &'static str,
    /// No.
    pub no: &'static str,
    /// The link to the registration.
    pub manage: &'static str,
    /// The link to the registration, on whose page people join.
    pub join: &'static str,
    /// The link that confirms the address.
    pub confirm: &'static str,
    /// The link to the event's page.
    pub event_page: &'static str,
}
