//! Lists the events that an organisation organises.

use plenaria_domain::event::ownership::OrganiserRole;
use plenaria_domain::event::{EventStatus, Phase};
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::language::Language;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::text::Translated;
use plenaria_domain::values::time::Instant;
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    RelationTrait,
};
use serde_json::Value;
use uuid::Uuid;

use crate::access::Access;
use crate::database::error::StoreError;
use crate::database::statements::paging;
use crate::database::store::Store;
use crate::entity::{event, event_organisation};

/// Which definitions to list.
#[derive(Clone, Debug, Default)]
pub struct DefinitionFilter {
    /// Only those with this status.
    pub status: Option<EventStatus>,
    /// Only those of events in this phase at the given instant.
    pub phase: Option<(Phase, Instant)>,
    /// Only those of this series.
    pub series: Option<Slug>,
    /// Only those of events created before this one.
    pub before: Option<EventId>,
}

/// What the list shows of a definition.
#[derive(Clone, Debug)]
pub struct DefinitionSummary {
    /// The event.
    pub id: EventId,
    /// Its slug.
    pub slug: Slug,
    /// Its title.
    pub title: Translated,
    /// The event's own language.
    pub language: Language,
    /// Whether it is public.
    pub status: EventStatus,
    /// When it starts.
    pub starts_at: Instant,
    /// The organisation that owns it.
    pub owner: Option<Slug>,
    /// The role of the organisation that asks.
    pub role: OrganiserRole,
    /// The number of the definition's current version.
    pub revision: i64,
    /// When the definition last changed.
    pub updated_at: Instant,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    slug: String,
    title: Value,
    language: String,
    status: String,
    starts_at: Instant,
    owner: Option<String>,
    role: String,
    revision: i64,
    updated_at: Instant,
}

impl Store {
    /// Returns at most `limit` of the events that an organisation owns or co-organises, the newest first.
    pub async fn list_definitions(
        &self,
        access: &Access,
        filter: &DefinitionFilter,
        limit: u64,
    ) -> Result<Vec<DefinitionSummary>, StoreError> {
        use event::Column;
        let mut query = event_organisation::Entity::find()
            .select_only()
            .columns([Column::Id, Column::Slug, Column::Title, Column::Language, Column::Status, Column::StartsAt])
            .columns([Column::Owner, Column::Revision, Column::UpdatedAt])
            .column(event_organisation::Column::Role)
            .join(JoinType::InnerJoin, event_organisation::Relation::Event.def())
            .filter(event_organisation::Column::Organisation.eq(access.organisation().as_str()))
            .order_by_desc(event_organisation::Column::EventId);
        if let Some(status) = filter.status {
            query = query.filter(Column::Status.eq(status.as_str()));
        }
        query = match filter.phase {
            Some((Phase::Upcoming, now)) => query.filter(Column::StartsAt.gt(now)),
            Some((Phase::Live, now)) => query.filter(Column::StartsAt.lte(now)).filter(Column::EndsAt.gt(now)),
            Some((Phase::Ended, now)) => query.filter(Column::EndsAt.lte(now)),
            None => query,
        };
        if let Some(series) = &filter.series {
            query = query.filter(Column::Series.eq(series.as_str()));
        }
        if let Some(before) = filter.before {
            query = query.filter(event_organisation::Column::EventId.lt(before.0));
        }
        let statement = paging::with_limit(query.into_query(), limit, self.backend());
        let rows = Row::find_by_statement(statement).all(self.reads()).await?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        rows.into_iter().take(wanted).map(summary).collect()
    }
}

fn summary(row: Row) -> Result<DefinitionSummary, StoreError> {
    let corrupt = |what: &dyn std::fmt::Display| StoreError::corrupt("events", format_args!("{}: {what}", row.id));
    Ok(DefinitionSummary {
        id: EventId(row.id),
        slug: Slug::parse(&row.slug).map_err(|e| corrupt(&e))?,
        title: serde_json::from_value(row.title).map_err(|e| corrupt(&e))?,
        language: Language::parse(&row.language).map_err(|e| corrupt(&e))?,
        status: EventStatus::parse(&row.status).map_err(|e| corrupt(&e))?,
        starts_at: row.starts_at,
        owner: row.owner.as_deref().map(Slug::parse).transpose().map_err(|e| corrupt(&e))?,
        role: OrganiserRole::parse(&row.role).map_err(|e| corrupt(&e))?,
        revision: row.revision,
        updated_at: row.updated_at,
    })
}
