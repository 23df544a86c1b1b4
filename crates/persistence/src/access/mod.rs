//! Decides what an organisation may see; every query for a client uses these conditions.
//!
//! An organisation that owns or co-organises an event sees everything that belongs to the event. Any other organisation
//! sees only what its own clients created. These rules are SQL conditions within the query, never filters on its
//! result, so that pages, counts and cursors reveal nothing that the organisation may not see.

pub(crate) mod visibility;

use plenaria_domain::partner::organisation::Organisation;
use plenaria_domain::values::ids::EventId;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait};

use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::{event, event_organisation, registration, webhook_endpoint};

/// The access rights of an organisation.
#[derive(Clone, Debug)]
pub struct Access {
    organisation: Organisation,
}

/// The part of an event's data that an organisation may see.
#[derive(Clone, Debug)]
pub(crate) enum Visibility {
    /// Everything that belongs to the event.
    All,
    /// Only what the organisation's own clients created.
    OwnOnly(Access),
}

impl Access {
    /// The access rights of this organisation's clients.
    pub const fn of(organisation: Organisation) -> Self {
        Self { organisation }
    }

    /// The organisation.
    pub const fn organisation(&self) -> &Organisation {
        &self.organisation
    }

    /// Matches if the organisation owns or co-organises the event with the id `event`. The subquery looks up this one event: a list of all the organisation's events could have thousands of
    /// entries.
    fn organises_condition(&self, event: impl Into<Expr>) -> Expr {
        use event_organisation::{Column, Entity};
        let qualified = |column: Column| Expr::col((Entity, column));
        let mut row = Query::select();
        row.expr(Expr::val(1))
            .from(Entity)
            .and_where(qualified(Column::EventId).eq(event))
            .and_where(qualified(Column::Organisation).eq(self.organisation.as_str()));
        Expr::exists(row)
    }

    /// Matches the events that the organisation owns or co-organises.
    pub(crate) fn organised_events(&self) -> Condition {
        let event = Expr::col((event::Entity, event::Column::Id));
        Condition::all().add(self.organises_condition(event))
    }

    /// Matches the registrations of all events that the organisation may see.
    pub(crate) fn registrations(&self) -> Condition {
        Condition::any().add(self.organised_registrations()).add(self.own_registrations())
    }

    /// Matches registrations that the organisation's own clients created. `client_id IS NOT NULL` is redundant, but it
    /// is the condition of the partial index that finds them. Pending registrations are excluded: whether one exists
    /// depends on whether others registered the address before, which this organisation must not learn.
    pub(crate) fn own_registrations(&self) -> Condition {
        Condition::all()
            .add(registration::Column::ClientId.is_not_null())
            .add(registration::Column::Source.eq(self.organisation.as_str()))
            .add(registration::Column::Status.ne("pending"))
    }

    /// Whether the organisation's own clients created a registration: the rule of [`Self::own_registrations`].
    pub(crate) fn made(&self, row: &registration::Model) -> bool {
        row.client_id.is_some() && row.source == self.organisation.as_str() && row.status != "pending"
    }

    /// Matches the registrations of events that the organisation owns or co-organises.
    pub(crate) fn organised_registrations(&self) -> Condition {
        let event = Expr::col((registration::Entity, registration::Column::EventId));
        Condition::all().add(self.organises_condition(event))
    }

    /// Matches the organisation's own webhook endpoints.
    pub(crate) fn endpoints(&self) -> Condition {
        Condition::all().add(webhook_endpoint::Column::Organisation.eq(self.organisation.as_str()))
    }

    /// Reads which part of an event's data the organisation may see. Callers query it first, so that each case has a
    /// query with an index of its own: a partner with few registrations at a large event does not scan all of the
    /// event's registrations.
    pub(crate) async fn visibility_of<C: ConnectionTrait>(
        &self,
        connection: &C,
        event: EventId,
    ) -> Result<Visibility, StoreError> {
        let key = (event.0, self.organisation.as_str().to_owned());
        let organises = event_organisation::Entity::find_by_id(key).one(connection).await?.is_some();
        Ok(if organises { Visibility::All } else { Visibility::OwnOnly(self.clone()) })
    }
}

impl Visibility {
    /// Matches the visible ones among the registrations of the event.
    pub(crate) fn registrations(&self) -> Condition {
        match self {
            Self::All => Condition::all(),
            Self::OwnOnly(access) => access.own_registrations(),
        }
    }
}

impl Store {
    /// Whether the organisation owns or co-organises an event.
    pub async fn organises(&self, access: &Access, event: EventId) -> Result<bool, StoreError> {
        Ok(matches!(access.visibility_of(self.reads(), event).await?, Visibility::All))
    }

    /// Whether the organisation owns an event.
    pub async fn owns(&self, access: &Access, event: EventId) -> Result<bool, StoreError> {
        let key = (event.0, access.organisation.as_str().to_owned());
        let row = event_organisation::Entity::find_by_id(key).one(self.reads()).await?;
        Ok(row.is_some_and(|row| row.role == "owner"))
    }
}
