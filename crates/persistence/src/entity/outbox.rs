//! The table `outbox`: changes that have no position in the feed yet.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    #[sea_orm(column_name = "type")]
    pub(crate) kind: String,
    pub(crate) event_id: Uuid,
    pub(crate) registration_id: Option<Uuid>,
    pub(crate) sequence: i64,
    pub(crate) occurred_at: DateTimeUtc,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) payload: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
