//! The representation of a mail about a registration: its status, without its text and address.

use chrono::{DateTime, Utc};
use plenaria_domain::registration::message::MailFailure;
use plenaria_persistence::mail::list::Message;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::request::pagination::Page;
use crate::schemas;

/// A mail about a registration.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageDto {
    /// The message's permanent id.
    #[schema(value_type = schemas::Id)]
    id: Uuid,
    /// The kind of message.
    #[schema(value_type = schemas::MessageKind)]
    kind: &'static str,
    /// The registration of the recipient.
    #[schema(value_type = schemas::Id)]
    registration_id: Uuid,
    /// The delivery status.
    #[schema(value_type = schemas::MessageStatus)]
    status: &'static str,
    /// Why delivery failed. Null unless the status is `refused`.
    #[schema(value_type = Option<schemas::MessageReason>)]
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
