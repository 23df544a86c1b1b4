//! Reading events with their programmes, and noticing that they changed.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use plenaria_domain::definition::Definition;
use plenaria_domain::event::{Event, Phase};
use plenaria_domain::ids::{EventId, SessionId};
use plenaria_domain::programme::Programme;
use plenaria_domain::session::Session;
use plenaria_domain::slug::Slug;
use plenaria_domain::speaker::Speaker;
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use uuid::Uuid;

use crate::entity::{catalogue, event, event_speaker, event_topic, session, speaker};
use crate::{Store, StoreError, rows, speakers};

/// Which events to list, and in what order.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Only those in this phase at the instant given with it.
    pub phase: Option<(Phase, Instant)>,
    /// Only those of this series.
    pub series: Option<String>,
    /// Only those held in this language.
    pub language: Option<String>,
    /// Only those with this topic, in any language; compared without case and accents.
    pub topic: Option<String>,
    /// Only those whose title or summary has each of these terms ([`plenaria_domain::search::terms`]) at the beginning of a word;
    /// no terms at all find nothing.
    pub terms: Option<Vec<String>>,
    /// The latest first.
    pub descending: bool,
    /// Only those behind this one.
    pub after: Option<(DateTime<Utc>, EventId)>,
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

impl Store {
    /// The version of all that is published: it grows with every change.
    pub async fn catalogue_version(&self) -> Result<i64, StoreError> {
        let version = version(self.reads()).await?;
        if let Some(replica) = &self.replica {
            replica.learn(version);
        }
        Ok(version)
    }

    /// The version has gone back to this one, as after a failover that lost publications.
    pub fn catalogue_went_back_to(&self, version: i64) {
        if let Some(replica) = &self.replica {
            replica.go_back_to(version);
        }
    }

    /// The events that changed after `version`, and the version that each changed in.
    pub async fn events_changed_since(&self, version: i64) -> Result<Vec<(EventId, i64)>, StoreError> {
        let rows: Vec<(Uuid, i64)> = event::Entity::find()
            .select_only()
            .columns([event::Column::Id, event::Column::ChangedIn])
            .filter(event::Column::ChangedIn.gt(version))
            .into_tuple()
            .all(self.reads())
            .await?;
        Ok(rows.into_iter().map(|(id, version)| (EventId(id), version)).collect())
    }

    /// The id of the event with this slug, draft or not.
    pub async fn event_id(&self, slug: &Slug) -> Result<Option<EventId>, StoreError> {
        let query =
            event::Entity::find().select_only().column(event::Column::Id).filter(event::Column::Slug.eq(slug.as_str()));
        let id: Option<Uuid> = self
            .published(Option::is_none, |executor| {
                let query = query.clone();
                Box::pin(async move { Ok(query.into_tuple().one(&executor).await?) })
            })
            .await?;
        Ok(id.map(EventId))
    }

    /// Whether any event is there.
    pub async fn has_events(&self) -> Result<bool, StoreError> {
        let one: Option<Uuid> = event::Entity::find()
            .select_only()
            .column(event::Column::Id)
            .limit(1)
            .into_tuple()
            .one(self.reads())
            .await?;
        Ok(one.is_some())
    }

    /// Public events in order, at most `limit` of them.
    pub async fn public_events(&self, filter: &EventFilter, limit: u64) -> Result<Vec<EventId>, StoreError> {
        use event::Column;
        if filter.terms.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let mut query = event::Entity::find().select_only().column(Column::Id).filter(is_public());
        query = match filter.phase {
            Some((Phase::Upcoming, now)) => query.filter(Column::StartsAt.gt(now)),
            Some((Phase::Live, now)) => query.filter(Column::StartsAt.lte(now)).filter(Column::EndsAt.gt(now)),
            Some((Phase::Ended, now)) => query.filter(Column::EndsAt.lte(now)),
            None => query,
        };
        if let Some(series) = &filter.series {
            query = query.filter(Column::Series.eq(series));
        }
        if let Some(language) = &filter.language {
            query = query.filter(Column::Language.eq(language));
        }
        if let Some(topic) = &filter.topic {
            let with_topic = event_topic::Entity::find()
                .select_only()
                .column(event_topic::Column::EventId)
                .filter(event_topic::Column::Topic.eq(topic))
                .into_query();
            query = query.filter(Column::Id.in_subquery(with_topic));
        }
        for term in filter.terms.iter().flatten() {
            // Folded terms are letters, digits and spaces alone, so none of LIKE's own signs can be among them.
            let pattern = LikeExpr::new(format!("% {term}%"));
            query = query.filter(Expr::col(Column::SearchWords).like(pattern));
        }
        let order = if filter.descending { Order::Desc } else { Order::Asc };
        if let Some((at, id)) = filter.after {
            // The first half says nothing that the second does not, but an index begins there.
            query = if filter.descending {
                let behind = Condition::any().add(Column::StartsAt.lt(at)).add(Column::Id.lt(id.0));
                query.filter(Column::StartsAt.lte(at)).filter(behind)
            } else {
                let behind = Condition::any().add(Column::StartsAt.gt(at)).add(Column::Id.gt(id.0));
                query.filter(Column::StartsAt.gte(at)).filter(behind)
            };
        }
        let query = query.order_by(Column::StartsAt, order.clone()).order_by(Column::Id, order);
        let statement = rows::limited(query.into_query(), limit, self.backend());
        let ids: Vec<Id> = self
            .published(
                |_| false,
                |executor| {
                    let query = Id::find_by_statement(statement.clone());
                    Box::pin(async move { Ok(query.all(&executor).await?) })
                },
            )
            .await?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(ids.into_iter().take(wanted).map(|row| EventId(row.id)).collect())
    }

