//! The table `webhook_endpoints`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoints")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) organisation: String,
    pub(crate) client_id: Uuid,
    pub(crate) url: String,
    pub(crate) description: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) types: Json,
    pub(crate) status: String,
    pub(crate) disabled_reason: Option<String>,
    pub(crate) disabled_at: Option<DateTimeUtc>,
    pub(crate) secret: String,
    pub(crate) previous_secret: Option<String>,
    pub(crate) previous_secret_until: Option<DateTimeUtc>,
    pub(crate) position: i64,
    pub(crate) last_success_at: Option<DateTimeUtc>,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) revision: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
