use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "speakers")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    /// The organisation that owns the events which show the speaker; empty for those of events without an owner.
    pub(crate) owner: String,
    /// Names the speaker among those of its owner.
    pub(crate) key: String,
    /// Names the speaker among all.
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