    /// Events with their programmes; unknown ids are left out.
    pub async fn load_events(&self, ids: &[EventId]) -> Result<Vec<Event>, StoreError> {
        let ids = uuids(ids);
        self.look(|transaction| Box::pin(async move { load(transaction, &ids).await })).await
    }

    /// Events with their programmes as they are published, and the version of the catalogue that they are of; unknown ids
    /// are left out.
    pub async fn published_events(&self, ids: &[EventId]) -> Result<(i64, Vec<Event>), StoreError> {
        let incomplete = |found: &Vec<Event>| !ids.iter().all(|id| found.iter().any(|event| event.id == *id));
        let wanted = uuids(ids);
        self.published_snapshot(incomplete, |executor| {
            let ids = wanted.clone();
            Box::pin(async move { load(&executor, &ids).await })
        })
        .await
    }
}

/// Whether everybody may know of an event. The word stands in the text: of a parameter the planner would think that it leaves
/// out a good part of the events.
pub(crate) fn is_public() -> Expr {
    Expr::col((event::Entity, event::Column::Status)).ne(Expr::cust("'draft'"))
}

/// The version of all that is published.
pub(crate) async fn version<C: ConnectionTrait>(connection: &C) -> Result<i64, StoreError> {
    let row = catalogue::Entity::find_by_id(1).one(connection).await?;
    row.map(|r| r.version).ok_or_else(|| StoreError::corrupt("catalogue", "its row is missing"))
}

fn uuids(ids: &[EventId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.0).collect()
}

/// In three queries whatever their number, which must see the same: a session that is published in between is in one of
/// them alone.
async fn load<C: ConnectionTrait>(snapshot: &C, ids: &[Uuid]) -> Result<Vec<Event>, StoreError> {
    let ids = || ids.iter().copied();
    let rows = event::Entity::find().filter(event::Column::Id.is_in(ids())).all(snapshot).await?;
    let sessions = session::Entity::find().filter(session::Column::EventId.is_in(ids())).all(snapshot).await?;
    let parts = event_speaker::Entity::find()
        .find_also_related(speaker::Entity)
        .filter(event_speaker::Column::EventId.is_in(ids()))
        .order_by_asc(event_speaker::Column::Position)
        .all(snapshot)
        .await?;
    let mut people: HashMap<Uuid, Vec<Arc<Speaker>>> = HashMap::new();
    for (part, card) in parts {
        let Some(card) = card else { continue };
        people.entry(part.event_id).or_default().push(Arc::new(speakers::speaker(card)?));
    }
    rows.into_iter()
        .map(|row| {
            let keys = sessions.iter().filter(|s| s.event_id == row.id);
            let ids: HashMap<&str, SessionId> = keys.map(|s| (s.key.as_str(), SessionId(s.id))).collect();
            let speakers = people.remove(&row.id).unwrap_or_default();
            event(row, &ids, speakers)
        })
        .collect()
}

fn event(row: event::Model, ids: &HashMap<&str, SessionId>, speakers: Vec<Arc<Speaker>>) -> Result<Event, StoreError> {
    let corrupt = |what: &dyn std::fmt::Display| StoreError::corrupt("events", format_args!("{}: {what}", row.id));
    let definition: Definition = serde_json::from_value(row.document.clone()).map_err(|e| corrupt(&e))?;
    let schedule = definition.schedule().map_err(|e| corrupt(&e))?;
    let mut sessions = Vec::with_capacity(schedule.slots.len());
    for (session, slot) in definition.programme.sessions.iter().zip(&schedule.slots) {
        let id = *ids.get(session.key.as_str()).ok_or_else(|| corrupt(&"a session without an id"))?;
        let part = |part: &plenaria_domain::session::Part| {
            speakers.iter().find(|s| s.card.key == part.key).map(|s| (part.role, s.id))
        };
        let parts: Option<Vec<_>> = session.speakers.iter().map(part).collect();
        sessions.push(Session {
            id,
            definition: session.clone(),
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            local_start: slot.local_start,
            speakers: parts.ok_or_else(|| corrupt(&"a session's speaker without a card"))?,
        });
    }
    Ok(Event {
        id: EventId(row.id),
        revision: row.revision,
        updated_at: row.updated_at,
        definition,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        programme: Programme { sessions, speakers },
    })
}
