//! Reading speakers.

use plenaria_domain::ids::{EventId, SpeakerId};
use plenaria_domain::language::Language;
use plenaria_domain::slug::Slug;
use plenaria_domain::speaker::Speaker;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use crate::entity::{event, event_speaker, speaker};
use crate::{Store, StoreError, catalogue, rows};

/// How a speaker is named in a path.
#[derive(Clone, Debug)]
pub enum SpeakerRef {
    /// By id.
    Id(SpeakerId),
    /// By slug.
    Slug(Slug),
}

impl Store {
    /// Speakers of public events by slug, behind `after`, at most `limit` of them.
    pub async fn public_speakers(&self, after: Option<&str>, limit: u64) -> Result<Vec<Speaker>, StoreError> {
        let mut query = public().order_by_asc(speaker::Column::Slug);
        if let Some(after) = after {
            query = query.filter(speaker::Column::Slug.gt(after));
        }
        let rows = self.published(
            |_| false,
            |executor| {
                let query = query.clone();
                Box::pin(async move { rows::first(query, limit, &executor).await })
            },
        );
        rows.await?.into_iter().map(speaker).collect()
    }

    /// A speaker of some public event.
    pub async fn public_speaker(&self, named: &SpeakerRef) -> Result<Option<Speaker>, StoreError> {
        let query = match named {
            SpeakerRef::Id(id) => public().filter(speaker::Column::Id.eq(id.0)),
            SpeakerRef::Slug(slug) => public().filter(speaker::Column::Slug.eq(slug.as_str())),
        };
        let row = self.published(Option::is_none, |executor| {
            let query = query.clone();
            Box::pin(async move { Ok(query.one(&executor).await?) })
        });
        row.await?.map(speaker).transpose()
    }

    /// The public events that each of these speakers is part of, by their start.
    pub async fn events_of_speakers(&self, ids: &[SpeakerId]) -> Result<Vec<(SpeakerId, EventId)>, StoreError> {
        let query = event_speaker::Entity::find()
            .select_only()
            .columns([event_speaker::Column::SpeakerId, event_speaker::Column::EventId])
            .inner_join(event::Entity)
            .filter(catalogue::is_public())
            .filter(event_speaker::Column::SpeakerId.is_in(ids.iter().map(|id| id.0)))
            .order_by_asc(event::Column::StartsAt)
            .order_by_asc(event::Column::Id);
        let pairs: Vec<(Uuid, Uuid)> = self
            .published(
                |_| false,
                |executor| {
                    let query = query.clone();
                    Box::pin(async move { Ok(query.into_tuple().all(&executor).await?) })
                },
            )
            .await?;
        Ok(pairs.into_iter().map(|(speaker, event)| (SpeakerId(speaker), EventId(event))).collect())
    }
}

/// Whoever speaks at a public event. It is asked of each speaker that is looked at: a list of all who do would be made anew
/// for every page.
fn public() -> Select<speaker::Entity> {
    let shown = event_speaker::Entity::find()
        .select_only()
        .column(event_speaker::Column::EventId)
        .inner_join(event::Entity)
        .filter(catalogue::is_public())
        .filter(
            Expr::col((event_speaker::Entity, event_speaker::Column::SpeakerId))
                .equals((speaker::Entity, speaker::Column::Id)),
        )
        .into_query();
    speaker::Entity::find().filter(Expr::exists(shown))
}

/// A speaker from its row.
pub(crate) fn speaker(row: speaker::Model) -> Result<Speaker, StoreError> {
    let corrupt = |what: &dyn std::fmt::Display| StoreError::corrupt("speakers", format_args!("{}: {what}", row.id));
    Ok(Speaker {
        id: SpeakerId(row.id),
        slug: Slug::parse(&row.slug).map_err(|e| corrupt(&e))?,
        card: serde_json::from_value(row.card.clone()).map_err(|e| corrupt(&e))?,
        language: Language::parse(&row.language).map_err(|e| corrupt(&e))?,
        updated_at: row.updated_at,
    })
}
