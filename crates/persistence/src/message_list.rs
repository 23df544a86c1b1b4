//! What was mailed about an event's registrations, for its organisers and for partners: whom they may see, and no more.

use plenaria_domain::ids::{EventId, MessageId, RegistrationId};
use plenaria_domain::message::{GivenUp, MessageKind, MessageStatus};
use plenaria_domain::time::Instant;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::access::Seen;
use crate::entity::message::{Column, Entity, Model};
use crate::entity::registration;
use crate::{Access, Store, StoreError};

/// Which messages of an event.
#[derive(Clone, Debug)]
pub struct MessageFilter {
    /// The event.
    pub event: EventId,
    /// Only those of which this has become.
    pub status: Option<MessageStatus>,
    /// Only those about this registration.
    pub registration: Option<RegistrationId>,
    /// Only those older than this one.
    pub before: Option<Uuid>,
}

/// A message, without what it says.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// What it is about.
    pub kind: MessageKind,
    /// About whose registration.
    pub registration: RegistrationId,
    /// What has become of it.
    pub status: MessageStatus,
    /// Why it was given up, and the mail server's code.
    pub given_up: Option<(GivenUp, Option<u16>)>,
    /// How often it was tried; one attempt may be under way.
    pub attempts: u32,
    /// When it is tried (again); `None` once that is over.
    pub next_attempt_at: Option<Instant>,
    /// When that was over.
    pub ended_at: Option<Instant>,
    /// When there was something to say.
    pub created_at: Instant,
}

impl Store {
    /// The messages about those registrations of an event that the organisation may see, the newest first, at most `limit`
    /// of them.
    pub async fn messages(
        &self,
        access: &Access,
        filter: &MessageFilter,
        limit: u64,
    ) -> Result<Vec<Message>, StoreError> {
        let seen = access.of_event(self.reads(), filter.event).await?;
        let about =
            Entity::belongs_to(registration::Entity).from(Column::RegistrationId).to(registration::Column::Id).into();
        let mut query = Entity::find()
            .join(JoinType::InnerJoin, about)
            // A message may be queued in the very moment in which its person is erased.
            .filter(registration::Column::ErasedAt.is_null())
            .filter(seen.registrations());
        if let Some(status) = filter.status {
            query = query.filter(Expr::cust(has(status)));
        }
        if let Some(registration) = filter.registration {
            query = query.filter(Column::RegistrationId.eq(registration.0));
        }
        // Both name the same event. SQLite would look through all messages of the event that is named first, where those of
        // a registration, or of a partner's few, have an index of their own.
        let by_registration = filter.registration.is_some() || matches!(seen, Seen::OwnOnly(_));
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

/// The condition in the text itself, because it is that of an index.
const fn has(status: MessageStatus) -> &'static str {
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
            let given_up = row.error.as_deref().and_then(GivenUp::read);
            (MessageStatus::Refused, Some(given_up.ok_or_else(|| corrupt("given up for no known reason"))?))
        }
        _ => return Err(corrupt("an unknown state")),
    };
    let waits = status == MessageStatus::Queued;
    Ok(Message {
        id: MessageId(row.id),
        kind: MessageKind::parse(&row.kind).map_err(|_| corrupt("a kind that is none"))?,
        registration: row.registration_id.map(RegistrationId).ok_or_else(|| corrupt("a message about nobody"))?,
        status,
        given_up,
        attempts: u32::try_from(row.attempts).map_err(|_| corrupt("so many attempts that it is no number"))?,
        next_attempt_at: waits.then_some(row.next_attempt_at),
        // Where it was not written down yet there is the end of the last lease, minutes later at most.
        ended_at: (!waits).then(|| row.ended_at.unwrap_or(row.next_attempt_at)),
        created_at: row.created_at,
    })
}
