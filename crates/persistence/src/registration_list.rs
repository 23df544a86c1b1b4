//! Lists of an event's registrations, for its organisers and for partners.

use std::collections::HashMap;

use plenaria_domain::email::EmailAddress;
use plenaria_domain::ids::{EventId, RegistrationId};
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::time::Instant;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entity::registration::{Column, Entity, Model};
use crate::{Access, Store, StoreError, registrations, rows};

/// A live place in the queue, as [`registrations`] counts it.
const POSITION: &str = "(SELECT COUNT(*) FROM registrations AS ahead WHERE ahead.event_id = registrations.event_id \
                        AND ahead.queue_number <= registrations.queue_number)";

/// Which registrations of an event.
#[derive(Clone, Debug)]
pub struct RegistrationFilter {
    /// The event.
    pub event: EventId,
    /// Only those that stand so.
    pub status: Option<RegistrationStatus>,
    /// Only those of this address, compared as addresses are.
    pub email: Option<EmailAddress>,
    /// Only those with this name of a client's own.
    pub external_reference: Option<String>,
    /// Only those that changed then or later.
    pub updated_since: Option<Instant>,
    /// Only those behind this one.
    pub after: Option<RegistrationId>,
}

impl Store {
    /// The registrations that the organisation may see, in the order of their ids, at most `limit` of them.
    pub async fn registrations(
        &self,
        access: &Access,
        filter: &RegistrationFilter,
        limit: u64,
    ) -> Result<Vec<Registration>, StoreError> {
        let seen = access.of_event(self.reads(), filter.event).await?;
        let of_event = Column::EventId.eq(filter.event.0);
        let mut query = Entity::find().filter(of_event).filter(Column::ErasedAt.is_null()).filter(seen.registrations());
        if let Some(status) = filter.status {
            query = query.filter(Column::Status.eq(status.as_str()));
        }
        if let Some(email) = &filter.email {
            let live = Column::LiveEmail.eq(email.key());
            query = query.filter(Condition::any().add(live).add(Column::FormerEmail.eq(email.key())));
        }
        if let Some(reference) = &filter.external_reference {
            query = query.filter(Column::ExternalReference.eq(reference));
        }
        if let Some(since) = filter.updated_since {
            query = query.filter(Column::UpdatedAt.gte(since));
        }
        if let Some(after) = filter.after {
            query = query.filter(Column::Id.gt(after.0));
        }
        let rows = query.order_by_asc(Column::Id).limit(limit).all(self.reads()).await?;
        let positions = positions(self.reads(), &rows).await?;
        rows.into_iter()
            .map(|row| {
                let position = positions.get(&row.id).copied();
                registrations::registration(row, position)
            })
            .collect()
    }
}

/// The places of those who wait, in one query.
async fn positions<C: ConnectionTrait>(connection: &C, all: &[Model]) -> Result<HashMap<Uuid, u32>, StoreError> {
    let waiting: Vec<Uuid> = all.iter().filter(|row| row.queue_number.is_some()).map(|row| row.id).collect();
    if waiting.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<(Uuid, i64)> = Entity::find()
        .select_only()
        .column(Column::Id)
        .expr_as(Expr::cust(POSITION), "position")
        .filter(Column::Id.is_in(rows::padded(waiting)))
        .filter(Column::QueueNumber.is_not_null())
        .into_tuple()
        .all(connection)
        .await?;
    let place = |(id, place)| Ok((id, u32::try_from(place).map_err(|e| StoreError::corrupt("registrations", e))?));
    places.into_iter().map(place).collect()
}
