//! The representation of a mail about a registration: its status, without its text and address.

use chrono::{DateTime, Utc};
use plenaria_domain::registration::message::MailFailure;
use plenaria_persistence::mail::list::Message;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::request::pagination::Page;

/// A mail about a registration.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageDto {
    /// The message's permanent id.
    #[schema(example = "019a0000-0000-7000-8000-000000000008")]
    id: Uuid,
    /// The kind of message.
    #[schema(value_type = MessageKindDto, example = "registered")]
    kind: &'static str,
    /// The registration of the recipient.
    #[schema(example = "019a0000-0000-7000-8000-000000000004")]
    registration_id: Uuid,
    /// The delivery status.
    #[schema(value_type = MessageStatusDto, example = "refused")]
    status: &'static str,
    /// Why delivery failed. Null unless the status is `refused`.
    #[schema(value_type = Option<MessageReasonDto>, example = "rejected")]
    reason: Option<&'static str>,
    /// With `rejected` and `expired`: the mail server's last reply code (RFC 5321), for example 550 for an unknown mailbox. The
    /// text of the reply is not stored, because servers repeat addresses in it.
    #[schema(minimum = 400, maximum = 599, example = 550)]
    smtp_code: Option<u16>,
    /// The number of delivery attempts. Attempts that could not reach the mail server are not counted.
    #[schema(example = 1)]
    attempts: u32,
    /// The earliest time of the next attempt. Null when there is none.
    #[schema(example = json!(null))]
    next_attempt_at: Option<DateTime<Utc>>,
    /// When a mail server accepted the message, or delivery failed for good. Null before that.
    #[schema(example = "2026-11-23T09:00:02Z")]
    ended_at: Option<DateTime<Utc>>,
    /// When the event happened that the message is about.
    #[schema(example = "2026-11-23T09:00:00Z")]
    created_at: DateTime<Utc>,
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessagePage {
    /// The messages.
    #[schema(max_items = 100)]
    pub(super) data: Vec<MessageDto>,
    /// The page size, and the cursor of the next page.
    pub(super) page: Page,
}

/// The kind of message.
#[derive(ToSchema)]
#[schema(as = MessageKind, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum MessageKindDto {
    /// The person has a seat.
    Registered,
    /// The person is on the waiting list.
    Waitlisted,
    /// The person got a seat from the waiting list.
    Promoted,
    /// The registration was cancelled.
    Cancelled,
    /// A request to confirm the address.
    ConfirmAddress,
    /// A reply to a second registration with the same address.
    AlreadyRegistered,
    /// The link to manage the registration.
    ManageLink,
    /// A reminder that the event starts soon.
    Reminder,
    /// The message after the event, with its materials.
    FollowUp,
    /// The event's time, venue or programme changed.
    EventChanged,
    /// The event was cancelled.
    EventCancelled,
    /// The event was cancelled, and takes place after all.
    EventReinstated,
    /// An organiser has taken back the registration's cancellation.
    RegistrationReinstated,
    /// An organiser has corrected the registration's address: the message to the new address.
    AddressChanged,
    /// An organiser has corrected the registration's address: the message to the former address.
    AddressReplaced,
}

/// The delivery status of a message.
#[derive(ToSchema)]
#[schema(as = MessageStatus, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum MessageStatusDto {
    /// The message is waiting for its first or next attempt.
    Queued,
    /// A mail server accepted the message. Whether it reached the mailbox is unknown.
    Sent,
    /// Delivery failed for good.
    Refused,
}

/// Why the delivery of a message failed.
#[derive(ToSchema)]
#[schema(as = MessageReason, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum MessageReasonDto {
    /// The mail server rejected the message permanently.
    Rejected,
    /// The mail server deferred the message for four days.
    Expired,
    /// The mail server cannot deliver to addresses like this one.
    Unsupported,
    /// The message could not be rendered: an error in this server.
    Unwritable,
}

impl MessageDto {
    pub(super) fn new(message: &Message) -> Self {
        let (reason, code) = message.given_up.unzip();
        Self {
            id: message.id.0,
            kind: message.kind.as_str(),
            registration_id: message.registration.0,
            status: message.status.as_str(),
            reason: reason.map(MailFailure::as_str),
            smtp_code: code.flatten(),
            attempts: message.attempts,
            next_attempt_at: message.next_attempt_at,
            ended_at: message.ended_at,
            created_at: message.created_at,
        }
    }
}
