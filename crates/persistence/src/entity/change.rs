//! The table `changes`: the feed, one row for each change in the order of positions.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "changes")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) position: i64,
    pub(crate) id: Uuid,
    #[sea_orm(column_name = "type")]
    pub(crate) kind: String,
    pub(crate) event_id: Uuid,
    pub(crate) registration_id: Option<Uuid>,
    pub(crate) source: Option<String>,
    pub(crate) sequence: i64,
    pub(crate) occurred_at: DateTimeUtc,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) data: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
