//! Lists of an event's registrations, for its organisers and for partners.

use plenaria_domain::email::EmailAddress;
use plenaria_domain::ids::{EventId, RegistrationId};
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait as _, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use crate::access::Seen;
use crate::entity::registration::{Column, Entity, Model};
use crate::{Access, Store, StoreError, confirmation_requests, queue, registrations, rows};

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
        let rows = rows::first(selected(filter, &seen, self.backend()), limit, self.reads()).await?;
        let numbers = rows.iter().filter_map(|row| row.queue_number).collect();
        let places = queue::places(self.reads(), filter.event, numbers).await?;
        let place = |row: &Model| row.queue_number.and_then(|number| places.get(&number).copied());
        rows.into_iter()
            .map(|row| (place(&row), row))
            .map(|(place, row)| registrations::registration(row, place))
            .collect()
    }
}

/// The query of what is asked for, within what may be seen, in the order of ids.
pub(crate) fn selected(filter: &RegistrationFilter, seen: &Seen, backend: DbBackend) -> Select<Entity> {
    let mut query = Entity::find().filter(Column::ErasedAt.is_null()).filter(seen.registrations());
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
    let finds_few = filter.email.is_some() || filter.external_reference.is_some() || filter.updated_since.is_some();
    if backend == DbBackend::Postgres && !finds_few {
        return along_an_index(query, filter, seen);
    }
    query = query.filter(Column::EventId.eq(filter.event.0));
    if let Some(after) = filter.after {
        query = query.filter(Column::Id.gt(after.0));
    }
    query.order_by_asc(Column::Id)
}

/// The registrations of an event, or a part of them that has an index, behind an id. That they are of this event is said as
/// where in the index to begin and where to end: were it said to be equal, `PostgreSQL` might walk along the primary key
/// instead, over the registrations of all events before a large one, or gather and sort all that there are.
fn along_an_index(query: Select<Entity>, filter: &RegistrationFilter, seen: &Seen) -> Select<Entity> {
    let column = |column: Column| Expr::col((Entity, column));
    let part = match (seen, filter.status) {
        (Seen::OwnOnly(access), _) => Some((Column::Source, Expr::val(access.organisation().as_str()))),
        (Seen::All, Some(status)) if status != RegistrationStatus::Confirmed => Some((Column::Status, word(status))),
        (Seen::All, _) => None,
    };
    let (mut columns, mut values) = (vec![Column::EventId], vec![Expr::val(filter.event.0)]);
    if let Some((column, value)) = part {
        columns.push(column);
        values.push(value);
    }
    let ending = Expr::tuple(columns.iter().copied().map(column)).lte(Expr::tuple(values.clone()));
    columns.push(Column::Id);
    values.push(Expr::val(filter.after.map_or(Uuid::nil(), |after| after.0)));
    let beginning = Expr::tuple(columns.iter().copied().map(column)).gt(Expr::tuple(values));
    let query = query.filter(beginning).filter(ending);
    columns.into_iter().fold(query, QueryOrder::order_by_asc)
}

/// The condition on a status. It stands in the text itself, and twice for all but the confirmed, so that their own index is
/// found: an index with a condition is taken only where the query has the same. It is a word of ours.
fn stands(status: RegistrationStatus) -> Condition {
    let unconfirmed = (status != RegistrationStatus::Confirmed).then(|| Expr::cust("status <> 'confirmed'"));
    Condition::all().add(Expr::col((Entity, Column::Status)).eq(word(status))).add_option(unconfirmed)
}

fn word(status: RegistrationStatus) -> Expr {
    Expr::cust(format!("'{}'", status.as_str()))
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
    let pending = Entity::find().select_only().column(Column::Id).filter(Column::EventId.eq(event.0));
    let pending = pending.filter(Column::LiveEmail.is_in(confirmation_requests::slots(email.key())));
    either.union(UnionType::All, QueryTrait::into_query(pending));
    either
}
