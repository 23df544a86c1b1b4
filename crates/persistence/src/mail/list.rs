//! Lists the messages about an event's registrations, limited to the registrations that an organisation may see.

use plenaria_domain::registration::message::{MailFailure, MessageKind, MessageStatus};
use plenaria_domain::values::ids::{EventId, MessageId, RegistrationId};
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::access::{Access, Visibility};
use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::message::{Column, Entity, Model};
use crate::entity::registration;

/// Which messages to list.
#[derive(Clone, Debug)]
pub struct MessageFilter {
    /// The event.
    pub event: EventId,
    /// Only messages with this status.
    pub status: Option<MessageStatus>,
    /// Only messages about this registration.
    pub registration: Option<RegistrationId>,
    /// Only messages older than this one.
    pub before: Option<Uuid>,
}

/// A message, without its content.
#[derive(Clone, Debug)]
pub struct Message {
    /// The message's id.
    pub id: MessageId,
    /// The kind of message.
    pub kind: MessageKind,
    /// The registration that it is about.
    pub registration: RegistrationId,
    /// Whether it is queued, sent or given up.
    pub status: MessageStatus,
    /// Why it was given up, and the mail server's code if it gave one.
    pub given_up: Option<(MailFailure, Option<u16>)>,
    /// The number of attempts; the last one may be under way.
    pub attempts: u32,
    /// When the next attempt is due; `None` once it was sent or given up.
    pub next_attempt_at: Option<Instant>,
    /// When it was sent or given up.
    pub ended_at: Option<Instant>,
    /// When its cause happened.
    pub created_at: Instant,
}

impl Store {
    /// Returns at most `limit` messages about those registrations of an event that the organisation may see, newest
    /// first.
    pub async fn messages(
        &self,
        access: &Access,
        filter: &MessageFilter,
        limit: u64,
    ) -> Result<Vec<Message>, StoreError> {
        let visibility = access.visibility_of(self.reads(), filter.event).await?;
        let about =
            Entity::belongs_to(registration::Entity).from(Column::RegistrationId).to(registration::Column::Id).into();
        let mut query = Entity::find()
            .join(JoinType::InnerJoin, about)
            // A message may be queued at the moment in which its registration is erased.
            .filter(registration::Column::ErasedAt.is_null())
            .filter(visibility.registrations());
        if let Some(status) = filter.status {
            query = query.filter(Expr::cust(status_condition(status)));
        }
        if let Some(registration) = filter.registration {
            query = query.filter(Column::RegistrationId.eq(registration.0));
        }
        // Both columns hold the same event. With the message's column SQLite would scan all messages of the event,
        // although an index finds those of one registration or of a partner's few registrations.
        let by_registration = filter.registration.is_some() || matches!(visibility, Visibility::OwnOnly(_));
        query = if by_registration && self.backend() == DbBackend::Sqlite {
            query.filter(registration::Column::EventId.eq(filter.event.0))
        } else {
            query.filter(Column::EventId.eq(filter.event.0))
        };
        if let Some(before) = filter.before {
            query = query.filter(Column::Id.lt(before));
        }
        let rows = query.order_by_desc(Column::Id).limit(limit).all(self.reads()).await?;
        rows.into_iter().map(message).collect()
    }
}

/// The condition is SQL text rather than a parameter, because it must match the condition of a partial index.
const fn status_condition(status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Queued => "messages.state = 'pending'",
        MessageStatus::Sent => "messages.state = 'sent'",
        MessageStatus::Refused => "messages.state = 'failed'",
    }
}

fn message(row: Model) -> Result<Message, StoreError> {
    let corrupt = |what: &str| StoreError::corrupt("messages", what);
    let (status, given_up) = match row.state.as_str() {
        "pending" => (MessageStatus::Queued, None),
        "sent" => (MessageStatus::Sent, None),
        "failed" => {
            let given_up = row.error.as_deref().and_then(MailFailure::parse_stored);
            (MessageStatus::Refused, Some(given_up.ok_or_else(|| corrupt("given up without a known reason"))?))
        }
        _ => return Err(corrupt("an unknown state")),
    };
    let queued = status == MessageStatus::Queued;
    Ok(Message {
        id: MessageId(row.id),
        kind: MessageKind::parse(&row.kind).map_err(|_| corrupt("an unknown kind"))?,
        registration: row
            .registration_id
            .map(RegistrationId)
            .ok_or_else(|| corrupt("a message without a registration"))?,
        status,
        given_up,
        attempts: u32::try_from(row.attempts).map_err(|_| corrupt("the number of attempts is out of range"))?,
        next_attempt_at: queued.then_some(row.next_attempt_at),
        // Older rows have no end. There the end of the last lease is used, which is at most minutes later.
        ended_at: (!queued).then(|| row.ended_at.unwrap_or(row.next_attempt_at)),
        created_at: row.created_at,
    })
}
