//! The table `speakers`: one card for each speaker of an owner.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "speakers")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    /// The organisation that owns the speaker's events; empty for events without an owner.
    pub(crate) owner: String,
    /// Unique among the speakers of an owner.
    pub(crate) key: String,
    /// Unique among all speakers.
    pub(crate) slug: String,
    pub(crate) language: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) card: Json,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
