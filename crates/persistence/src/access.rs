//! What an organisation may see: the one place that decides it, for every query of a client.
//!
//! An organisation that owns or co-organises an event sees all that belongs to it; any other sees what its own clients
//! made, and nothing else is there for it. It is said in SQL, as a condition of the query, and never filtered afterwards:
//! so neither pages nor counts nor cursors can tell of what is not seen.

use plenaria_domain::ids::EventId;
use plenaria_domain::organisation::Organisation;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait};

use crate::entity::{event_organisation, registration, webhook_endpoint};
use crate::{Store, StoreError};

/// What an organisation may see.
#[derive(Clone, Debug)]
pub struct Access {
    organisation: Organisation,
}

/// What an organisation may see of one event.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// All that belongs to it.
    All,
    /// What the organisation's own clients made.
    OwnOnly(Access),
}

impl Access {
    /// What the clients of this organisation may see.
    pub const fn of(organisation: Organisation) -> Self {
        Self { organisation }
    }

    /// Whose view it is.
    pub const fn organisation(&self) -> &Organisation {
        &self.organisation
    }

    /// Whether the organisation owns or co-organises the event that `event` names, as a condition. It is looked up for that
    /// one event: a list of all its events would be made anew for every request of one who has organised thousands.
    fn organises(&self, event: impl Into<Expr>, role: Option<&str>) -> Expr {
        use event_organisation::{Column, Entity};
        let own = |column: Column| Expr::col((Entity, column));
        let mut row = Query::select();
        row.expr(Expr::val(1))
            .from(Entity)
            .and_where(own(Column::EventId).eq(event))
            .and_where(own(Column::Organisation).eq(self.organisation.as_str()));
        if let Some(role) = role {
            row.and_where(own(Column::Role).eq(role));
        }
        Expr::exists(row)
    }

    /// The condition on registrations, whatever their event.
    pub(crate) fn registrations(&self) -> Condition {
        Condition::any()
            .add(self.organises(Expr::col((registration::Entity, registration::Column::EventId)), None))
            .add(self.own_registrations())
    }

    /// The condition on registrations that the organisation's own clients made. That a client made them is said too,
    /// because it is the condition of the index that finds them. Those that are pending are not seen: whether there is one
    /// depends on whether the address was registered by others before, which is not this organisation's to learn.
    pub(crate) fn own_registrations(&self) -> Condition {
        Condition::all()
            .add(registration::Column::ClientId.is_not_null())
            .add(registration::Column::Source.eq(self.organisation.as_str()))
            .add(registration::Column::Status.ne("pending"))
    }

    /// The condition on registrations of events that the organisation owns, which is more than to co-organise them.
    pub(crate) fn owned_registrations(&self) -> Condition {
        let event = Expr::col((registration::Entity, registration::Column::EventId));
        Condition::all().add(self.organises(event, Some("owner")))
    }

    /// The condition on webhook endpoints: the organisation's own.
    pub(crate) fn endpoints(&self) -> Condition {
        Condition::all().add(webhook_endpoint::Column::Organisation.eq(self.organisation.as_str()))
    }

    /// What may be seen of one event. Asked beforehand, so that either answer is read with an index of its own: a partner
    /// with few registrations at a large event does not read over all the others'.
    pub(crate) async fn of_event<C: ConnectionTrait>(
        &self,
        connection: &C,
        event: EventId,
    ) -> Result<Seen, StoreError> {
        let key = (event.0, self.organisation.as_str().to_owned());
        let organises = event_organisation::Entity::find_by_id(key).one(connection).await?.is_some();
        Ok(if organises { Seen::All } else { Seen::OwnOnly(self.clone()) })
    }
}

impl Seen {
    /// The condition on the registrations of that event.
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
        Ok(matches!(access.of_event(self.reads(), event).await?, Seen::All))
    }

    /// Whether the organisation owns an event.
    pub async fn owns(&self, access: &Access, event: EventId) -> Result<bool, StoreError> {
        let key = (event.0, access.organisation.as_str().to_owned());
        let row = event_organisation::Entity::find_by_id(key).one(self.reads()).await?;
        Ok(row.is_some_and(|row| row.role == "owner"))
    }
}
