//! Reads events with their programmes, and the catalogue version by which caches notice changes.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use plenaria_domain::event::speaker::Speaker;
use plenaria_domain::event::{Event, Phase};
use plenaria_domain::values::ids::{EventId, SessionId};
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use uuid::Uuid;

use crate::access::visibility;
use crate::database::catalogue_version;
use crate::database::error::StoreError;
use crate::database::statements::paging;
use crate::database::store::Store;
use crate::entity::{event, event_slug, event_speaker, event_topic, session, speaker};
use crate::events::rows;

/// Which events to list, and in what order.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Only events in this phase at the given instant.
    pub phase: Option<(Phase, Instant)>,
    /// Only events of this series.
    pub series: Option<String>,
    /// Only events in this language.
    pub language: Option<String>,
    /// Only events with this topic, in any language; compared without case and accents.
    pub topic: Option<String>,
    /// Only events in whose title or summary each of these terms ([`plenaria_domain::event::search::terms`]) begins a word. An
    /// empty list matches no event.
    pub terms: Option<Vec<String>>,
    /// Whether the latest event comes first, by start.
    pub descending: bool,
    /// Only events that come after this one in the list.
    pub after: Option<(DateTime<Utc>, EventId)>,
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

impl Store {
    /// Returns the catalogue version, which grows with every publication.
    pub async fn catalogue_version(&self) -> Result<i64, StoreError> {
        let version = catalogue_version::read(self.reads()).await?;
        if let Some(replica) = &self.replica {
            replica.observe_version(version);
        }
        Ok(version)
    }

    /// Records that the primary's catalogue version went back to this one, as after a failover that lost publications.
    pub fn catalogue_version_rolled_back(&self, version: i64) {
        if let Some(replica) = &self.replica {
            replica.reset_version(version);
        }
    }

    /// Returns the events that changed after `version`, with the version of each one's last change.
    pub async fn events_changed_since(&self, version: i64) -> Result<Vec<(EventId, i64)>, StoreError> {
        let rows: Vec<(Uuid, i64)> = event::Entity::find()
            .select_only()
            .columns([event::Column::Id, event::Column::CatalogueVersion])
            .filter(event::Column::CatalogueVersion.gt(version))
            .into_tuple()
            .all(self.reads())
            .await?;
        Ok(rows.into_iter().map(|(id, version)| (EventId(id), version)).collect())
    }

    /// Returns the id of the event with this slug, whether it is a draft or not. A slug that an event had before it was
    /// renamed still leads to it, and is never given to another event.
    pub async fn event_id(&self, slug: &Slug) -> Result<Option<EventId>, StoreError> {
        let current =
            event::Entity::find().select_only().column(event::Column::Id).filter(event::Column::Slug.eq(slug.as_str()));
        let former = event_slug::Entity::find_by_id(slug.to_string());
        let id: Option<Uuid> = self
            .read_published(Option::is_none, |executor| {
                let (current, former) = (current.clone(), former.clone());
                Box::pin(async move {
                    match current.into_tuple().one(&executor).await? {
                        Some(id) => Ok(Some(id)),
                        None => Ok(former.one(&executor).await?.map(|row| row.event_id)),
                    }
                })
            })
            .await?;
        Ok(id.map(EventId))
    }

    /// Whether the database has any event.
    pub async fn has_events(&self) -> Result<bool, StoreError> {
        let any: Option<Uuid> = event::Entity::find()
            .select_only()
            .column(event::Column::Id)
            .limit(1)
            .into_tuple()
            .one(self.reads())
            .await?;
        Ok(any.is_some())
    }

