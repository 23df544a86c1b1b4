//! Reads the speakers of public events.

use plenaria_domain::event::speaker::Speaker;
use plenaria_domain::values::ids::{EventId, SpeakerId};
use plenaria_domain::values::slug::Slug;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use crate::access::visibility;
use crate::database::error::StoreError;
use crate::database::statements::paging;
use crate::database::store::Store;
use crate::entity::{event, event_speaker, speaker};
use crate::events::rows::speaker;

/// A speaker's identifier in a path.
#[derive(Clone, Debug)]
pub enum SpeakerRef {
    /// The id.
    Id(SpeakerId),
    /// The slug.
    Slug(Slug),
}

impl Store {
    /// Returns at most `limit` speakers of public events, ordered by slug, starting after the slug `after`.
    pub async fn public_speakers(&self, after: Option<&str>, limit: u64) -> Result<Vec<Speaker>, StoreError> {
        let mut query = public_speakers().order_by_asc(speaker::Column::Slug);
        if let Some(after) = after {
            query = query.filter(speaker::Column::Slug.gt(after));
        }
        let rows = self.read_published(
            |_| false,
            |executor| {
                let query = query.clone();
                Box::pin(async move { paging::first_rows(query, limit, &executor).await })
            },
        );
        rows.await?.into_iter().map(speaker).collect()
    }

    /// Returns a speaker of at least one public event.
    pub async fn public_speaker(&self, speaker_ref: &SpeakerRef) -> Result<Option<Speaker>, StoreError> {
        let query = match speaker_ref {
            SpeakerRef::Id(id) => public_speakers().filter(speaker::Column::Id.eq(id.0)),
            SpeakerRef::Slug(slug) => public_speakers().filter(speaker::Column::Slug.eq(slug.as_str())),
        };
        let row = self.read_published(Option::is_none, |executor| {
            let query = query.clone();
            Box::pin(async move { Ok(query.one(&executor).await?) })
        });
        row.await?.map(speaker).transpose()
    }

    /// Returns the public events of each of these speakers, ordered by start.
    pub async fn events_of_speakers(&self, ids: &[SpeakerId]) -> Result<Vec<(SpeakerId, EventId)>, StoreError> {
        let query = event_speaker::Entity::find()
            .select_only()
            .columns([event_speaker::Column::SpeakerId, event_speaker::Column::EventId])
            .inner_join(event::Entity)
            .filter(visibility::is_public())
            .filter(event_speaker::Column::SpeakerId.is_in(ids.iter().map(|id| id.0)))
            .order_by_asc(event::Column::StartsAt)
            .order_by_asc(event::Column::Id);
        let pairs: Vec<(Uuid, Uuid)> = self
            .read_published(
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

/// Selects speakers of public events. The subquery is correlated, so that it runs for the speakers of one page; an
/// uncorrelated one would list all such speakers for every page.
fn public_speakers() -> Select<speaker::Entity> {
    let has_public_event = event_speaker::Entity::find()
        .select_only()
        .column(event_speaker::Column::EventId)
        .inner_join(event::Entity)
        .filter(visibility::is_public())
        .filter(
            Expr::col((event_speaker::Entity, event_speaker::Column::SpeakerId))
                .equals((speaker::Entity, speaker::Column::Id)),
        )
        .into_query();
    speaker::Entity::find().filter(Expr::exists(has_public_event))
}
