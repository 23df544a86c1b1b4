//! The table `event_revisions`: the history of each event's definition.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event_revisions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) event_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) revision: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) document: Json,
    /// What this revision changed in the one before it.
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) changes: Json,
    pub(crate) published_at: DateTimeUtc,
    pub(crate) actor: String,
    /// The actor's organisation and client, for a client.
    pub(crate) organisation: Option<String>,
    pub(crate) client_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
