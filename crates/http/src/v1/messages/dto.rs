//! A message as callers see it: what became of it, and neither its text nor its address.

use chrono::{DateTime, Utc};
use plenaria_domain::message::GivenUp;
use plenaria_persistence::message_list::Message;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::page::Page;

/// A mail about a registration.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageDto {
    /// Names it for good.
    #[schema(example = "019a0000-0000-7000-8000-000000000008")]
    id: Uuid,
    /// What it says.
    #[schema(value_type = MessageKindDto, example = "registered")]
    kind: &'static str,
    /// The registration whose person it is for.
    #[schema(example = "019a0000-0000-7000-8000-000000000004")]
    registration_id: Uuid,
    /// What has become of it.
    #[schema(value_type = MessageStatusDto, example = "refused")]
    status: &'static str,
    /// Why it was given up; null unless it is `refused`.
    #[schema(value_type = Option<MessageReasonDto>, example = "rejected")]
    reason: Option<&'static str>,
    /// With `rejected` and `expired`: the mail server's last reply code (RFC 5321), such as 550 for a mailbox that is not
    /// there. What else the server said is not kept, since servers repeat addresses.
    #[schema(minimum = 400, maximum = 599, example = 550)]
    smtp_code: Option<u16>,
    /// How often it was tried. A mail server that was not there is not counted.
    #[schema(example = 1)]
    attempts: u32,
    /// When it is tried, or tried again, at the earliest; null once that is over.
    #[schema(example = json!(null))]
    next_attempt_at: Option<DateTime<Utc>>,
    /// When a mail server took it, or it was given up; null before that.
    #[schema(example = "2026-11-23T09:00:02Z")]
    ended_at: Option<DateTime<Utc>>,
    /// When that happened of which it tells.
    #[schema(example = "2026-11-23T09:00:00Z")]
    created_at: DateTime<Utc>,
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessagePage {
    /// The messages.
    #[schema(max_items = 100)]
    pub(super) data: Vec<MessageDto>,
    /// Where this page stands.
    pub(super) page: Page,
}

/// What a message says.
#[derive(ToSchema)]
#[schema(as = MessageKind, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum MessageKindDto {
    /// There is a seat.
    Registered,
    /// There is a place in the queue.
    Waitlisted,
    /// A seat came free.
    Promoted,
    /// The registration was given back.
    Cancelled,
    /// The address is to be confirmed.
    ConfirmAddress,
    /// Somebody asked again for a seat that there is.
    AlreadyRegistered,
    /// The link to manage the registration.
    ManageLink,
    /// The event begins soon.
    Reminder,
    /// The event's time, place or programme changed.
    EventChanged,
    /// The event was called off.
    EventCancelled,
    /// The event had been cancelled and takes place after all.
    EventReinstated,
}

/// What has become of a message.
#[derive(ToSchema)]
#[schema(as = MessageStatus, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum MessageStatusDto {
    /// It is sent, or sent again.
    Queued,
    /// A mail server took it. What that server and those behind it do is not known here.
    Sent,
    /// It was given up for good, and did not arrive.
    Refused,
}

/// Why a message was given up.
#[derive(ToSchema)]
#[schema(as = MessageReason, rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum MessageReasonDto {
    /// The mail server refused it for good.
    Rejected,
    /// The mail server put it off for four days.
    Expired,
    /// The mail server cannot deliver to addresses like this one.
    Unsupported,
    /// It could not be written: a fault of this program.
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
            reason: reason.map(GivenUp::as_str),
            smtp_code: code.flatten(),
            attempts: message.attempts,
            next_attempt_at: message.next_attempt_at,
            ended_at: message.ended_at,
            created_at: message.created_at,
        }
    }
}
