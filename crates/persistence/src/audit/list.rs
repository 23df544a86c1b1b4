//! Reads pages of the audit log. An organisation sees what its own clients did, and what was done to the events that it
//! owns or co-organises, by whomever.

use std::collections::HashMap;

use chrono::TimeDelta;
use plenaria_domain::audit::{Action, ActorKind, TargetKind};
use plenaria_domain::validation::InvalidValue;
use plenaria_domain::values::ids::{AuditEntryId, ClientId, EventId};
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::access::{Access, Visibility};
use crate::database::error::StoreError;
use crate::database::statements::paging;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::database::store::Store;
use crate::entity::audit_entry::{Column, Entity, Model};
use crate::entity::{event, event_organisation};

/// How far back the first attempts to fill a page look for what was done to the organisation's events; the last attempt has no
/// limit. A page of a large organisation is filled by the first, which does not read and sort all that happened to its events.
const WINDOWS: [TimeDelta; 2] = [TimeDelta::days(1), TimeDelta::days(30)];

/// An entry of the audit log.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// The entry's id.
    pub id: AuditEntryId,
    /// When it was done.
    pub at: Instant,
    /// The kind of who did it.
    pub actor: ActorKind,
    /// The organisation of the client that did it.
    pub organisation: Option<String>,
    /// The client that did it.
    pub client: Option<ClientId>,
    /// What was done.
    pub action: Action,
    /// The kind and the id of what it was done to.
    pub target: (TargetKind, String),
    /// The id and the slug of the event that the target belongs to.
    pub event: Option<(EventId, String)>,
    /// The id of the request.
    pub request_id: Option<String>,
    /// Further facts; an object.
    pub details: serde_json::Value,
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorFilter {
    /// An actor of this kind.
    Kind(ActorKind),
    /// This client.
    Client(ClientId),
}

/// Selects entries.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only what was done to this event and to what belongs to it.
    pub event: Option<EventId>,
    /// Only this action.
    pub action: Option<Action>,
    /// Only what this actor did.
    pub actor: Option<ActorFilter>,
    /// Only what was done at or after this instant.
    pub since: Option<Instant>,
    /// Only entries older than this one.
    pub before: Option<AuditEntryId>,
}

impl Store {
    /// The entries that the organisation may see, newest first, at most `limit`. `now` is the present.
    pub async fn audit_entries(
        &self,
        access: &Access,
        filter: &AuditFilter,
        limit: u64,
        now: Instant,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = match filter.event {
            Some(event) => self.entries_of_event(access, event, filter, limit).await?,
            None => self.entries_of_all_events(access, filter, limit, now).await?,
        };
        let slugs = self.slugs(&rows).await?;
        rows.into_iter().map(|row| entry(row, &slugs)).collect()
    }

    async fn entries_of_event(
        &self,
        access: &Access,
        event: EventId,
        filter: &AuditFilter,
        limit: u64,
    ) -> Result<Vec<Model>, StoreError> {
        let mut query = select(filter).filter(Column::EventId.eq(event.0));
        if let Visibility::OwnOnly(_) = access.visibility_of(self.reads(), event).await? {
            query = query.filter(Column::Organisation.eq(access.organisation().as_str()));
        }
        paging::first_rows(query, limit, self.reads()).await
    }

    async fn entries_of_all_events(
        &self,
        access: &Access,
        filter: &AuditFilter,
        limit: u64,
        now: Instant,
    ) -> Result<Vec<Model>, StoreError> {
        let organisation = access.organisation().as_str();
        let own = select(filter).filter(Column::Organisation.eq(organisation));
        let own = paging::first_rows(own, limit, self.reads()).await?;
        let newest = filter.before.map_or(now, AuditEntryId::created_at);
        let mut windows = WINDOWS.into_iter();
        loop {
            let oldest = windows.next().map(|window| first_id_at(newest - window));
            let mut of_events = select(filter)
                .filter(Column::EventId.is_not_null())
                .filter(Column::EventId.in_subquery(events_of(organisation)));
            if let Some(oldest) = oldest {
                of_events = of_events.filter(Column::Id.gte(oldest));
            }
            let mut page = paging::first_rows(of_events, limit, self.reads()).await?;
            page.extend(own.iter().cloned());
            page.sort_by_key(|row| std::cmp::Reverse(row.id));
            page.dedup_by_key(|row| row.id);
            page.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            let Some(oldest) = oldest else { return Ok(page) };
            let is_full = page.len() as u64 == limit && page.last().is_some_and(|row| row.id >= oldest);
            if is_full || filter.since.is_some_and(|since| first_id_at(since) >= oldest) {
                return Ok(page);
            }
        }
    }

    /// The slugs of the events of these entries.
    async fn slugs(&self, rows: &[Model]) -> Result<HashMap<Uuid, String>, StoreError> {
        let mut ids: Vec<Uuid> = rows.iter().filter_map(|row| row.event_id).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let slugs: Vec<(Uuid, String)> = event::Entity::find()
            .select_only()
            .columns([event::Column::Id, event::Column::Slug])
            .filter(event::Column::Id.is_in(pad_to_statement_size(ids)))
            .into_tuple()
            .all(self.reads())
            .await?;
        Ok(slugs.into_iter().collect())
    }
}

/// Selects the entries that match the filter without its event, newest first.
fn select(filter: &AuditFilter) -> Select<Entity> {
    let mut query = Entity::find();
    if let Some(action) = filter.action {
        query = query.filter(Column::Action.eq(action.as_str()));
    }
    match filter.actor {
        Some(ActorFilter::Kind(kind)) => query = query.filter(Column::Actor.eq(kind.as_str())),
        Some(ActorFilter::Client(client)) => query = query.filter(Column::ClientId.eq(client.0)),
        None => {}
    }
    if let Some(since) = filter.since {
        query = query.filter(Column::Id.gte(first_id_at(since))).filter(Column::RecordedAt.gte(since));
    }
    if let Some(before) = filter.before {
        query = query.filter(Column::Id.lt(before.0));
    }
    query.order_by_desc(Column::Id)
}

/// Selects the ids of the events that an organisation owns or co-organises.
fn events_of(organisation: &str) -> SelectStatement {
    let mut events = Query::select();
    events
        .column(event_organisation::Column::EventId)
        .from(event_organisation::Entity)
        .and_where(Expr::col(event_organisation::Column::Organisation).eq(organisation));
    events
}

/// The smallest id that an entry of this instant can have, to the millisecond.
pub(crate) fn first_id_at(at: Instant) -> Uuid {
    Uuid::from_u128(u128::try_from(at.timestamp_millis()).unwrap_or_default() << 80)
}

fn entry(row: Model, slugs: &HashMap<Uuid, String>) -> Result<AuditEntry, StoreError> {
    let corrupt = |error: InvalidValue| StoreError::corrupt("audit_entries", error.code());
    let event = row.event_id.and_then(|id| Some((EventId(id), slugs.get(&id)?.clone())));
    Ok(AuditEntry {
        id: AuditEntryId(row.id),
        at: row.recorded_at,
        actor: ActorKind::parse(&row.actor).map_err(corrupt)?,
        organisation: row.organisation,
        client: row.client_id.map(ClientId),
        action: Action::parse(&row.action).map_err(corrupt)?,
        target: (TargetKind::parse(&row.target_kind).map_err(corrupt)?, row.target_id),
        event,
        request_id: row.request_id,
        details: row.details,
    })
}
