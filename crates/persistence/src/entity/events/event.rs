//! The table `events`: one row for each event, with its definition as a document.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) slug: String,
    pub(crate) series: Option<String>,
    pub(crate) status: String,
    /// The title by language.
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) title: Json,
    pub(crate) owner: Option<String>,
    pub(crate) language: String,
    pub(crate) starts_at: DateTimeUtc,
    pub(crate) ends_at: DateTimeUtc,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) document: Json,
    pub(crate) search_words: String,
    pub(crate) revision: i64,
    pub(crate) catalogue_version: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) retention_days: Option<i64>,
    pub(crate) anonymised_at: Option<DateTimeUtc>,
    /// The definition of a draft as it was last public, if it ever was. Code that rewrites `document` must rewrite this too.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub(crate) last_public_document: Option<Json>,
    /// Why the event was cancelled, by language.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub(crate) cancellation_reason: Option<Json>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
