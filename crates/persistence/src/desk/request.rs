//! The requests that the desk serves: everything that changes an event's registrations.

use std::sync::Arc;

use plenaria_domain::audit::AuditContext;
use plenaria_domain::registration::message::Requester;
use plenaria_domain::registration::{Attendee, Registration};
use plenaria_domain::validation::FieldError;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::{ClientId, EventId, RegistrationId};
use plenaria_domain::values::time::Instant;
use uuid::Uuid;

use crate::access::Access;
use crate::desk::reply::Reply;
use crate::idempotency::IdempotencyGuard;

/// A request to change registrations of one event.
#[derive(Clone)]
pub struct Request {
    /// The event.
    pub event: EventId,
    /// The time of the request; it is compared with the event's times.
    pub now: Instant,
    /// Present if the request has an idempotency key.
    pub idempotency: Option<IdempotencyGuard<Reply>>,
    /// What is requested.
    pub command: Command,
}

/// What a request asks for.
#[derive(Clone)]
pub enum Command {
    /// Registers a person.
    Register(NewRegistration),
    /// Registers all of these people or none. Each item is a [`Command::Register`] for the same event.
    RegisterAll(Vec<Request>),
    /// Stores a registration that gets a seat once its address is confirmed, and queues the mail that asks for it; or,
    /// if the address is registered already, a mail that says so.
    RequestConfirmation(NewRegistration),
    /// Queues a mail with the link to manage the address's registration, or to confirm its newest pending request. Does
    /// nothing if there are neither.
    ResendLink {
        /// The address.
        email: EmailAddress,
        /// The kind of caller.
        requester: Requester,
    },
    /// Confirms the address of a pending registration, which then gets a seat or a place on the waiting list.
    Confirm(RegistrationId),
    /// Cancels a registration. A seat that becomes free goes to the first person on the waiting list.
    Cancel {
        /// The registration.
        target: Target,
        /// The reason that the caller gave.
        reason: Option<String>,
    },
    /// Takes a cancellation back. The registration gets what a new one would get now.
    Reinstate(Target),
    /// Erases a registration's personal data, after cancelling it if it is active and the event has not ended.
    Erase(Target),
    /// Changes the details of a registration.
    Update {
        /// The registration.
        target: Target,
        /// Computes the new details. A change of the address is ignored.
        change: Change,
        /// The corrected address. The caller must organise the event.
        address: Option<EmailAddress>,
    },
    /// Records whether one person attended.
    Attend {
        /// The registration.
        target: Target,
        /// Whether the person attended.
        attended: bool,
    },
    /// Records the attendance of several people.
    RecordAttendance(RecordAttendance),
    /// Gives free seats to the first people on the waiting list, after the capacity was raised or the counts repaired.
    Promote,
}

/// A person to register.
#[derive(Clone)]
pub struct NewRegistration {
    /// The id that the registration will have. The caller makes it, so that the desk recognises its own rows when a
    /// batch was committed but the database's acknowledgement was lost.
    pub id: RegistrationId,
    /// The event.
    pub event_id: EventId,
    /// The person.
    pub attendee: Attendee,
    /// The client that registers the person; `None` for the public form.
    pub client: Option<ClientId>,
    /// The client's own reference for the registration.
    pub external_reference: Option<String>,
    /// The origin of the request: the client's organisation, or `public`.
    pub source: String,
    /// The version of the privacy notice that was accepted.
    pub privacy_notice: String,
    /// When the request arrived.
    pub received_at: Instant,
}

/// Computes the new details of a registration from the current ones.
pub type Change = Arc<dyn Fn(&Attendee) -> Result<Attendee, Vec<FieldError>> + Send + Sync>;

/// A condition on a registration (`If-Match`).
pub type Precondition = Arc<dyn Fn(&Registration) -> bool + Send + Sync>;

/// The registration that a request changes.
#[derive(Clone)]
pub struct Target {
    /// Its id.
    pub id: RegistrationId,
    /// The rights that the caller must have.
    pub access: RequiredAccess,
    /// The condition that it must meet.
    pub precondition: Precondition,
    /// Whether the condition depends on the position on the waiting list.
    pub compares_position: bool,
    /// Who makes the request, for the audit log.
    pub audit: AuditContext,
}