    /// Returns the ids of at most `limit` public events, in order.
    pub async fn public_events(&self, filter: &EventFilter, limit: u64) -> Result<Vec<EventId>, StoreError> {
        use event::Column;
        if filter.terms.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let mut query = event::Entity::find().select_only().column(Column::Id).filter(visibility::is_public());
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
            // Folded terms consist of letters, digits and spaces, so they cannot contain LIKE's wildcards.
            let pattern = LikeExpr::new(format!("% {term}%"));
            query = query.filter(Expr::col(Column::SearchWords).like(pattern));
        }
        let order = if filter.descending { Order::Desc } else { Order::Asc };
        if let Some((at, id)) = filter.after {
            // (start, id) is compared as a pair, in a form whose first condition an index on the start can use.
            query = if filter.descending {
                let is_after = Condition::any().add(Column::StartsAt.lt(at)).add(Column::Id.lt(id.0));
                query.filter(Column::StartsAt.lte(at)).filter(is_after)
            } else {
                let is_after = Condition::any().add(Column::StartsAt.gt(at)).add(Column::Id.gt(id.0));
                query.filter(Column::StartsAt.gte(at)).filter(is_after)
            };
        }
        let query = query.order_by(Column::StartsAt, order.clone()).order_by(Column::Id, order);
        let statement = paging::with_limit(query.into_query(), limit, self.backend());
        let ids: Vec<IdRow> = self
            .read_published(
                |_| false,
                |executor| {
                    let query = IdRow::find_by_statement(statement.clone());
                    Box::pin(async move { Ok(query.all(&executor).await?) })
                },
            )
            .await?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(ids.into_iter().take(wanted).map(|row| EventId(row.id)).collect())
    }

    /// Returns events with their programmes; unknown ids are left out.
    pub async fn load_events(&self, ids: &[EventId]) -> Result<Vec<Event>, StoreError> {
        let ids = uuids(ids);
        self.snapshot(|transaction| Box::pin(async move { load(transaction, &ids).await })).await
    }

    /// Returns events with their programmes, from the primary or an equal replica, with the catalogue version of the
    /// snapshot that they were read in; unknown ids are left out.
    pub async fn published_events(&self, ids: &[EventId]) -> Result<(i64, Vec<Event>), StoreError> {
        let incomplete = |found: &Vec<Event>| !ids.iter().all(|id| found.iter().any(|event| event.id == *id));
        let uuids = uuids(ids);
        self.read_published_snapshot(incomplete, |executor| {
            let ids = uuids.clone();
            Box::pin(async move { load(&executor, &ids).await })
        })
        .await
    }
}

fn uuids(ids: &[EventId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.0).collect()
}

/// Loads events in three queries, whatever their number. All must see one snapshot: otherwise an event could be
/// published between them, and its parts would not match.
async fn load<C: ConnectionTrait>(snapshot: &C, ids: &[Uuid]) -> Result<Vec<Event>, StoreError> {
    let ids = || ids.iter().copied();
    let rows = event::Entity::find().filter(event::Column::Id.is_in(ids())).all(snapshot).await?;
    let sessions = session::Entity::find().filter(session::Column::EventId.is_in(ids())).all(snapshot).await?;
    let event_speakers = event_speaker::Entity::find()
        .find_also_related(speaker::Entity)
        .filter(event_speaker::Column::EventId.is_in(ids()))
        .order_by_asc(event_speaker::Column::Position)
        .all(snapshot)
        .await?;
    let mut speakers: HashMap<Uuid, Vec<Arc<Speaker>>> = HashMap::new();
    for (event_speaker, row) in event_speakers {
        let Some(row) = row else { continue };
        speakers.entry(event_speaker.event_id).or_default().push(Arc::new(rows::speaker(row)?));
    }
    let mut session_ids: HashMap<Uuid, HashMap<&str, SessionId>> = HashMap::new();
    for session in &sessions {
        session_ids.entry(session.event_id).or_default().insert(&session.key, SessionId(session.id));
    }
    rows.into_iter()
        .map(|row| {
            let session_ids = session_ids.remove(&row.id).unwrap_or_default();
            let speakers = speakers.remove(&row.id).unwrap_or_default();
            rows::event(row, &session_ids, speakers)
        })
        .collect()
}
