//! Lists an event's registrations, for its organisers and for partner organisations.

use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::{EventId, RegistrationId};
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait as _, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use crate::access::{Access, Visibility};
use crate::database::error::StoreError;
use crate::database::statements::paging;
use crate::database::store::Store;
use crate::entity::registration::{Column, Entity, Model};
use crate::registrations::{active_email, read};
use crate::seats::waitlist;

/// Selects registrations of an event.
#[derive(Clone, Debug)]
pub struct RegistrationFilter {
    /// The event.
    pub event: EventId,
    /// Only those with this status.
    pub status: Option<RegistrationStatus>,
    /// Only those of this address, compared by its normalised form.
    pub email: Option<EmailAddress>,
    /// Only those with this external reference.
    pub external_reference: Option<String>,
    /// Only those that changed at or after this instant.
    pub updated_since: Option<Instant>,
    /// Only those whose id is greater than this one.
    pub after: Option<RegistrationId>,
}

impl Store {
    /// The registrations that the organisation may see, ordered by id, at most `limit`.
    pub async fn registrations(
        &self,
        access: &Access,
        filter: &RegistrationFilter,
        limit: u64,
    ) -> Result<Vec<Registration>, StoreError> {
        let visibility = access.visibility_of(self.reads(), filter.event).await?;
        let rows = paging::first_rows(select(filter, &visibility, self.backend()), limit, self.reads()).await?;
        let numbers = rows.iter().filter_map(|row| row.waitlist_number).collect();
        let positions = waitlist::positions(self.reads(), filter.event, numbers).await?;
        let position = |row: &Model| row.waitlist_number.and_then(|number| positions.get(&number).copied());
        rows.into_iter().map(|row| (position(&row), row)).map(|(position, row)| read::from_row(row, position)).collect()
    }
}

/// Selects the visible registrations that match the filter, ordered by id.
pub(crate) fn select(filter: &RegistrationFilter, visibility: &Visibility, backend: DbBackend) -> Select<Entity> {
    let mut query = Entity::find().filter(Column::ErasedAt.is_null()).filter(visibility.registrations());
    if let Some(status) = filter.status {
        query = query.filter(has_status(status));
    }
    if let Some(email) = &filter.email {
        query = query.filter(Column::Id.in_subquery(ids_of_address(filter.event, email)));
    }
    if let Some(reference) = &filter.external_reference {
        query = query.filter(Column::ExternalReference.eq(reference));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(Column::UpdatedAt.gte(since));
    }
    let is_selective = filter.email.is_some() || filter.external_reference.is_some() || filter.updated_since.is_some();
    if backend == DbBackend::Postgres && !is_selective {
        return select_along_index(query, filter, visibility);
    }
    query = query.filter(Column::EventId.eq(filter.event.0));
    if let Some(after) = filter.after {
        query = query.filter(Column::Id.gt(after.0));
    }
    query.order_by_asc(Column::Id)
}

/// Restricts the query to the event, as a range of an index that has the event, for some filters one more column, and
/// the id. With a condition of equality on the event, `PostgreSQL` might scan the primary key instead, across the
/// registrations of all other events, or collect and sort all of the event's registrations.
fn select_along_index(query: Select<Entity>, filter: &RegistrationFilter, visibility: &Visibility) -> Select<Entity> {
    let column = |column: Column| Expr::col((Entity, column));
    let indexed = match (visibility, filter.status) {
        (Visibility::OwnOnly(access), _) => Some((Column::Source, Expr::val(access.organisation().as_str()))),
        (Visibility::All, Some(status)) if status != RegistrationStatus::Confirmed => {
            Some((Column::Status, literal(status)))
        }
        (Visibility::All, _) => None,
    };
    let (mut columns, mut values) = (vec![Column::EventId], vec![Expr::val(filter.event.0)]);
    if let Some((column, value)) = indexed {
        columns.push(column);
        values.push(value);
    }
    let end = Expr::tuple(columns.iter().copied().map(column)).lte(Expr::tuple(values.clone()));
    columns.push(Column::Id);
    values.push(Expr::val(filter.after.map_or(Uuid::nil(), |after| after.0)));
    let start = Expr::tuple(columns.iter().copied().map(column)).gt(Expr::tuple(values));
    let query = query.filter(start).filter(end);
    columns.into_iter().fold(query, QueryOrder::order_by_asc)
}

/// Matches a status. The status is a literal in the SQL text, and all statuses but `confirmed` also have the condition
/// of their partial index, because the database uses a partial index only for a query that contains its condition.
fn has_status(status: RegistrationStatus) -> Condition {
    let unconfirmed = (status != RegistrationStatus::Confirmed).then(|| Expr::cust("status <> 'confirmed'"));
    Condition::all().add(Expr::col((Entity, Column::Status)).eq(literal(status))).add_option(unconfirmed)
}

fn literal(status: RegistrationStatus) -> Expr {
    Expr::cust(format!("'{}'", status.as_str()))
}

/// Selects the ids of an event's registrations of an address, including cancelled and pending ones. Each part of the
/// union has an index of its own; for a single condition with `OR` the database might scan all registrations of the
/// event.
fn ids_of_address(event: EventId, email: &EmailAddress) -> SelectStatement {
    let with = |column: Column| {
        let of_event = Entity::find().select_only().column(Column::Id).filter(Column::EventId.eq(event.0));
        QueryTrait::into_query(of_event.filter(column.eq(email.key())))
    };
    let mut ids = with(Column::ActiveEmail);
    ids.union(UnionType::All, with(Column::FormerEmail));
    let pending = Entity::find().select_only().column(Column::Id).filter(Column::EventId.eq(event.0));
    let pending = pending.filter(Column::ActiveEmail.is_in(active_email::pending_slots(email.key())));
    ids.union(UnionType::All, QueryTrait::into_query(pending));
    ids
}
