//! Lists of an event's registrations, for its organisers and for partners.

use plenaria_domain::email::EmailAddress;
use plenaria_domain::ids::{EventId, RegistrationId};
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Expr, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};

use crate::access::Seen;
use crate::entity::registration::{Column, Entity, Model};
use crate::{Access, Store, StoreError, queue, registrations};

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
        let rows = selected(filter, &seen).order_by_asc(Column::Id).limit(limit).all(self.reads()).await?;
        let numbers = rows.iter().filter_map(|row| row.queue_number).collect();
        let places = queue::places(self.reads(), filter.event, numbers).await?;
        let place = |row: &Model| row.queue_number.and_then(|number| places.get(&number).copied());
        rows.into_iter()
            .map(|row| (place(&row), row))
            .map(|(place, row)| registrations::registration(row, place))
            .collect()
    }
}

/// The query of what is asked for, within what may be seen.
pub(crate) fn selected(filter: &RegistrationFilter, seen: &Seen) -> Select<Entity> {
    let of_event = Column::EventId.eq(filter.event.0);
    let mut query = Entity::find().filter(of_event).filter(Column::ErasedAt.is_null()).filter(seen.registrations());
    if let Some(status) = filter.status {
        query = query.filter(stands(status));
    }
    if let Some(email) = &filter.email {
        query = query.filter(Column::Id.in_subquery(of_address(filter.event, email)));
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
    query
}

/// The condition on a status. It stands in the text itself, and twice for all but the confirmed, so that their own index is
/// found: an index with a condition is taken only where the query has the same. It is a word of ours.
fn stands(status: RegistrationStatus) -> Condition {
    let text = format!("status = '{}'", status.as_str());
    let unconfirmed = (status != RegistrationStatus::Confirmed).then(|| Expr::cust("status <> 'confirmed'"));
    Condition::all().add(Expr::cust(text)).add_option(unconfirmed)
}

/// The ids of an event's registrations of an address, those that were given up among them. Each half has an index of its
/// own; a query that asks for either at once might rather look through all of the event's.
fn of_address(event: EventId, email: &EmailAddress) -> SelectStatement {
    let with = |column: Column| {
        let of_event = Entity::find().select_only().column(Column::Id).filter(Column::EventId.eq(event.0));
        QueryTrait::into_query(of_event.filter(column.eq(email.key())))
    };
    let mut either = with(Column::LiveEmail);
    either.union(UnionType::All, with(Column::FormerEmail));
    either
}