/// The rights that a caller must have to change a registration.
#[derive(Clone, Debug)]
pub enum RequiredAccess {
    /// None: the caller is the registered person.
    Holder,
    /// The organisation must see the registration.
    Visible(Access),
    /// The organisation must own or co-organise the event.
    Organised(Access),
    /// The organisation must own the event.
    Owned(Access),
}

impl RequiredAccess {
    /// The rights for a change for which it is enough to see the registration; `None`: the caller is its holder.
    pub fn to_see(access: Option<Access>) -> Self {
        access.map_or(Self::Holder, Self::Visible)
    }

    /// The access rights of the calling organisation; `None`: the caller is the registered person.
    pub(crate) const fn organisation(&self) -> Option<&Access> {
        match self {
            Self::Holder => None,
            Self::Visible(access) | Self::Organised(access) | Self::Owned(access) => Some(access),
        }
    }
}

/// The attendance of several people.
#[derive(Clone, Debug)]
pub struct RecordAttendance {
    /// The caller's access rights; `None` for an operator.
    pub access: Option<Access>,
    /// Who records it.
    pub audit: AuditContext,
    /// The people. Of several entries for one registration the last one counts.
    pub entries: Vec<AttendanceEntry>,
}

/// Whether one person attended.
#[derive(Clone, Debug)]
pub struct AttendanceEntry {
    /// The person's registration.
    pub attendee: AttendeeRef,
    /// Whether the person attended.
    pub attended: bool,
    /// When, if the caller knows it. It replaces a recorded time.
    pub at: Option<Instant>,
}

/// How an entry names a registration of the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttendeeRef {
    /// By its id.
    Registration(RegistrationId),
    /// By the person's address. An active registration precedes a cancelled one.
    Email(EmailAddress),
    /// By a client's external reference. A registration of the calling client precedes those of others.
    ExternalReference(String),
}

impl Request {
    /// A request to register a person.
    pub fn register(new: NewRegistration, idempotency: Option<IdempotencyGuard<Reply>>) -> Self {
        Self { event: new.event_id, now: new.received_at, idempotency, command: Command::Register(new) }
    }

    /// How many people the request is about: the share of a batch that it takes.
    pub(crate) fn size(&self) -> usize {
        match &self.command {
            Command::RegisterAll(items) => items.len().max(1),
            Command::RecordAttendance(attendance) => attendance.entries.len().max(1),
            _ => 1,
        }
    }

    /// The people that the request registers; none for other requests.
    pub(crate) fn new_registrations(&self) -> impl Iterator<Item = &NewRegistration> {
        let (one, all) = match &self.command {
            Command::Register(new) | Command::RequestConfirmation(new) => (Some(new), [].as_slice()),
            Command::RegisterAll(items) => (None, items.as_slice()),
            _ => (None, [].as_slice()),
        };
        one.into_iter().chain(all.iter().filter_map(|item| match &item.command {
            Command::Register(new) => Some(new),
            _ => None,
        }))
    }

    /// The registration that the request names by its id, with the rights that the caller must have.
    pub(crate) const fn target(&self) -> Option<&Target> {
        match &self.command {
            Command::Cancel { target, .. }
            | Command::Reinstate(target)
            | Command::Erase(target)
            | Command::Update { target, .. }
            | Command::Attend { target, .. } => Some(target),
            _ => None,
        }
    }

    /// The guards of the request and of its items.
    pub(crate) fn guards(&self) -> impl Iterator<Item = &IdempotencyGuard<Reply>> {
        let items: &[Self] = match &self.command {
            Command::RegisterAll(items) => items,
            _ => &[],
        };
        self.idempotency.iter().chain(items.iter().filter_map(|item| item.idempotency.as_ref()))
    }
}

impl NewRegistration {
    /// The unique combination of event, client and external reference; `None` if the request has no reference.
    pub(crate) fn reference(&self) -> Option<(Uuid, Uuid, String)> {
        let (client, reference) = self.client.zip(self.external_reference.as_ref())?;
        Some((self.event_id.0, client.0, reference.clone()))
    }
}
