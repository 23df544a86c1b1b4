//! Reads the catalogue version: a number that grows with every publication, under one lock.

use sea_orm::{ConnectionTrait, EntityTrait as _};

use crate::database::error::StoreError;
use crate::entity::catalogue;

/// The version of everything that is published.
pub(crate) async fn read<C: ConnectionTrait>(connection: &C) -> Result<i64, StoreError> {
    let row = catalogue::Entity::find_by_id(1).one(connection).await?;
    row.map(|row| row.version).ok_or_else(|| StoreError::corrupt("catalogue", "its row is missing"))
}
