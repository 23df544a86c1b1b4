//! The audit log: who did what to which event, registration, webhook endpoint or client. Entries hold no personal data.

use crate::partner::organisation::Organisation;
use crate::string_enum::string_enum;
use crate::values::ids::ClientId;

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A client of a partner organisation.
    Client {
        /// The client's organisation.
        organisation: Organisation,
        /// The client's id.
        client: ClientId,
    },
    /// The registered person, with a manage token.
    Holder,
    /// Somebody who ran a command of the program on the server.
    Operator,
    /// The program itself, in a background task.
    System,
}

string_enum!(
    /// The kind of an [`Actor`].
    ActorKind {
        /// A client of a partner organisation.
        Client = "client",
        /// The registered person.
        Holder = "holder",
        /// Somebody who ran a command on the server.
        Operator = "operator",
        /// The program itself.
        System = "system",
    }
);

/// Who does something, and in which request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditContext {
    /// Who does it.
    pub actor: Actor,
    /// The request's id; `None` for commands and background tasks.
    pub request_id: Option<String>,
}

string_enum!(
    /// What was done.
    Action {
        /// An event's definition was created or replaced.
        DefinitionPut = "definition.put",
        /// An event was cancelled.
        EventCancelled = "event.cancelled",
        /// A cancelled event was published again.
        EventReinstated = "event.reinstated",
        /// An event was given another slug.
        EventRenamed = "event.renamed",
        /// An event's times, or its search words, were derived again by newer rules.
        EventTimesCorrected = "event.times_corrected",
        /// A person's data were changed.
        RegistrationUpdated = "registration.updated",
        /// A registration was cancelled.
        RegistrationCancelled = "registration.cancelled",
        /// A cancelled registration was taken back.
        RegistrationReinstated = "registration.reinstated",
        /// A person's data were erased.
        RegistrationErased = "registration.erased",
        /// Attendance was recorded or corrected.
        AttendanceRecorded = "attendance.recorded",
        /// A page of registrations was read.
        RegistrationsListed = "registrations.listed",
        /// All registrations of an event were read.
        RegistrationsExported = "registrations.exported",
        /// The registrations of an event were anonymised because their retention period was over.
        RegistrationsAnonymised = "registrations.anonymised",
        /// A page of the messages to attendees was read.
        MessagesListed = "messages.listed",
        /// A webhook endpoint was created.
        WebhookEndpointCreated = "webhook_endpoint.created",
        /// A webhook endpoint was changed.
        WebhookEndpointUpdated = "webhook_endpoint.updated",
        /// A webhook endpoint was deleted.
        WebhookEndpointDeleted = "webhook_endpoint.deleted",
        /// A webhook endpoint was given a new secret.
        WebhookEndpointSecretRotated = "webhook_endpoint.secret_rotated",
        /// A test delivery to a webhook endpoint was queued.
        WebhookEndpointTested = "webhook_endpoint.tested",
        /// A delivery to a webhook endpoint was queued again.
        WebhookDeliveryRedelivered = "webhook_delivery.redelivered",
        /// A client was added.
        ClientAdded = "client.added",
        /// A client was given a new secret.
        ClientSecretRotated = "client.secret_rotated",
        /// A client was disabled.
        ClientDisabled = "client.disabled",
        /// Derived data that were wrong were repaired.
        DatabaseRepaired = "database.repaired",
    }
);

string_enum!(
    /// The kind of object that something was done to.
    TargetKind {
        /// An event.
        Event = "event",
        /// A registration.
        Registration = "registration",
        /// A webhook endpoint.
        WebhookEndpoint = "webhook_endpoint",
        /// A client.
        Client = "client",
        /// The whole database.
        Database = "database",
    }
);

impl Actor {
    /// The actor's kind.
    pub const fn kind(&self) -> ActorKind {
        match self {
            Self::Client { .. } => ActorKind::Client,
            Self::Holder => ActorKind::Holder,
            Self::Operator => ActorKind::Operator,
            Self::System => ActorKind::System,
        }
    }
}

impl AuditContext {
    /// The context of a command on the server.
    pub const fn operator() -> Self {
        Self { actor: Actor::Operator, request_id: None }
    }

    /// The context of a background task.
    pub const fn system() -> Self {
        Self { actor: Actor::System, request_id: None }
    }
}
